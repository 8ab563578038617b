"""The table of failures in `docs/guides/retries.md`: each row run through boto3 and this client.

boto3 is in its standard mode. Both talk to the same server, which does to every request what the
row says; nobody really waits.

    python -m tests.oracle.test_retry_table

prints the table as the rows below have it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import boto3
import botocore.config
import botocore.endpoint
import botocore.session
import pytest
import trustme
from botocore.retries import standard

from tests.faults.catalogue import End, Fault, When, error, named, raw_answer
from tests.faults.origin import frame, frames
from tests.faults.proxy import FaultProxy
from wrapper import (
    AsyncSageMakerRuntimeClient,
    Credentials,
    RetryPolicy,
    SageMakerRuntimeClient,
)
from wrapper._retry import THROTTLING_CODES

GUIDE = Path(__file__).parents[2] / "docs/guides/retries.md"
KEYS = ("AKIDEXAMPLE", "a-secret-access-key")
BODY = b"payload"
WAIT = 0.2


@attrs.frozen
class Ends:
    """How a call ends.

    Attributes:
        result: The error, or "its answer".
        delays: The seconds before each repetition, at most: the jitter is at its greatest.
        more: Whether it would go on.
    """

    result: str
    delays: tuple[float, ...] = ()
    more: str = ""

    def __str__(self) -> str:
        result = self.result if self.result in {ANSWER, SHORT} else f"`{self.result}`"
        if not self.delays:
            return result
        delays = ", ".join("at once" if not each else f"≤ {each:g} s" for each in self.delays)
        return f"again {delays}{self.more}; then {result}"


ANSWER = "its answer"
SHORT = "a short answer, as if it were whole"
LOADING = " … for 360 s at most"


@attrs.frozen
class Row:
    """One failure.

    Attributes:
        what: The failure in words.
        faults: What is done to each exchange; the last one again and again. Several variants
            behave alike.
        boto3: How a call of boto3 ends.
        ours: How a call of this client ends.
        where: How the server is reached: by its URL, or a place where there is none.
        tls: Whether the server speaks TLS, with a certificate that nobody trusts.
        stream: Whether it is a response stream, read to its end.
        renewable: Whether there are other credentials when some are refused.
        body: The request's.
    """

    what: str
    faults: tuple[tuple[Fault | None, ...], ...]
    boto3: Ends
    ours: Ends
    where: str = "server"
    tls: bool = False
    stream: bool = False
    renewable: bool = False
    body: bytes = BODY


def always(*faults: Fault) -> tuple[tuple[Fault, ...], ...]:
    """The same fault for every exchange; each fault given is a variant."""
    return tuple((fault,) * 20 for fault in faults)


def once(*faults: Fault | None) -> tuple[tuple[Fault | None, ...], ...]:
    """These faults one after the other, then none."""
    return (faults,)


BUSY = raw_answer(503, b"", [("x-amz-retry-after", "3000")])
LATER = raw_answer(503, b"", [("Retry-After", "7")])


def of(name: str, answer: bytes) -> Fault:
    return Fault(name, When.REFUSAL, End.KEEP, lambda _: [answer])


def clock_skew() -> Fault:
    """A refused signature, with the time of the service: an hour ahead of ours."""

    def pieces(_: bytes) -> list[bytes]:
        date = formatdate(time.time() + 3600, usegmt=True)
        headers = [("Date", date), ("x-amzn-errortype", "InvalidSignatureException")]
        return [raw_answer(403, b"{}", headers)]

    return Fault("skew", When.REFUSAL, End.KEEP, pieces)


def model_stream_error(answer: bytes) -> list[bytes]:
    head = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    headers = {":message-type": "exception", ":exception-type": "ModelStreamError"}
    body = frames(b"beginning", 9)[0] + frame(b'{"ErrorCode":"StreamBroken"}', headers)
    lines = [line for line in head if not line.lower().startswith(b"content-length")]
    return [b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", b""]) + body]


SERVER_ERROR = (0.05, 0.1)
THROTTLED = (1.0, 2.0)

ROWS: tuple[Row, ...] = (
    # Answers: the service's errors.
    Row(
        "400 `ValidationError`",
        always(error(400, "ValidationError")),
        Ends("ValidationError"),
        Ends("ValidationError"),
    ),
    Row(
        "400 with a code that nobody knows",
        always(error(400, "SomethingElse")),
        Ends("ClientError"),
        Ends("ServiceError"),
    ),
    Row(
        "400 with a code of throttling: `ThrottlingException`, `SlowDown` …",
        always(
            *(error(400, code) for code in sorted(THROTTLING_CODES - {"PriorRequestNotComplete"}))
        ),
        Ends("ClientError", THROTTLED),
        Ends("ThrottlingError", THROTTLED),
    ),
    Row(
        "400 `RequestTimeout`: the service did not get the request in time",
        always(error(400, "RequestTimeout"), error(408, "RequestTimeoutException")),
        Ends("ClientError", SERVER_ERROR),
        Ends("ServiceError", SERVER_ERROR),
    ),
    Row(
        "401; 403 `AccessDeniedException`, or without a code",
        always(error(401), error(403, "AccessDeniedException"), error(403)),
        Ends("ClientError"),
        Ends("AccessDeniedError"),
    ),
    Row(
        "403 `ExpiredTokenException`, when there are new credentials",
        once(error(403, "ExpiredTokenException")),
        Ends("ClientError"),
        Ends(ANSWER, (0.0,)),
        renewable=True,
    ),
    Row(
        "403 `ExpiredTokenException`, when there are none",
        always(error(403, "ExpiredTokenException"), error(400, "ExpiredToken")),
        Ends("ClientError"),
        Ends("ExpiredTokenError"),
    ),
    Row(
        "403 `InvalidSignatureException`, when this machine's clock is wrong",
        once(clock_skew()),
        Ends("ClientError"),
        Ends(ANSWER, (0.0,)),
    ),
    Row(
        "403 `InvalidSignatureException`, `SignatureDoesNotMatch`, when it is right",
        always(error(403, "InvalidSignatureException"), error(403, "SignatureDoesNotMatch")),
        Ends("ClientError"),
        Ends("AccessDeniedError"),
    ),
    Row(
        "404, 405, 408, 409, 415, 422 without a code",
        always(*(error(status) for status in (404, 405, 408, 409, 415, 422))),
        Ends("ClientError"),
        Ends("ServiceError"),
    ),
    Row(
        "413: the request is too large",
        always(error(413)),
        Ends("ClientError"),
        Ends("PayloadTooLargeError"),
    ),
    Row(
        "424 `ModelError`: the container's own error",
        always(error(424, "ModelError")),
        Ends("ModelError"),
        Ends("ModelError"),
    ),
    Row(
        "429 `ThrottlingException`",
        always(error(429, "ThrottlingException")),
        Ends("ClientError", THROTTLED),
        Ends("ThrottlingError", THROTTLED),
    ),
    Row(
        "429 `ModelNotReadyException`: a multi-model endpoint loads the model",
        once(*[error(429, "ModelNotReadyException")] * 3),
        Ends("ModelNotReadyException"),
        Ends(ANSWER, (1.0, 2.0, 4.0), LOADING),
    ),
    Row(
        "429 without a code: by the contract, the same",
        once(*[error(429)] * 3),
        Ends("ClientError", THROTTLED),
        Ends(ANSWER, (1.0, 2.0, 4.0), LOADING),
    ),
    Row(
        "500 `InternalFailure`",
        always(error(500, "InternalFailure")),
        Ends("InternalFailure", SERVER_ERROR),
        Ends("InternalFailure", SERVER_ERROR),
    ),
    Row(
        "500 without a code",
        always(error(500)),
        Ends("ClientError", SERVER_ERROR),
        Ends("InternalFailure", SERVER_ERROR),
    ),
    Row(
        "502, 504, from a proxy perhaps",
        always(error(502, body=b"<html>Bad Gateway</html>"), error(504)),
        Ends("ClientError", SERVER_ERROR),
        Ends("ServiceError", SERVER_ERROR),
    ),
    Row(
        "503 `ServiceUnavailable`",
        always(error(503, "ServiceUnavailable")),
        Ends("ServiceUnavailable", SERVER_ERROR),
        Ends("ServiceUnavailable", SERVER_ERROR),
    ),
    Row(
        "503 without a code",
        always(error(503)),
        Ends("ClientError", SERVER_ERROR),
        Ends("ServiceUnavailable", SERVER_ERROR),
    ),
    Row(
        "503 that asks to wait 3 s by `x-amz-retry-after`",
        always(of("busy", BUSY)),
        Ends("ClientError", (3.0, 3.0)),
        Ends("ServiceUnavailable", (3.0, 3.0)),
    ),
    Row(
        "503 that asks to wait 7 s by `Retry-After`",
        always(of("later", LATER)),
        Ends("ClientError", SERVER_ERROR),
        Ends("ServiceUnavailable", (7.0, 7.0)),
    ),
    Row(
        "530 `InternalDependencyException`",
        always(error(530, "InternalDependencyException")),
        Ends("InternalDependencyException"),
        Ends("InternalDependencyException", SERVER_ERROR),
    ),
    Row(
        "530 without a code",
        always(error(530)),
        Ends("ClientError"),
        Ends("InternalDependencyException", SERVER_ERROR),
    ),
    Row(
        "501, 505, 520, 599",
        always(error(501), error(505), error(520), error(599)),
        Ends("ClientError"),
        Ends("ServiceError"),
    ),
    Row(
        "a redirect: 301, 302, 307, 308",
        always(
            *(
                error(status, headers=[("Location", "https://example.com/")])
                for status in (301, 302, 307, 308)
            )
        ),
        Ends("ClientError"),
        Ends("ServiceError"),
    ),
    Row(
        "a redirect: 303",
        always(error(303, headers=[("Location", "https://example.com/")])),
        Ends("HTTPClientError", SERVER_ERROR),
        Ends("ServiceError"),
    ),
    Row(
        "480, a mock's `InternalFailure`",
        always(error(480)),
        Ends("ClientError"),
        Ends("InternalFailure", SERVER_ERROR),
    ),
    Row(
        "481, a mock's `ServiceUnavailable`",
        always(error(481)),
        Ends("ClientError"),
        Ends("ServiceUnavailable", SERVER_ERROR),
    ),
    Row(
        "482, a mock's `ValidationError`",
        always(error(482)),
        Ends("ClientError"),
        Ends("ValidationError"),
    ),
    Row("483, a mock's `ModelError`", always(error(483)), Ends("ClientError"), Ends("ModelError")),
    Row(
        "484, a mock's `InternalDependencyException`",
        always(error(484)),
        Ends("ClientError"),
        Ends("InternalDependencyException", SERVER_ERROR),
    ),
    Row(
        "485, a mock's `ModelNotReadyException`",
        once(*[error(485)] * 3),
        Ends("ClientError"),
        Ends(ANSWER, (1.0, 2.0, 4.0), LOADING),
    ),
    # No connection, or the request did not get out whole: no model has run.
    Row(
        "the host's name is not known",
        ((),),
        Ends("EndpointConnectionError", SERVER_ERROR),
        Ends("ConnectError", SERVER_ERROR),
        where="unknown host",
    ),
    Row(
        "the connection is refused",
        ((),),
        Ends("EndpointConnectionError", SERVER_ERROR),
        Ends("ConnectError", SERVER_ERROR),
        where="closed port",
    ),
    Row(
        "no connection within the connect timeout",
        ((),),
        Ends("ConnectTimeoutError", SERVER_ERROR),
        Ends("ConnectTimeoutError", SERVER_ERROR),
        where="silence",
    ),
    Row(
        "the certificate is not trusted, or another host's, or expired",
        ((),),
        Ends("SSLError", SERVER_ERROR),
        Ends("ConnectError", SERVER_ERROR),
        tls=True,
    ),
    Row(
        "TLS is not answered",
        always(Fault("silence", When.ACCEPT, End.SILENCE)),
        Ends("ReadTimeoutError", SERVER_ERROR),
        Ends("ConnectTimeoutError", SERVER_ERROR),
        tls=True,
    ),
    Row(
        "the server stops reading the request",
        always(Fault("stall", When.STALL, End.SILENCE)),
        Ends("ConnectionClosedError", SERVER_ERROR),
        Ends("WriteTimeoutError", SERVER_ERROR),
        body=bytes(20_000_000),
    ),
    Row(
        "a connection kept for reuse that the service has closed",
        once(None, named("reset at accept")),
        Ends(ANSWER, (0.05,)),
        Ends(ANSWER, (0.05,)),
    ),
    # The request got out: the model may have run, and be running.
    Row(
        "no answer within the read timeout",
        always(named("silence")),
        Ends("ReadTimeoutError", SERVER_ERROR),
        Ends("ReadTimeoutError"),
    ),
    Row(
        "the connection is lost before the answer",
        always(named("close before answer"), named("reset before answer")),
        Ends("ConnectionClosedError", SERVER_ERROR),
        Ends("ProtocolError"),
    ),
    Row(
        "the answer's head breaks off, by a reset",
        always(named("reset during head")),
        Ends("ConnectionClosedError", SERVER_ERROR),
        Ends("ProtocolError"),
    ),
    Row(
        "the answer's head breaks off, by a close",
        always(named("close during head")),
        Ends(SHORT),
        Ends("ProtocolError"),
    ),
    Row(
        "the answer's body breaks off",
        always(named("close during body"), named("reset during body")),
        Ends("ResponseStreamingError"),
        Ends("ProtocolError"),
    ),
    Row(
        "the answer's body stops coming",
        always(named("silence during body")),
        Ends("ReadTimeoutError"),
        Ends("ReadTimeoutError"),
    ),
    Row(
        "the answer is not HTTP",
        always(named("garbage")),
        Ends("ConnectionClosedError", SERVER_ERROR),
        Ends("ProtocolError"),
    ),
    # Response streams that had begun.
    Row(
        "a stream ends with the event `ModelStreamError`",
        always(Fault("stream error", When.ANSWER, End.KEEP, model_stream_error)),
        Ends("EventStreamError"),
        Ends("ModelStreamError"),
        stream=True,
    ),
    Row(
        "a stream breaks off, by a close",
        always(named("close during body")),
        Ends(SHORT),
        Ends("StreamTruncatedError"),
        stream=True,
    ),
    Row(
        "a stream breaks off, by a reset",
        always(named("reset during body")),
        Ends("urllib3.ProtocolError"),
        Ends("StreamTruncatedError"),
        stream=True,
    ),
    Row(
        "a stream stops coming",
        always(named("silence during body")),
        Ends("urllib3.ReadTimeoutError"),
        Ends("ReadTimeoutError"),
        stream=True,
    ),
)


def table() -> list[str]:
    """The table of the guide."""
    lines = ["| what happens | boto3, standard mode | this client |", "|---|---|---|"]
    return [*lines, *(f"| {row.what} | {row.boto3} | {row.ours} |" for row in ROWS)]


# The two clients


class Renewable:
    """Other credentials each time."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def __call__(self) -> Credentials:
        return Credentials(f"AKIA{next(self._numbers)}", KEYS[1], "token")


class FakeAsyncio:
    """asyncio, but nobody sleeps."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        async def note(seconds: float) -> None:
            sleep(seconds)

        self.sleep = note

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


@attrs.frozen
class Place:
    """Where the server is.

    Attributes:
        url: Its URL.
        is_warm: Whether a connection is to be there before the call.
    """

    url: str
    is_warm: bool


@contextlib.contextmanager
def place(row: Row, faults: tuple[Fault | None, ...]) -> Iterator[Place]:
    context = None
    if row.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    with FaultProxy(tls=context, longest=5.0) as proxy, contextlib.ExitStack() as stack:
        proxy.plan(*faults)
        url = proxy.url
        if row.where == "unknown host":
            url = "http://nowhere.localhost.invalid"
        elif row.where == "closed port":
            with socket.create_server(("127.0.0.1", 0)) as server:
                url = f"http://127.0.0.1:{server.getsockname()[1]}"
        elif row.where == "silence":
            url = stack.enter_context(full_server())
        yield Place(url, faults[:1] == (None,))


AUTHORITY = trustme.CA()


@contextlib.contextmanager
def full_server() -> Iterator[str]:
    """A server whose queue is full: no connection is made."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def through_boto3(row: Row, there: Place, monkeypatch: pytest.MonkeyPatch) -> Ends:
    slept: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=slept.append))
    begin = standard.ExponentialBackoff.__init__

    def begin_without_chance(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **{**options, "random": lambda: 1.0})

    monkeypatch.setattr(standard.ExponentialBackoff, "__init__", begin_without_chance)
    config = botocore.config.Config(
        retries={"mode": "standard"}, connect_timeout=WAIT, read_timeout=WAIT, proxies={}
    )
    session = boto3.Session(*KEYS, region_name="us-east-1")
    client = session.client("sagemaker-runtime", endpoint_url=there.url, config=config)
    try:
        if there.is_warm:
            client.invoke_endpoint(EndpointName="e", Body=b"first")["Body"].read()
        if row.stream:
            given = client.invoke_endpoint_with_response_stream(EndpointName="e", Body=row.body)
            body = b"".join(event["PayloadPart"]["Bytes"] for event in given["Body"])
        else:
            body = client.invoke_endpoint(EndpointName="e", Body=row.body)["Body"].read()
        result = ANSWER if body == row.body else SHORT
    except Exception as failure:  # noqa: BLE001  # the row says which
        kind = type(failure)
        top = kind.__module__.partition(".")[0]
        result = kind.__name__ if top == "botocore" else f"{top}.{kind.__name__}"
    finally:
        client.close()
    return Ends(result, tuple(slept))


def through_ours(
    row: Row, there: Place, monkeypatch: pytest.MonkeyPatch, *, is_async: bool
) -> Ends:
    slept: list[float] = []
    monkeypatch.setattr("wrapper._client.time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr("wrapper._async_client.asyncio", FakeAsyncio(slept.append))
    monkeypatch.setattr("wrapper._base_client._jitter", lambda: 1.0)
    told: list[float] = []
    options: dict[str, Any] = {
        "region": "us-east-1",
        "endpoint_url": there.url,
        "credentials": Renewable() if row.renewable else Credentials(*KEYS, "token"),
        "timeout": WAIT,
        "retries": RetryPolicy(on_retry=lambda event: told.append(event.delay)),
        "allow_insecure_http": True,
    }

    def call() -> tuple[bytes, int]:
        with SageMakerRuntimeClient(**options) as client:
            if there.is_warm:
                client.invoke_endpoint("e", b"first")
            if row.stream:
                with client.invoke_endpoint_with_response_stream("e", row.body) as stream:
                    return stream.read(), stream.attempts
            output = client.invoke_endpoint("e", row.body)
            return output.body, output.attempts

    async def call_async() -> tuple[bytes, int]:
        async with AsyncSageMakerRuntimeClient(**options) as client:
            if there.is_warm:
                await client.invoke_endpoint("e", b"first")
            if row.stream:
                given = await client.invoke_endpoint_with_response_stream("e", row.body)
                async with given as stream:
                    return await stream.read(), stream.attempts
            output = await client.invoke_endpoint("e", row.body)
            return output.body, output.attempts

    try:
        body, attempts = asyncio.run(call_async()) if is_async else call()
        result = ANSWER if body == row.body else SHORT
    except Exception as failure:  # noqa: BLE001  # the row says which
        result = type(failure).__name__
        attempts = getattr(failure, "attempts", 1)
    delays = tuple(told[: attempts - 1])
    assert slept == [delay for delay in delays if delay]
    return Ends(result, delays)


CASES = [
    pytest.param(row, faults, id=f"{row.what} ({number})" if number else row.what)
    for row in ROWS
    for number, faults in enumerate(row.faults)
]


@pytest.fixture(autouse=True)
def _only_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")


# What botocore leaves to the garbage collector, and what it still uses.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
@pytest.mark.parametrize(("row", "faults"), CASES)
def test_boto3_does_what_the_table_says(row, faults, monkeypatch):
    with place(row, faults) as there:
        ends = through_boto3(row, there, monkeypatch)
    gc.collect()
    assert (ends.result, ends.delays) == (row.boto3.result, row.boto3.delays)


@pytest.mark.parametrize(("row", "faults"), CASES)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_this_client_does_what_the_table_says(row, faults, is_async, monkeypatch):
    with place(row, faults) as there:
        ends = through_ours(row, there, monkeypatch, is_async=is_async)
    assert (ends.result, ends.delays) == (row.ours.result, row.ours.delays)


def test_the_guide_has_this_table():
    guide = GUIDE.read_text("utf-8")
    missing = [line for line in table() if line not in guide]
    assert missing == [], "python -m tests.oracle.test_retry_table prints the table"
    assert "\n\n" + "\n".join(table()) + "\n\n" in guide


def test_the_table_has_every_error_of_the_contract():
    said = " ".join(row.what for row in ROWS)
    for name, status in upstream_errors():
        assert f"{status} `{name}`" in said


def upstream_errors() -> list[tuple[str, int]]:
    shapes = botocore.session.Session().get_service_model("sagemaker-runtime")
    found = [shapes.shape_for(name) for name in shapes.shape_names]
    return [
        (shape.name, shape.metadata["error"]["httpStatusCode"])
        for shape in found
        if shape.metadata.get("exception") and "error" in shape.metadata
    ]


if __name__ == "__main__":
    print(*table(), sep="\n")  # noqa: T201
