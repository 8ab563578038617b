"""What this client sends is what boto3 sends, but for the differences that are named here.

Those are: the user agent; `Accept-Encoding`, which urllib3 adds later with the same value; the
headers about the attempt (`amz-sdk-…`), which botocore sends unsigned; and `Content-Type`, which
this client sends also when the caller names none.
"""

from __future__ import annotations

import io
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import attrs
import boto3
import botocore.auth
import botocore.credentials
import httpx
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces import Face, Recorder
from tests.parameters import ALL, INVOKE, QUEUE, STREAM, TEXTS, parameters_of, wire_name
from wrapper import Credentials

PLAIN = Credentials("AKIDEXAMPLE", "a-secret-access-key")
TEMPORARY = Credentials("ASIAEXAMPLE", "a-secret-access-key", "a/session+token==")
each_operation = pytest.mark.parametrize("operation", ALL)

# What our names are in boto3, where it is not the same words put together.
MEMBERS = {
    "request_ttl_seconds": "RequestTTLSeconds",
    "s3_output_path_extension": "S3OutputPathExtension",
}
DIFFERENT = {"user-agent", "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request"}
OF_THE_MOMENT = {"authorization", "x-amz-date"}


@attrs.frozen
class Sent:
    """A request as it goes to the socket."""

    method: str
    scheme: str
    host: str
    target: str
    headers: dict[str, str]
    body: bytes


def member(name: str) -> str:
    return MEMBERS.get(name) or "".join(word.capitalize() for word in name.split("_"))


class Raw(io.BytesIO):
    """The body that botocore reads of an answer."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()


class Boto3:
    """A client of boto3 that keeps what it would have sent."""

    def __init__(self, credentials: Credentials, **options: Any) -> None:
        self.client = boto3.client(
            "sagemaker-runtime",
            region_name="us-east-1",
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            **options,
        )
        self.sent: list[AWSPreparedRequest] = []
        self.sends_for_real = False
        self.client.meta.events.register("before-send.sagemaker-runtime", self._keep)

    def _keep(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        if self.sends_for_real:
            return None
        self.sent.append(request)
        return AWSResponse(request.url, 200, {}, Raw(b"{}"))

    def send(self, operation: str, **parameters: Any) -> Sent:
        getattr(self.client, operation)(
            **{member(name): value for name, value in parameters.items()}
        )
        request = self.sent.pop()
        url = urlsplit(request.url)
        assert not url.query
        return Sent(
            request.method,
            url.scheme,
            url.netloc,
            url.path,
            {
                name.lower(): value.decode() if isinstance(value, bytes) else value
                for name, value in request.headers.items()
            },
            request.body or b"",
        )


def ours(request: httpx.Request) -> Sent:
    names = [name.decode().lower() for name, _ in request.headers.raw]
    assert len(names) == len(set(names)), "a header is sent twice"
    headers = {name.decode().lower(): value.decode() for name, value in request.headers.raw}
    return Sent(
        request.method,
        request.url.scheme,
        headers.pop("host"),
        request.extensions["target"].decode(),
        headers,
        request.content,
    )


@pytest.fixture(scope="module")
def plain() -> Boto3:
    return Boto3(PLAIN)


@pytest.fixture(scope="module")
def temporary() -> Boto3:
    return Boto3(TEMPORARY)


def send(face: Face, operation: str, credentials: Credentials = PLAIN, **parameters: Any) -> Sent:
    through = Recorder()
    options = {"transport": through, "credentials": credentials}
    if "endpoint_url" in parameters:
        options["endpoint_url"] = parameters.pop("endpoint_url")
    face.call(options, operation, **parameters)
    (request,) = through.requests
    return ours(request)


def check(mine: Sent, theirs: Sent, added: dict[str, str] | None = None) -> None:
    """Nothing differs but what is named, and the headers that this client adds."""
    added = added or {}
    assert (mine.method, mine.scheme, mine.host, mine.target) == (
        *(theirs.method, theirs.scheme, theirs.host, theirs.target),
    )
    assert mine.body == theirs.body
    left_out = DIFFERENT | OF_THE_MOMENT
    assert {name: value for name, value in mine.headers.items() if name not in left_out} == {
        **{name: value for name, value in theirs.headers.items() if name not in left_out},
        **added,
    }
    # What differs is there on both sides and has the same form.
    for sent in (mine, theirs):
        assert re.fullmatch(r"[0-9a-f-]{36}", sent.headers["amz-sdk-invocation-id"])
        assert re.fullmatch(r"attempt=1; max=\d+", sent.headers["amz-sdk-request"])
        assert sent.headers["user-agent"]
        assert re.fullmatch(r"\d{8}T\d{6}Z", sent.headers["x-amz-date"])
    signed, signed_by_botocore = (
        set(re.search("SignedHeaders=([^,]*)", sent.headers["authorization"])[1].split(";"))
        for sent in (mine, theirs)
    )
    assert signed == signed_by_botocore | {"amz-sdk-invocation-id", "amz-sdk-request"} | set(added)


@contextmanager
def clock_of(sent: Sent) -> Iterator[None]:
    moment = datetime.strptime(sent.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")  # noqa: DTZ007
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        yield


def check_signature(sent: Sent, credentials: Credentials) -> None:
    """Botocore, given all that we send, comes to the signature that we sent."""
    request = AWSRequest(sent.method, f"{sent.scheme}://{sent.host}{sent.target}", data=sent.body)
    for name, value in sent.headers.items():
        # The signer adds the first three; the others the socket's library adds after signing.
        if name not in {
            *("authorization", "x-amz-date", "x-amz-security-token"),
            *("accept-encoding", "content-length"),
        }:
            request.headers[name] = value
    auth = botocore.auth.SigV4Auth(
        botocore.credentials.Credentials(
            credentials.access_key_id, credentials.secret_access_key, credentials.session_token
        ),
        "sagemaker",
        "us-east-1",
    )
    with clock_of(sent):
        auth.add_auth(request)
    assert request.headers["Authorization"] == sent.headers["authorization"]


bodies = st.one_of(
    st.binary(max_size=200), st.sampled_from([b"", b"{}", b"\0" * 5000, bytes(range(256))])
)


@each_operation
@pytest.mark.parametrize("credentials", [PLAIN, TEMPORARY], ids=["plain", "temporary"])
@settings(max_examples=20)
@given(data=st.data())
def test_what_is_sent_is_what_boto3_sends(face, plain, temporary, operation, credentials, data):
    parameters = data.draw(parameters_of(operation))
    if operation == QUEUE and data.draw(st.booleans()):
        parameters["input_location"] = data.draw(TEXTS["input_location"].valid)
    else:
        parameters["body"] = data.draw(bodies)
    boto = temporary if credentials.session_token else plain
    mine = send(face, operation, credentials, **parameters)
    theirs = boto.send(operation, **parameters)
    added = {}
    if "content_type" not in parameters and "body" in parameters:
        added = {wire_name(operation, "content_type").lower(): "application/octet-stream"}
    check(mine, theirs, added)


@each_operation
@settings(max_examples=20)
@given(data=st.data())
def test_botocore_comes_to_the_same_signature(face, operation, data):
    parameters = data.draw(parameters_of(operation))
    credentials = data.draw(st.sampled_from([PLAIN, TEMPORARY]))
    sent = send(face, operation, credentials, body=data.draw(bodies), **parameters)
    check_signature(sent, credentials)


@each_operation
def test_each_parameter_alone_is_sent_as_boto3_sends_it(face, plain, operation):
    for name, rule in TEXTS.items():
        if operation not in rule.operations or name == "endpoint_name":
            continue
        value = {"input_location": "s3://b/k", "filename": "a.json"}.get(name, "value")
        parameters = {"endpoint_name": "e", name: value}
        if name != "input_location":
            parameters |= {"body": b"{}"}
            parameters.setdefault("content_type", "application/json")
        check(send(face, operation, **parameters), plain.send(operation, **parameters))


@pytest.mark.parametrize(
    ("given_body", "same", "content_type"),
    [
        ("é", "é".encode(), "text/plain; charset=utf-8"),
        ({"a": [1, None]}, b'{"a":[1,null]}', "application/json"),
        (bytearray(b"ab"), b"ab", "application/octet-stream"),
        (io.BytesIO(b"ab"), b"ab", "application/octet-stream"),
    ],
)
@pytest.mark.parametrize("operation", [INVOKE, STREAM])
def test_a_body_of_another_kind_is_sent_as_its_bytes_are(
    face, plain, operation, given_body, same, content_type
):
    if isinstance(given_body, io.BytesIO):
        given_body.seek(0)
    mine = send(face, operation, endpoint_name="e", body=given_body)
    theirs = plain.send(operation, endpoint_name="e", body=same, content_type=content_type)
    check(mine, theirs)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080",
        "https://vpce-0.runtime.sagemaker.us-east-1.vpce.amazonaws.com",
        "https://example.com/a/base",
        "https://example.com/a%20b/c",
        "http://127.0.0.1:1",
        "http://[::1]:8080",
    ],
)
def test_a_custom_endpoint_is_called_as_boto3_calls_it(face, url):
    parameters = {"endpoint_name": "e", "body": b"{}", "content_type": "application/json"}
    mine = send(face, INVOKE, endpoint_url=url, **parameters)
    theirs = Boto3(PLAIN, endpoint_url=url).send(INVOKE, **parameters)
    check(mine, theirs)


@contextmanager
def socket_that_answers() -> Iterator[tuple[str, list[bytes]]]:
    """A server that takes requests one connection after the other: its URL, and what came."""
    came: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while not data.endswith(b"the body"):
                    data += connection.recv(65536)
                came.append(data)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", came
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def parsed(request: bytes) -> tuple[str, dict[str, str]]:
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == b"the body"
    line, *fields = head.decode("ascii").split("\r\n")
    pairs = [field.split(": ", 1) for field in fields]
    assert len({name.lower() for name, _ in pairs}) == len(pairs)
    return line, {name.lower(): value for name, value in pairs}


@each_operation
def test_on_the_socket_is_what_boto3_writes_there(face, operation):
    """The engine adds nothing of its own and takes nothing away."""
    parameters = {
        "endpoint_name": "e",
        "body": b"the body",
        "content_type": "text/csv",
        "custom_attributes": "a  b",
    }
    with socket_that_answers() as (url, came):
        face.call({"endpoint_url": url}, operation, **parameters)
        boto = Boto3(PLAIN, endpoint_url=url)
        boto.sends_for_real = True
        answer = getattr(boto.client, operation)(
            **{member(name): value for name, value in parameters.items()}
        )
        if operation == STREAM:
            answer["Body"].close()
        boto.client.close()
    (line, mine), (their_line, theirs) = map(parsed, came)
    assert line == their_line
    assert set(mine) == set(theirs) | {"accept-encoding"}
    changing = {*DIFFERENT, *OF_THE_MOMENT}
    assert {k: v for k, v in mine.items() if k not in changing} == {
        k: v for k, v in theirs.items() if k not in changing
    }
    assert theirs["accept-encoding"] == mine["accept-encoding"] == "identity"


def test_large_bodies_are_sent_in_the_same_way(face, plain):
    body = bytes(range(256)) * 24_576  # 6 MiB: neither chunked nor announced with `Expect`
    parameters = {"endpoint_name": "e", "body": body, "content_type": "image/png"}
    check(send(face, INVOKE, **parameters), plain.send(INVOKE, **parameters))
