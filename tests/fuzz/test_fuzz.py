"""Hostile input: whatever comes, a value or a typed error, in bounded time and memory."""

from __future__ import annotations

import logging
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise, repeat

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces import ASYNC, SYNC, Pieces, Recorder
from tests.faults.origin import frame
from tests.fuzz.samples import SAMPLES
from tests.fuzz.targets import TARGETS
from wrapper import (
    ConfigurationError,
    EventStreamDecodeError,
    ParameterError,
    RetryPolicy,
    SageMakerRuntimeError,
    ServiceError,
    StreamError,
)
from wrapper._config_files import parse_config_file
from wrapper._http import MAX_ANSWER_BYTES, MAX_ERROR_BYTES, read_whole
from wrapper._http11.answer import MAX_INTERIM_ANSWERS, StreamedAnswerReader, WholeAnswerReader
from wrapper._http11.body import MAX_CHUNK_LINE_BYTES
from wrapper._http11.head import MAX_FIELDS, MAX_HEAD_BYTES, AnswerError
from wrapper._server_sent_events import MAX_EVENT_LENGTH, ServerSentEventSplitter
from wrapper._splitting import (
    MAX_JSON_DEPTH,
    MAX_JSON_LENGTH,
    MAX_LINE_LENGTH,
    JSONSplitter,
    LineSplitter,
)
from wrapper.eventstream import MAX_HEADERS_LENGTH, MAX_PAYLOAD_LENGTH, EventStreamDecoder

MIB = 2**20
OK = b"HTTP/1.1 200 OK\r\n"


# Anything at all


def mutated(samples: list[bytes]) -> st.SearchStrategy[bytes]:
    """Valid input with pieces of it replaced, doubled, cut out or put in."""
    pieces = st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 40), st.binary(max_size=12)), max_size=4
    )

    def mutate(sample: bytes, cuts: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
        for at, length, new in changes:
            start = at % (len(sample) + 1)
            sample = sample[:start] + new + sample[start + length :]
        return cuts + sample

    return st.builds(mutate, st.sampled_from(samples), st.binary(min_size=2, max_size=2), pieces)


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_a_value_or_a_typed_error(name):
    target = TARGETS[name]

    @settings(max_examples=400)
    @given(mutated(SAMPLES[name]) | st.binary(max_size=300))
    def fuzz(data: bytes) -> None:
        target(data)

    fuzz()


def test_every_target_has_samples_that_hold():
    assert set(SAMPLES) == set(TARGETS)
    for name, samples in SAMPLES.items():
        for sample in samples:
            for size in (0, 1, 6, 255):
                TARGETS[name](bytes([size, 1]) + sample)


# Too much of it: bounded memory, bounded time


def costs(work: Callable[[], object]) -> tuple[float, float]:
    """The most memory that something takes, in MiB, and the seconds."""
    tracemalloc.start()
    began = time.process_time()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / MIB, time.process_time() - began
    finally:
        tracemalloc.stop()


def gather(reader: WholeAnswerReader | StreamedAnswerReader, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        reader.gather(piece)


CLAIMS_4_GB = b"\xff\xff\xff\xff\x00\x00\x00\x00"  # total length: 4 GiB - 1; headers: none


def prelude(total: int, headers: int) -> bytes:
    """A prelude with a right CRC."""
    import struct
    import zlib

    lengths = struct.pack("!II", total, headers)
    return lengths + struct.pack("!I", zlib.crc32(lengths))


@pytest.mark.parametrize(
    "data",
    [
        prelude(2**32 - 1, 0),
        prelude(16 + MAX_PAYLOAD_LENGTH + 1, 0),
        prelude(2**32 - 1, 2**32 - 1),
        prelude(16 + MAX_HEADERS_LENGTH + 1, MAX_HEADERS_LENGTH + 1),
        prelude(0, 0),
        prelude(15, 0),
        CLAIMS_4_GB + b"\0\0\0\0",
    ],
)
def test_a_frame_that_claims_too_much_is_refused_by_its_prelude(data):
    def work() -> None:
        with pytest.raises(EventStreamDecodeError):
            EventStreamDecoder().feed(data)

    memory, _ = costs(work)
    assert memory < 1


def test_a_stream_of_the_largest_frames_takes_one_of_them_at_a_time():
    payload = bytes(MIB)
    one = frame(payload, {":event-type": "PayloadPart", ":message-type": "event"})

    def work() -> None:
        decoder = EventStreamDecoder()
        for _ in range(50):
            for start in range(0, len(one), 65_536):
                decoder.feed(one[start : start + 65_536])

    memory, seconds = costs(work)
    assert memory < 8
    assert seconds < 5


def test_a_frame_that_comes_byte_by_byte_takes_linear_time():
    one = frame(bytes(200_000), {":event-type": "PayloadPart", ":message-type": "event"})

    def work() -> None:
        decoder = EventStreamDecoder()
        for byte in one:
            decoder.feed(bytes([byte]))

    memory, seconds = costs(work)
    assert memory < 4
    assert seconds < 5


HEADERS_100_000 = b"".join(b"X-%d: a\r\n" % number for number in range(100_000))
ENDLESS = {
    "100,000 headers": [OK, HEADERS_100_000],
    "100,000 headers, byte by byte": [OK, *(bytes([byte]) for byte in HEADERS_100_000[:99_000])],
    "endless headers": [OK, *repeat(b"X-A: b\r\n", 90_000)],
    "many short headers": [OK + b"a:\r\n" * (MAX_FIELDS + 1) + b"\r\n"],
    "a header without end": [OK + b"X-A: ", *repeat(b"x" * 4096, 90_000)],
    "a status line without end": [b"HTTP/1.1 200 ", *repeat(b"x" * 4096, 90_000)],
    "interim answers without end": [*repeat(b"HTTP/1.1 100 C\r\n\r\n", MAX_INTERIM_ANSWERS + 1)],
    "a chunk's size without end": [
        *(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;", *repeat(b"x" * 512, 90_000)),
    ],
    "trailers without end": [
        *(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", *repeat(b"X-A: b\r\n", 90_000)),
    ],
    "a huge chunk": [OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 16 + b"\r\n"],
    "a huge length": [OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"],
    "a length beyond the limit": [OK + b"Content-Length: %d\r\n\r\n" % (MAX_ANSWER_BYTES + 1)],
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_that_is_too_much_is_refused_soon(name):
    pieces = ENDLESS[name]

    def work() -> None:
        with pytest.raises(AnswerError):
            gather(WholeAnswerReader("POST"), pieces)

    memory, seconds = costs(work)
    assert memory < 3
    assert seconds < 2


@pytest.mark.parametrize("name", [name for name in ENDLESS if "length beyond" not in name])
def test_a_streamed_answer_that_is_too_much_is_refused_soon(name):
    pieces = ENDLESS[name]

    def work() -> None:
        with pytest.raises(AnswerError):
            gather(StreamedAnswerReader("POST"), pieces)

    memory, _ = costs(work)
    assert memory < 3


def test_a_claim_of_the_largest_body_reserves_a_part_of_it():
    def work() -> None:
        reader = WholeAnswerReader("POST")
        reader.gather(OK + b"Content-Length: %d\r\n\r\nabc" % MAX_ANSWER_BYTES)

    assert costs(work)[0] < 40  # `PREALLOCATED_BYTES`


def test_of_an_endless_error_a_mebibyte_is_kept():
    class Endless:
        status = 503
        headers = httpx.Headers()

        def __iter__(self) -> Iterator[bytes]:
            return repeat(b"x" * 65_536)

        def close(self) -> None:
            self.is_closed = True

    answer = Endless()

    def work() -> None:
        assert len(read_whole(answer).body) == MAX_ERROR_BYTES  # type: ignore[arg-type]

    assert costs(work)[0] < 3
    assert answer.is_closed


def test_a_chunked_body_of_single_bytes_takes_linear_time():
    body = b"1\r\nx\r\n" * 200_000 + b"0\r\n\r\n"

    def work() -> None:
        reader = WholeAnswerReader("POST")
        reader.gather(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(body), 65_536):
            reader.gather(body[start : start + 65_536])
        assert reader.body == b"x" * 200_000

    memory, seconds = costs(work)
    assert memory < 16
    assert seconds < 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("splitter", "beginning", "limit"),
    [
        (LineSplitter, b"", MAX_LINE_LENGTH),
        (ServerSentEventSplitter, b"data: ", MAX_LINE_LENGTH),
        (ServerSentEventSplitter, b"", MAX_EVENT_LENGTH),
        (JSONSplitter, b'"', MAX_JSON_LENGTH),
        (JSONSplitter, b"[", MAX_JSON_LENGTH),
        (JSONSplitter, b"1", MAX_JSON_LENGTH),
    ],
)
def test_a_value_without_end_is_refused_at_the_limit(splitter, beginning, limit):
    filler = b"1," * 32_768 if beginning == b"[" else b"1" * 65_536
    if not beginning and splitter is ServerSentEventSplitter:
        filler = b"data: " + b"1" * 65_529 + b"\n"
    fed = 0

    def fill() -> None:
        nonlocal fed
        made = splitter()
        made.feed(beginning)
        while fed < limit * 1.2:
            made.feed(filler)
            fed += len(filler)

    def work() -> None:
        with pytest.raises(StreamError, match=r"longer than|more than"):
            fill()

    memory, seconds = costs(work)
    assert fed > limit * 0.9
    assert memory < 200
    assert seconds < 10


def test_a_document_nested_without_end_is_refused_at_the_limit():
    splitter = JSONSplitter()
    with pytest.raises(StreamError, match=f"nested deeper than {MAX_JSON_DEPTH}"):
        splitter.feed(b"[" * 100_000)
    for body in (b"[" * 200_000, b'{"a":' * 200_000):
        recorder = Recorder(500, {"x-amzn-errortype": "InternalFailure"}, body)
        with pytest.raises(ServiceError):
            SYNC.call({"transport": recorder}, "invoke_endpoint", "e", b"")


def test_a_large_shared_file_is_read_in_linear_time():
    many = b"".join(b"[profile p%d]\nregion = us-east-1\n" % number for number in range(20_000))
    _, seconds = costs(lambda: parse_config_file(many, "config"))
    assert seconds < 5
    lines = b"[default]\nkey = a\n" + b" more\n" * 100_000
    _, seconds = costs(lambda: parse_config_file(lines, "config"))
    assert seconds < 5
    with pytest.raises(ConfigurationError):
        parse_config_file(b"x" * 5_000_000, "config")


# Nothing is injected: neither into a request nor into a log


TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["a\r\nX-Injected: 1", "a\nb", "a\rb", "\0", "a\x7fb", "é", "a\u2028b", "\x1b[31m", "a" * 1025]
)
PARAMETERS = [
    *("content_type", "accept", "custom_attributes", "target_model", "target_variant"),
    *("target_container_hostname", "inference_id", "enable_explanations"),
    *("inference_component_name", "session_id", "prefix_aware_id"),
]


@settings(max_examples=300)
@given(
    name=st.sampled_from(["endpoint_name", *PARAMETERS]),
    value=TEXT,
    face=st.sampled_from([SYNC, ASYNC]),
)
def test_no_parameter_adds_a_header_or_changes_the_path(name, value, face):
    recorder = Recorder()
    parameters = {"endpoint_name": "e", name: value}
    refused = None
    try:
        face.call({"transport": recorder}, "invoke_endpoint", body=b"", **parameters)
    except ParameterError as error:
        refused = error
    if refused is not None:
        assert refused.parameter == name
        assert recorder.requests == []
        return
    request = recorder.last
    assert (
        request.url.raw_path == b"/endpoints/%b/invocations" % parameters["endpoint_name"].encode()
    )
    assert "x-injected" not in request.headers
    for header, content in request.headers.raw:
        assert not {*b"\r\n\0"} & {*header, *content}


@settings(max_examples=150)
@given(
    code=TEXT,
    message=TEXT,
    identifier=st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=40),
    status=st.sampled_from([400, 403, 424, 429, 500, 503]),
)
def test_no_answer_adds_a_line_to_a_log_or_an_error(code, message, identifier, status):
    import json

    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    logger = logging.getLogger("wrapper")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        body = json.dumps({"__type": code, "message": message, "OriginalMessage": message})
        identifiers = httpx.Headers([("x-amzn-requestid", identifier.strip())], "latin-1")
        recorder = Recorder(status, identifiers, body.encode())
        policy = RetryPolicy(max_attempts=1)
        with pytest.raises(SageMakerRuntimeError) as caught:
            SYNC.call({"transport": recorder, "retries": policy}, "invoke_endpoint", "e", b"")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert str(caught.value).isprintable()
    assert lines
    for line in lines:
        assert line.isprintable(), line


# A stream through a client, cut and broken anywhere


@settings(max_examples=150)
@given(data=mutated(SAMPLES["response_stream"]), cuts=st.lists(st.integers(0, 400), max_size=5))
@pytest.mark.parametrize("way", ["bytes", "text", "lines", "json", "sse"])
def test_a_hostile_stream_ends_in_its_end_or_a_typed_error(way, data, cuts):
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    for face in (SYNC, ASYNC):
        recorder = Recorder(stream=lambda: Pieces(pieces))
        _, failure = face.read({"transport": recorder}, way)
        assert failure is None or isinstance(failure, StreamError)


def test_the_limits_are_what_the_policy_says():
    """`SECURITY.md` names them."""
    from pathlib import Path

    said = (Path(__file__).parents[2] / "SECURITY.md").read_text("utf-8")
    limits = {
        "MAX_HEAD_BYTES": (MAX_HEAD_BYTES, "64 KiB"),
        "MAX_FIELDS": (MAX_FIELDS, "200"),
        "MAX_INTERIM_ANSWERS": (MAX_INTERIM_ANSWERS, "16"),
        "MAX_CHUNK_LINE_BYTES": (MAX_CHUNK_LINE_BYTES, "4 KiB"),
        "MAX_ANSWER_BYTES": (MAX_ANSWER_BYTES, "256 MiB"),
        "MAX_ERROR_BYTES": (MAX_ERROR_BYTES, "1 MiB"),
        "MAX_PAYLOAD_LENGTH": (MAX_PAYLOAD_LENGTH, "24 MiB"),
        "MAX_HEADERS_LENGTH": (MAX_HEADERS_LENGTH, "128 KiB"),
        "MAX_LINE_LENGTH": (MAX_LINE_LENGTH, "32 Mi"),
        "MAX_EVENT_LENGTH": (MAX_EVENT_LENGTH, "32 Mi"),
        "MAX_JSON_LENGTH": (MAX_JSON_LENGTH, "32 MiB"),
        "MAX_JSON_DEPTH": (MAX_JSON_DEPTH, "512"),
    }
    units = {"KiB": 2**10, "MiB": 2**20, "Mi": 2**20}
    for name, (value, words) in limits.items():
        number, _, unit = words.partition(" ")
        assert int(number) * units.get(unit, 1) == value
        assert any(f"`{name}`" in line and words in line for line in said.splitlines()), name
