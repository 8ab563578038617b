"""What is fuzzed: each target takes any bytes, and raises when what must hold does not.

Whatever comes, the code under test gives a value or one of its own errors; the same whatever the
cuts; and no error's text has a second line. The first two bytes decide on the cuts and on options,
the rest is what the code is given.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from wrapper import (
    Headers,
    ParameterError,
    SageMakerRuntimeError,
    ServiceError,
    StreamError,
    StreamTruncatedError,
)
from wrapper._config_files import parse_config_file, shared_config
from wrapper._credentials import Credentials
from wrapper._endpoints import resolve_endpoint
from wrapper._errors import ConfigurationError, CredentialsError, EventStreamDecodeError
from wrapper._http import Answer
from wrapper._http11.answer import StreamedAnswerReader, WholeAnswerReader
from wrapper._http11.head import AnswerError, RequestError, encode_head
from wrapper._operations import (
    INVOKE_ENDPOINT,
    INVOKE_ENDPOINT_ASYNC,
    INVOKE_ENDPOINT_WITH_RESPONSE_STREAM,
)
from wrapper._responses import decode_async_output, decode_error, decode_output
from wrapper._server_sent_events import ServerSentEventSplitter
from wrapper._server_time import learn_clock_offset, read_retry_after
from wrapper._splitting import JSONSplitter, LineSplitter, Splitter, TextSplitter
from wrapper._streams import ResponseStream
from wrapper.credentials._answers import FieldNames, credentials_from, parse_object
from wrapper.eventstream import EventStreamDecoder

__all__ = ["TARGETS"]

TARGETS: dict[str, Callable[[bytes], None]] = {}
OPERATIONS = (INVOKE_ENDPOINT, INVOKE_ENDPOINT_ASYNC, INVOKE_ENDPOINT_WITH_RESPONSE_STREAM)


def target(function: Callable[[bytes], None]) -> Callable[[bytes], None]:
    TARGETS[function.__name__] = function
    return function


def options_of(data: bytes) -> tuple[int, int, bytes]:
    """The size of the cuts, a byte of options, and the rest."""
    padded = data[:2].ljust(2, b"\0")
    return padded[0] + 1, padded[1], data[2:]


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def one_line(error: BaseException) -> str:
    """The text of an error, which must neither begin another line of a log nor be endless."""
    said = str(error)
    assert "\n" not in said
    assert "\r" not in said
    assert len(said) < 5000
    return said


# What a response stream is made of


def decode_events(data: bytes, size: int) -> tuple[list[Any], str | None]:
    decoder = EventStreamDecoder()
    messages: list[Any] = []
    try:
        for piece in cut(data, size):
            messages += decoder.feed(piece)
        decoder.close()
    except (EventStreamDecodeError, StreamTruncatedError) as error:
        return messages, one_line(error).partition("bytes of it came")[0]
    return messages, None


@target
def event_stream(data: bytes) -> None:
    """Event streams: the codec."""
    size, _, data = options_of(data)
    assert decode_events(data, size) == decode_events(data, len(data) + 1)


class _Answer:
    """An open answer."""

    status = 200
    headers = Headers([("Content-Type", "application/vnd.amazon.eventstream")])

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        pass


@target
def response_stream(data: bytes) -> None:
    """Response streams: what the events mean, read in every way."""
    size, option, data = options_of(data)
    stream = ResponseStream(_Answer(cut(data, size)), 1, None)
    ways = (stream.__iter__, stream.iter_text, stream.iter_lines, stream.iter_json, stream.iter_sse)
    try:
        for _ in ways[option % len(ways)]():
            pass
    except StreamError as error:
        one_line(error)


def split(splitter: Splitter[Any], data: bytes, size: int) -> tuple[list[Any], str | None]:
    found: list[Any] = []
    try:
        for piece in cut(data, size):
            found += splitter.feed(piece)
        found += splitter.end()
    except StreamError as error:
        return found, one_line(error)
    return found, None


@target
def lines(data: bytes) -> None:
    """Lines of text."""
    size, _, data = options_of(data)
    found = split(LineSplitter(), data, size)
    assert found == split(LineSplitter(), data, len(data) + 1)
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    expected = text.split("\n")
    assert found == (expected if expected[-1] else expected[:-1], None)


@target
def text(data: bytes) -> None:
    """Text in an encoding that the content type names."""
    size, option, data = options_of(data)
    encoding = ("utf-8", "utf-16", "utf-7", "shift_jis", "gb18030", "latin-1")[option % 6]
    parts, failure = split(TextSplitter(encoding), data, size)
    whole, other = split(TextSplitter(encoding), data, len(data) + 1)
    assert ("".join(parts), failure) == ("".join(whole), other)


@target
def json_values(data: bytes) -> None:
    """JSON values, one after the other."""
    size, _, data = options_of(data)
    found, failure = split(JSONSplitter(), data, size)
    again, other = split(JSONSplitter(), data, len(data) + 1)
    assert repr(found) == repr(again)  # NaN equals nothing
    assert failure == other
    with contextlib.suppress(ValueError, RecursionError):  # what json reads is read alike
        whole = json.loads(data.decode())
        assert (repr(found), failure) == (repr([whole]), None)


@target
def server_sent_events(data: bytes) -> None:
    """Server-sent events."""
    size, _, data = options_of(data)
    found = split(ServerSentEventSplitter(), data, size)
    assert found == split(ServerSentEventSplitter(), data, len(data) + 1)
    for event in found[0]:
        with contextlib.suppress(StreamError):
            event.json()


# Answers


def read_answer(data: bytes, size: int) -> object:
    reader = WholeAnswerReader("POST")
    try:
        for piece in cut(data, size):
            window = reader.window()
            if window is None or not len(window):
                reader.gather(piece)
            else:
                count = min(len(window), len(piece))
                window[:count] = piece[:count]
                reader.advance(count)
                if count < len(piece):
                    break  # more than the body: left in the socket
            if reader.finished:
                break
        reader.end()
    except AnswerError as error:
        return type(error), one_line(error)
    assert reader.head is not None
    return reader.head.status, dict(reader.head.headers), reader.body


@target
def answer(data: bytes) -> None:
    """HTTP/1.1: an answer, whole and as it comes."""
    size, _, data = options_of(data)
    found = read_answer(data, size)
    whole = read_answer(data, len(data) + 1)
    # Which of several faults is met first may depend on the cuts; whether it is one does not.
    assert found == whole or (isinstance(found[0], type) and isinstance(whole[0], type))
    streamed = StreamedAnswerReader("POST")
    body = b""
    try:
        for piece in cut(data, size):
            streamed.gather(piece)
            body += streamed.take()
            if streamed.finished:
                break
        streamed.end()
    except AnswerError as error:
        one_line(error)
        assert isinstance(found[0], type)
    else:
        assert found[2] == body


@target
def service_error(data: bytes) -> None:
    """Errors of the service, and of whatever stands before it."""
    size, option, data = options_of(data)
    name, _, body = data.partition(b"\n")
    status = 300 + (size * 256 + option) % 700
    headers = Headers(
        [("x-amzn-errortype", name.decode("latin-1")), ("x-amzn-requestid", name.decode("latin-1"))]
        if option % 2
        else ()
    )
    secret = body[:7].decode("latin-1")
    failure = decode_error(
        OPERATIONS[option % 3], Answer(status, headers, body), 1, secrets=[secret] if secret else []
    )
    assert isinstance(failure, ServiceError)
    assert one_line(failure).isprintable()
    assert failure.status_code == status
    assert failure.code is None or failure.code.isascii()
    learn_clock_offset(headers, failure.message, 0.0)


@target
def output(data: bytes) -> None:
    """Successful answers."""
    _, option, data = options_of(data)
    names = ["X-Amzn-SageMaker-New-Session-Id", "Content-Type", "X-Amzn-SageMaker-OutputLocation"]
    value = data.partition(b"\n")[0].decode("latin-1")
    headers = Headers([(name, value) for name in names[: option % 4]])
    given = decode_output(INVOKE_ENDPOINT, Answer(200, headers, data), 1)
    repr(given)
    with contextlib.suppress(ValueError, RecursionError, LookupError):  # as documented
        given.text()
        given.json()
    repr(decode_async_output(INVOKE_ENDPOINT_ASYNC, Answer(202, headers, data), 1))


@target
def waits(data: bytes) -> None:
    """The headers that ask to wait, and that tell the time."""
    _, option, data = options_of(data)
    value = data.decode("latin-1")
    headers = Headers([(("retry-after", "x-amz-retry-after", "date")[option % 3], value)])
    seconds, _ = read_retry_after(headers, lambda: 0.0)
    assert seconds >= 0
    learn_clock_offset(headers, value, 0.0)


# What goes out


@target
def request_headers(data: bytes) -> None:
    """Header values: what is accepted is one line of a request."""
    _, option, data = options_of(data)
    value = data.decode("utf-8", "surrogateescape")
    names = ("content_type", "accept", "custom_attributes", "inference_id", "session_id")
    names += ("target_model", "target_variant", "target_container_hostname", "prefix_aware_id")
    names += ("enable_explanations", "inference_component_name")
    values: dict[str, object] = {"endpoint_name": "e", **dict.fromkeys(names)}
    values[[*values][option % len(values)]] = value
    try:
        wire = INVOKE_ENDPOINT.request(values, b"")
    except ParameterError as error:
        one_line(error)
        return
    headers = [*wire.headers.items()]
    head = encode_head(wire.method, wire.path, headers)
    assert head.count(b"\r\n") == len(headers)
    assert head.count(b"\n") == head.count(b"\r") == len(headers)
    assert wire.path.isascii()
    assert "?" not in wire.path
    assert ".." not in wire.path.split("/")


@target
def request_head(data: bytes) -> None:
    """The last line of defence: no head of a request has a line that was not meant."""
    value = data.decode("utf-8", "surrogateescape")
    for target_, headers in ((f"/{value}", []), ("/", [("a", value)]), ("/", [(value, "b")])):
        try:
            head = encode_head("POST", target_, headers)
        except RequestError as error:
            one_line(error)
        else:
            assert head.count(b"\n") == head.count(b"\r") == len(headers)


# Configuration and credentials


@target
def shared_files(data: bytes) -> None:
    """The config file and the credentials file."""
    try:
        sections = parse_config_file(data, "/home/user/.aws/config")
    except ConfigurationError as error:
        one_line(error)
        return
    shared = shared_config(sections, sections)
    repr(shared)
    for section in shared.profiles.values():
        repr(section)
        assert set(section.values) == set(section.origins)


@target
def credentials_document(data: bytes) -> None:
    """Credentials as programs and metadata services write them."""
    _, option, data = options_of(data)
    try:
        fields = parse_object(data, "The answer")
        found = credentials_from(fields, "The answer", FieldNames(), is_temporary=bool(option % 2))
    except CredentialsError as error:
        one_line(error)
    else:
        assert isinstance(found, Credentials)
        assert found.secret_access_key not in repr(found) or len(found.secret_access_key) < 20


@target
def endpoint_url(data: bytes) -> None:
    """Endpoint URLs: what is accepted goes to the host that it names."""
    _, option, data = options_of(data)
    value = data.decode("utf-8", "surrogateescape")
    try:
        found = resolve_endpoint(
            "us-east-1", endpoint_url=value, allow_insecure_http=bool(option % 2)
        )
    except SageMakerRuntimeError as error:
        one_line(error)
    else:
        assert found.url.isascii()
        assert "@" not in found.authority
        assert found.scheme == "https" or option % 2 or is_loopback(found.host)


def is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
        return True
    return ip_address(host).is_loopback
