"""Nothing secret shows: canaries are sent through every path, and all that comes out is searched.

All is: every log line at DEBUG of every logger (this package's, httpx's, httpcore's, asyncio's with
its debug mode on), the tracebacks of every error with all causes, the reprs of all that a user gets
hold of, standard output and error, and warnings. Two things are left out on purpose: the attributes
that hold a value because the user asked for it (`body`, `custom_attributes`, `original_message`,
a stream error's `message`), and tracebacks that show local variables.

httpcore, where a caller's own transport or a proxy brings it in, logs the headers of every answer
at DEBUG, custom attributes among them. That is httpcore's log, switched on by who wants it; what
is demanded of it here is that nothing else shows there, and nothing of any request.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

import wrapper
from tests.faces import WAYS, DrivenClient, Face, at, finished
from wrapper import Credentials, RetryPolicy, SigV4Auth, Timeout
from wrapper.credentials import CallableProvider, RefreshingCredentials, StaticProvider
from wrapper.local import LocalRuntime, ModelRequest, ModelResponse, faults

pytestmark = pytest.mark.slow

INVOKE = "invoke_endpoint"
QUEUE = "invoke_endpoint_async"
STREAM = "invoke_endpoint_with_response_stream"

# No word of these occurs anywhere else.
SECRET_KEY = "kanarienvogel1/secret+key"
TOKEN = "kanarienvogel2/session+token=="
BODY = "kanarienvogel3 in the body"
ATTRIBUTES = "kanarienvogel4=in;  the attributes"
ANSWER = "kanarienvogel5 in the answer"
PASSWORD = "kanarienvogel6"
CANARY = "kanarienvogel"

CREDENTIALS = Credentials("AKIDCANARIES", SECRET_KEY, TOKEN)


class Everything(logging.Handler):
    """All that comes out."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"log of {record.name}: {self.format(record)}")

    def add(self, what: str, shown: str) -> None:
        self.lines.append(f"{what}: {shown}")

    def add_value(self, value: object) -> None:
        self.add(f"repr of {type(value).__name__}", repr(value))
        self.add(f"str of {type(value).__name__}", str(value))

    def add_error(self, error: BaseException) -> None:
        self.add_value(error)
        self.add("args", repr(error.args))
        self.add("traceback", "".join(traceback.format_exception(error)))
        for name in ("code", "rule", "parameter", "setting", "request_id", "headers", "value"):
            self.add(name, repr(getattr(error, name, None)))
        if isinstance(error, wrapper.ServiceError) and not isinstance(error, wrapper.ModelError):
            self.add("message", str(error.message))

    def with_canaries(self) -> list[str]:
        return [line for line in self.lines if CANARY in line.lower()]


@pytest.fixture
def everything(capfd: pytest.CaptureFixture[str]) -> Iterator[Everything]:
    found = Everything()
    root = logging.getLogger()
    level = root.level
    root.addHandler(found)
    root.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield found
            gc.collect()
        for warning in warned:
            found.add("warning", str(warning))
        out, err = capfd.readouterr()
        found.add("output", out + err)
        assert found.with_canaries() == []
    finally:
        root.removeHandler(found)
        root.setLevel(level)


@pytest.fixture
def canaries() -> Iterator[LocalRuntime]:
    """A runtime whose models repeat what they are told, and more."""

    def answer(request: ModelRequest) -> ModelResponse:
        attributes = {"X-Amzn-SageMaker-Custom-Attributes": request.custom_attributes or ANSWER}
        return ModelResponse(f"{request.text()} {ANSWER}", headers=attributes)

    def refuse(request: ModelRequest) -> ModelResponse:
        return ModelResponse(f"bad input: {request.text()}", status_code=400)

    models = {"echo": answer, "refuse": refuse}
    with LocalRuntime(models, credentials=CREDENTIALS) as runtime:
        yield runtime


async def use(everything: Everything, client: DrivenClient, operation: str, endpoint: str) -> Any:
    """Make a call with every canary in it, and keep what can be seen of its end."""
    everything.add_value(client.client)
    try:
        if operation == STREAM:
            async with client.stream(endpoint, BODY, custom_attributes=ATTRIBUTES) as stream:
                everything.add_value(stream.stream)
                everything.add_value(stream.stream.headers)
                for way in WAYS[:3]:
                    await stream.next(stream.iterator(way))
                await stream.read()
                everything.add_value(stream.stream)
                return stream.stream
        else:
            output = await client.call(operation, endpoint, body=BODY, custom_attributes=ATTRIBUTES)
            everything.add_value(output)
            everything.add_value(output.headers)
            return output
    except Exception as error:  # noqa: BLE001  # every error has to be looked at
        everything.add_error(error)
        return error


def run(
    everything: Everything,
    face: Face,
    runtime: LocalRuntime,
    *,
    operations: tuple[str, ...] = (INVOKE, QUEUE, STREAM),
    endpoint: str = "echo",
    **options: Any,
) -> list[Any]:
    """Call every operation: the outputs, streams and errors that came of it."""

    async def script() -> list[Any]:
        ends = []
        for operation in operations:
            async with face.client(**at(runtime, **options)) as client:
                everything.add_value(client.client.config)
                everything.add("explain", client.client.config.explain())
                ends.append(await use(everything, client, operation, endpoint))
        return ends

    return asyncio.run(script(), debug=True)


def test_the_search_finds_what_shows(everything):
    """The test of the test: each channel, with a canary in it, is seen."""
    for show in (
        lambda: logging.getLogger("httpcore.http11").debug("header %s", CANARY),
        lambda: everything.add_value([CANARY]),
        lambda: everything.add_error(ValueError(CANARY)),
    ):
        show()
        assert everything.with_canaries()
        everything.lines.clear()


def test_success_shows_nothing(everything, face, canaries):
    output, _, stream = run(everything, face, canaries)
    assert output.text() == f"{BODY} {ANSWER}"
    assert output.custom_attributes == stream.custom_attributes == ATTRIBUTES
    assert len(canaries.requests) == 3
    for request in canaries.requests:  # the canaries were in it
        assert request.body.decode() == BODY
        assert request.headers["x-amzn-sagemaker-custom-attributes"] == ATTRIBUTES
        assert request.headers["x-amz-security-token"] == TOKEN


@pytest.mark.parametrize(
    "code",
    [
        *("InternalFailure", "ServiceUnavailable", "ValidationError", "ModelError"),
        *("InternalDependencyException", "ThrottlingException", "AccessDeniedException"),
        *("ExpiredTokenException", "InvalidSignatureException", "RequestEntityTooLargeException"),
    ],
)
def test_an_error_that_repeats_the_request_shows_nothing(everything, face, canaries, code):
    folded = " ".join(ATTRIBUTES.split())
    message = f"you sent {ATTRIBUTES} and {folded} with {TOKEN}"
    members = {"OriginalMessage": BODY, "OriginalStatusCode": 500} if code == "ModelError" else {}
    if code == "ModelError":
        message = f'Received server error (500) from primary with message "{BODY}". See there.'
    canaries.faults.always(faults.error(code, message, members=members))
    for error in run(everything, face, canaries, retries=2):
        assert error.code == code


@pytest.mark.parametrize("content_type", ["text/html", "application/xml", "application/json"])
def test_an_answer_that_is_no_error_of_the_service_shows_nothing(
    everything, face, canaries, content_type
):
    page = f"<html><body>{BODY} {ATTRIBUTES} {TOKEN}</body></html>".encode()
    canaries.faults.always(faults.answer(502, page, content_type=content_type))
    for error in run(everything, face, canaries, retries=2):
        assert error.status_code == 502


def test_a_refused_signature_shows_nothing_of_the_canonical_request(everything, face, canaries):
    wrong = Credentials(CREDENTIALS.access_key_id, f"{SECRET_KEY}x", TOKEN)
    run(everything, face, canaries, credentials=wrong)
    assert any("The Canonical String for this request" in line for line in everything.lines)
    assert any("x-amzn-sagemaker-custom-attributes:***" in line for line in everything.lines)


def test_a_wrong_clock_and_expired_credentials_show_nothing(everything, face, canaries):
    canaries.clock_offset = timedelta(hours=5)
    assert [end.attempts for end in run(everything, face, canaries)] == [2, 2, 2]
    canaries.clock_offset = timedelta(0)
    expired = Credentials("AKIDCANARIES", SECRET_KEY, TOKEN, datetime.now(UTC) - timedelta(hours=1))
    for error in run(everything, face, canaries, credentials=expired):
        assert isinstance(error, wrapper.CredentialsError)


def test_a_container_that_repeats_the_body_shows_nothing(everything, face, canaries):
    for error in run(everything, face, canaries, endpoint="refuse", operations=(INVOKE, STREAM)):
        assert isinstance(error, wrapper.ModelError)
        assert BODY in error.original_message


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("after", [None, 0, 5, 40])
def test_a_broken_connection_shows_nothing(everything, face, canaries, after, ending):
    canaries.faults.always(faults.cut(after, ending=ending))
    retries = RetryPolicy(max_attempts=2, retry_timeouts=True)
    for error in run(everything, face, canaries, retries=retries):
        assert isinstance(error, wrapper.ProtocolError | wrapper.StreamTruncatedError)


def test_a_timeout_shows_nothing(everything, face, canaries):
    canaries.faults.always(faults.delay(5))
    for error in run(everything, face, canaries, timeout=Timeout(read=0.05)):
        assert isinstance(error, wrapper.ReadTimeoutError)


def test_no_connection_shows_nothing(everything, face, canaries):
    proxy = f"http://user:{PASSWORD}@127.0.0.1:1"
    for options in ({"endpoint_url": "http://127.0.0.1:1"}, {"proxy": proxy}):
        for error in run(everything, face, canaries, retries=2, **options):
            assert isinstance(error, wrapper.ConnectError)


@pytest.mark.parametrize(
    "frame",
    [
        faults.exception_event("ModelStreamError", {"Message": BODY, "ErrorCode": "StreamBroken"}),
        faults.exception_event("SomethingNew", {"Message": f"{BODY} {ATTRIBUTES}"}),
        faults.error_event("InternalError", BODY),
        faults.payload_part(BODY.encode())[:-1] + b"!",
        faults.payload_part(BODY.encode())[:-20],
        f"<html>{BODY}</html>".encode() * 10,
        BODY.encode(),
    ],
    ids=["broken", "unknown", "error", "corrupt", "cut", "html", "text"],
)
@pytest.mark.parametrize("ending", ["end", "close", "reset"])
def test_an_error_in_a_stream_shows_nothing(everything, face, canaries, frame, ending):
    pieces = (faults.payload_part(f"{ANSWER}\n".encode()), frame)
    canaries.faults.always(faults.stream(*pieces, ending=ending))
    (error,) = run(everything, face, canaries, operations=(STREAM,))
    assert isinstance(error, wrapper.StreamError)


@pytest.mark.parametrize("way", ["json", "sse"])
def test_output_of_the_wrong_form_shows_nothing(everything, face, canaries, way):
    part = f'{{"a": 1}} {ANSWER}' if way == "json" else f"data: {ANSWER}\n\n"
    canaries.faults.always(faults.stream(faults.payload_part(part.encode())))
    found, error = face.read(at(canaries), way)
    for value in found:
        everything.add_value(value)
    if way == "json":
        assert error is not None
        everything.add_error(error)
    else:
        (event,) = found
        with pytest.raises(wrapper.StreamError) as caught:
            event.json()
        everything.add_error(caught.value)


def test_a_retry_shows_nothing_even_to_its_callback(everything, face, canaries):
    events: list[wrapper.RetryEvent] = []
    message = f"you sent {ATTRIBUTES} with {TOKEN}"
    canaries.faults.next(faults.error("ServiceUnavailable", message))
    canaries.faults.next(faults.cut(3))
    canaries.faults.next(faults.error("ThrottlingException", None))
    retries = RetryPolicy(max_attempts=5, retry_timeouts=True, on_retry=events.append)
    (output,) = run(everything, face, canaries, operations=(INVOKE,), retries=retries)
    assert output.attempts == 4
    assert len(events) == 3
    for event in events:
        everything.add_value(event)
        everything.add_error(event.error)
    assert any(line.startswith("log of wrapper.retry: ") for line in everything.lines)


WRONG_CALLS: list[Callable[[Any], Any]] = [
    lambda client: client.invoke_endpoint("echo", BODY, custom_attributes=f"{ATTRIBUTES}\n"),
    lambda client: client.invoke_endpoint("echo", BODY, custom_attributes=f"é{ATTRIBUTES}"),
    lambda client: client.invoke_endpoint("echo", BODY, custom_attributes=ATTRIBUTES * 100),
    lambda client: client.invoke_endpoint("echo", BODY, custom_attributes=f" {ATTRIBUTES}"),
    lambda client: client.invoke_endpoint("echo", BODY, custom_attributes=[ATTRIBUTES]),
    lambda client: client.invoke_endpoint("echo", BODY, content_type="a\n"),
    lambda client: client.invoke_endpoint("..", BODY, custom_attributes=ATTRIBUTES),
    lambda client: client.invoke_endpoint({"rows": [BODY]}, "echo"),
    lambda client: client.invoke_endpoint([BODY], "echo"),
    lambda client: client.invoke_endpoint("echo", {BODY: float("nan")}),
    lambda client: client.invoke_endpoint("echo", {BODY: b"bytes"}),
    lambda client: client.invoke_endpoint("echo", {(BODY,): 1}),
    lambda client: client.invoke_endpoint("echo", f"{BODY}\ud800"),
    lambda client: client.invoke_endpoint("echo", {"a": f"{BODY}\ud800"}),
    lambda client: client.invoke_endpoint("echo", {BODY}),
    lambda client: client.invoke_endpoint("echo", BODY, timeout=-1),
    lambda client: client.invoke_endpoint_async("echo", body=BODY, input_location="s3://b/k"),
    lambda client: client.invoke_endpoint_async("echo", body=BODY, request_ttl_seconds=59),
    lambda client: client.invoke_endpoint_with_response_stream("", BODY),
]


@pytest.mark.parametrize("call", WRONG_CALLS)
def test_a_wrong_argument_shows_nothing(everything, face, canaries, call):
    async def script() -> None:
        async with face.client(**at(canaries)) as client:
            with pytest.raises(wrapper.ParameterError) as caught:
                await finished(call(client.client))
            everything.add_error(caught.value)

    asyncio.run(script(), debug=True)
    assert len(canaries.requests) == 0


@pytest.mark.parametrize(
    "options",
    [
        {"credentials": Credentials("AKID", f"{SECRET_KEY}\n")},
        {"credentials": Credentials("AKID", f" {SECRET_KEY}")},
        {"credentials": Credentials("AKID", f"é{SECRET_KEY}")},
        {"credentials": Credentials("AKID", SECRET_KEY, f"{TOKEN}\r\nX-Injected: 1")},
        {"credentials": Credentials("AKID\n", SECRET_KEY, TOKEN)},
        {"credentials": lambda: (SECRET_KEY, TOKEN)},
        {"credentials": lambda: {"secret": SECRET_KEY}},
        {"credentials": ("AKID", SECRET_KEY)},
        {"credentials": SECRET_KEY},
        {"endpoint_url": f"https://user:{PASSWORD}@localhost"},
        {"endpoint_url": f"https://localhost/?key={PASSWORD}"},
        {"proxy": f"ftp://user:{PASSWORD}@localhost"},
        {"proxy": {"https": f"http://user:{PASSWORD}@localhost"}},
        {"retries": 1, "proxy": f"user:{PASSWORD}@127.0.0.1:1"},
    ],
)
def test_a_wrong_option_shows_nothing(everything, face, canaries, options):
    async def script() -> None:
        try:
            async with face.client(**at(canaries, **options)) as client:
                await use(everything, client, INVOKE, "echo")
        except wrapper.SageMakerRuntimeError as error:
            everything.add_error(error)

    asyncio.run(script(), debug=True)
    assert any(line.startswith("traceback") for line in everything.lines)


def test_values_show_nothing(everything):
    static = StaticProvider(CREDENTIALS)
    for value in (
        CREDENTIALS,
        static,
        RefreshingCredentials(static),
        CallableProvider(lambda: CREDENTIALS),
        SigV4Auth(CREDENTIALS, "us-east-1"),
        wrapper.ServerSentEvent(data=ANSWER, id=ANSWER),
        wrapper.Headers([("a", ANSWER)]),
        Timeout(),
        RetryPolicy(),
        wrapper.SageMakerRuntimeClient(
            "us-east-1", credentials=CREDENTIALS, proxy=f"http://user:{PASSWORD}@localhost"
        ),
    ):
        everything.add_value(value)
        everything.add_value([value])
        if isinstance(value, wrapper.SageMakerRuntimeClient):
            everything.add_value(value.config)
            everything.add("explain", value.config.explain())


HEADERS_OF_AN_ANSWER = "receive_response_headers.complete"


def leave_out_headers_of_answers(everything: Everything) -> list[str]:
    found = [line for line in everything.with_canaries() if HEADERS_OF_AN_ANSWER in line]
    everything.lines = [line for line in everything.lines if line not in found]
    return found


def transport(face: Face) -> Any:
    return httpx.AsyncHTTPTransport() if face.is_async else httpx.HTTPTransport()


def test_through_httpx_its_logs_show_the_headers_of_answers_and_nothing_else(
    everything, face, canaries
):
    """What the module's docstring says of httpcore, to the letter."""

    async def script() -> None:
        for operation in (INVOKE, QUEUE, STREAM):
            async with face.client(**at(canaries, transport=transport(face))) as client:
                end = await use(everything, client, operation, "echo")
                assert not isinstance(end, Exception)

    asyncio.run(script(), debug=True)
    assert any(line.startswith("log of httpx: ") for line in everything.lines)
    shown = leave_out_headers_of_answers(everything)
    assert shown, "httpcore no longer logs them: say so in the module's docstring"
    for line in shown:
        assert line.startswith("log of httpcore.")
        for secret in (SECRET_KEY, TOKEN, BODY):
            assert secret not in line


@pytest.mark.parametrize(
    "fault",
    [
        faults.error("ServiceUnavailable", f"{ATTRIBUTES} {TOKEN}"),
        faults.cut(3, ending="reset"),
        faults.cut(ending="close"),
        faults.delay(5),
        faults.answer(502, BODY.encode()),
        faults.stream(faults.payload_part(ANSWER.encode()), ending="reset"),
    ],
)
def test_failures_through_httpx_show_nothing(everything, face, canaries, fault):
    async def script() -> None:
        for operation in (INVOKE, QUEUE, STREAM):
            canaries.faults.next(fault)
            options = at(canaries, transport=transport(face), timeout=Timeout(read=0.1), retries=1)
            async with face.client(**options) as client:
                end = await use(everything, client, operation, "echo")
                assert isinstance(end, wrapper.SageMakerRuntimeError)

    asyncio.run(script(), debug=True)
    assert len(canaries.faults) == 0
    leave_out_headers_of_answers(everything)
