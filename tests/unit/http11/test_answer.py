"""HTTP/1.1 without I/O: heads written and read, bodies framed, and everything that is refused."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper._headers import Headers
from wrapper._http11 import answer as answer_module
from wrapper._http11 import body as body_module
from wrapper._http11 import head as head_module
from wrapper._http11.answer import (
    AnswerReader,
    ConnectionEndedError,
    StreamedAnswerReader,
    WholeAnswerReader,
)
from wrapper._http11.body import BodyFramer, ChunkedDecoder, Gatherer
from wrapper._http11.head import (
    CHUNKED,
    UNTIL_CLOSE,
    AnswerError,
    RequestError,
    encode_head,
    end_of_head,
    field_pairs,
    parse_head,
)

OK = b"HTTP/1.1 200 OK\r\n"


def read(data: bytes, method: str = "POST", *, end: bool = True) -> WholeAnswerReader:
    reader = WholeAnswerReader(method)
    reader.gather(data)
    if end:
        reader.end()
    return reader


def refusal(data: bytes, method: str = "POST") -> str:
    """Why the bytes are refused, without the connection having to end."""
    with pytest.raises(AnswerError) as caught:
        read(data, method, end=False)
    assert not isinstance(caught.value, ConnectionEndedError)
    return str(caught.value)


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


# The head of a request.


def test_a_head_is_written_as_these_bytes() -> None:
    headers = [("host", "example.com"), ("X-Custom", "a  b")]
    head = encode_head("POST", "/endpoints/a/invocations?b=c", headers)
    assert head == (
        b"POST /endpoints/a/invocations?b=c HTTP/1.1\r\n"  # method, target, version
        b"host: example.com\r\n"  # names and values as they are: they may be signed
        b"X-Custom: a  b"
    )
    assert end_of_head("POST", 5) == (
        b"\r\n"  # of the last header
        b"Content-Length: 5\r\n"  # the frame of the body
        b"\r\n"
    )
    assert field_pairs(head) == [(b"host", b"example.com"), (b"X-Custom", b"a  b")]


@pytest.mark.parametrize(
    ("method", "length", "line"),
    [
        ("POST", 0, b"Content-Length: 0\r\n"),
        ("PUT", 0, b"Content-Length: 0\r\n"),
        ("GET", 0, b""),
        ("DELETE", 0, b""),
        ("GET", 1, b"Content-Length: 1\r\n"),
        ("GET", CHUNKED, b"Transfer-Encoding: chunked\r\n"),
    ],
)
def test_a_body_is_announced_when_there_is_or_could_be_one(
    method: str, length: int, line: bytes
) -> None:
    assert end_of_head(method, length) == b"\r\n%b\r\n" % line


@pytest.mark.parametrize("bad", ["a\r\nEvil: 1", "a\nb", "a\rb", "\0", "a\r\n b", "\r\n"])
def test_nothing_can_be_smuggled_into_a_head(bad: str) -> None:
    for method, target, headers in (
        ("GET", "/", [("name", bad)]),
        ("GET", "/", [(bad, "value")]),
        ("GET", f"/{bad}", []),
        (bad, "/", []),
    ):
        with pytest.raises(RequestError):
            encode_head(method, target, headers)


def test_a_space_in_the_target_or_method_is_refused() -> None:
    with pytest.raises(RequestError):
        encode_head("GET", "/ HTTP/1.1 ", [])
    with pytest.raises(RequestError):
        encode_head("GET /", "/", [])


def test_characters_beyond_latin_1_are_refused_and_latin_1_is_sent() -> None:
    assert encode_head("GET", "/", [("name", "é")]).endswith(b"\r\nname: \xe9")
    with pytest.raises(RequestError):
        encode_head("GET", "/", [("name", "€")])


# The head of an answer.


def test_an_answer_is_read() -> None:
    reader = read(
        OK + b"Content-Type: a/b\r\n"
        b"X-Twice:  one \r\n"  # blanks around a value are not part of it
        b"x-twice:\ttwo\r\n"
        b"Empty:\r\n"
        b"Content-Length: 3\r\n\r\nabc"
    )
    assert reader.finished
    assert reader.reusable
    assert reader.body == b"abc"
    assert reader.head is not None
    assert reader.head.status == 200
    assert reader.head.headers == Headers(
        [
            ("content-type", "a/b"),
            ("x-twice", "one, two"),
            ("empty", ""),
            ("content-length", "3"),
        ]
    )
    assert reader.head.headers["X-TWICE"] == "one, two"
    assert field_pairs(reader.head.block) == [
        (b"Content-Type", b"a/b"),
        (b"X-Twice", b"one"),
        (b"x-twice", b"two"),
        (b"Empty", b""),
        (b"Content-Length", b"3"),
    ]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"HTTP/1.1 200 OK", 200),
        (b"HTTP/1.1 200 ", 200),
        (b"HTTP/1.1 200", 200),  # the space is required, but often forgotten
        (b"HTTP/1.1 530 \xe9t\xe9", 530),
        (b"HTTP/1.0 999 x  y", 999),
        (b"HTTP/1.2 404 later minor versions are 1.1 with something to ignore", 404),
    ],
)
def test_a_status_line_is_read(line: bytes, status: int) -> None:
    assert parse_head(line, "GET").status == status


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/2.0 200 OK",
        b"HTTP/0.9 200 OK",
        b"http/1.1 200 OK",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1",
        b"HTTP/1.1 ",
        b"HTTP/1.1 2",
        b"HTTP/1.1 20",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 099 OK",
        b"HTTP/1.1 -20 OK",
        b"HTTP/1.1 +20 OK",
        b"HTTP/1.1 2\xb20 OK",
        b"HTTP/1.1 200-OK",
        b"HTTP/11 200 OK",
        b"HTTP/1.10 200 OK",
        b" HTTP/1.1 200 OK",
        b"ICY 200 OK",
        b"<html>",
        b"",
    ],
)
def test_a_malformed_status_line_is_refused(line: bytes) -> None:
    assert "status line" in refusal(line + b"\r\nContent-Length: 0\r\n\r\n")


def test_what_is_no_http_is_refused_at_its_first_bytes() -> None:
    for data in (b"SSH-2.0-OpenSSH_9\r\n", b"<", b"\x15\x03\x03\x00\x02\x02F", b"\r\n"):
        assert "status line" in refusal(data)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (b"name : value", "not a header"),  # it has been used to smuggle (RFC 9112, 5.1)
        (b": value", "not a header"),
        (b"value", "not a header"),
        (b"na me: value", "not a header"),
        (b"n\xe4me: value", "not a header"),
        (b"name: a\r\n folded", "folded"),
        (b"name: a\r\n\tfolded", "folded"),
        (b" name: value", "folded"),
        (b"name: a\0b", "control"),
        (b"name: a\x01b", "control"),
        (b"name: a\x7fb", "control"),
        (b"na\0me: a", "control"),
        (b"name: a\nother: b", "LF"),
        (b"name: a\rother: b", "LF"),
        (b"name: a\r\r\nother: b", "LF"),
    ],
)
def test_a_malformed_header_is_refused(fields: bytes, why: str) -> None:
    assert why in refusal(OK + fields + b"\r\nContent-Length: 0\r\n\r\n")
    assert why in refusal(OK + b"Content-Length: 0\r\n" + fields + b"\r\n\r\n")


def test_control_characters_and_lone_line_ends_in_the_reason_are_refused() -> None:
    for reason in (b"a\0b", b"a\x1bb", b"a\nb", b"a\rb"):
        refusal(b"HTTP/1.1 200 " + reason + b"\r\nContent-Length: 0\r\n\r\n")


def test_a_head_with_bare_line_feeds_is_refused_before_it_ends() -> None:
    assert "LF alone" in refusal(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n")
    reader = AnswerReader("GET")
    for byte in b"HTTP/1.1 200 OK\r\nA: b\r\n":  # and these are not mistaken for such
        reader.feed(bytes([byte]))
    with pytest.raises(AnswerError, match="LF alone"):
        reader.feed(b"\n")


# Limits.


def test_a_head_of_the_greatest_size_is_read_and_a_greater_is_refused() -> None:
    head = OK + 6 * (b"a: %b\r\n" % (b"x" * 10_000)) + b"b: "
    head += b"y" * (head_module.MAX_HEAD_BYTES - len(head))
    assert read(head + b"\r\n\r\n").finished
    assert "longer than 65536" in refusal(head + b"y\r\n\r\n")
    assert "longer than 65536" in refusal(head + b"yyyyyyyy")  # nor is its end awaited


def test_too_many_headers_are_refused() -> None:
    most = b"a: b\r\n" * head_module.MAX_FIELDS
    assert read(OK + most + b"\r\n").finished
    assert "more than 200" in refusal(OK + most + b"a: b\r\n\r\n")


def test_too_long_a_line_is_refused() -> None:
    line = b"a: " + b"x" * (head_module.MAX_LINE_BYTES - 3)
    assert read(OK + line + b"\r\n\r\n").finished
    assert "longer than 16384" in refusal(OK + line + b"x\r\n\r\n")


def test_a_head_that_drips_without_end_is_refused_in_bounded_memory_and_time() -> None:
    reader = AnswerReader("GET")
    tracemalloc.start()
    began = time.process_time()
    try:
        reader.feed(OK)
        with pytest.raises(AnswerError, match="longer than"):  # noqa: PT012 - the first that fails
            while True:
                reader.feed(b"a")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 5


# The length of a body (RFC 9112, section 6.3).


@pytest.mark.parametrize(
    ("method", "status", "fields", "length"),
    [
        ("HEAD", b"200", b"Content-Length: 5", 0),
        ("HEAD", b"200", b"Transfer-Encoding: chunked", 0),
        ("GET", b"204", b"Content-Length: 5", 0),
        ("GET", b"304", b"Content-Length: 5", 0),
        ("GET", b"304", b"A: b", 0),
        ("GET", b"200", b"Content-Length: 5", 5),
        ("GET", b"200", b"Content-Length: 005", 5),
        ("GET", b"200", b"Content-Length: 5\r\nContent-Length: 5", 5),
        ("GET", b"200", b"Content-Length: 5, 5,5", 5),
        ("GET", b"205", b"Content-Length: 0", 0),
        ("GET", b"200", b"Transfer-Encoding: chunked", CHUNKED),
        ("GET", b"200", b"transfer-encoding:CHUNKED ", CHUNKED),
        ("GET", b"200", b"A: b", UNTIL_CLOSE),
        ("GET", b"404", b"A: b", UNTIL_CLOSE),
    ],
)
def test_the_length_of_a_body_is_found(
    method: str, status: bytes, fields: bytes, length: int
) -> None:
    head = parse_head(b"HTTP/1.1 " + status + b" X\r\n" + fields, method)
    assert head.length == length
    assert head.persistent == (length != UNTIL_CLOSE)


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5, 6",
        b"Content-Length: 5,",
        b"Content-Length: -5",
        b"Content-Length: +5",
        b"Content-Length: 5_0",
        b"Content-Length: 0x5",
        b"Content-Length: 5 0",
        b"Content-Length: ",
        b"Content-Length: \xb2",
        b"Content-Length: 1e3",
        b"Content-Length: 1234567890123456789",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: chunked;q=1",
        b"Transfer-Encoding: ",
        b"Transfer-Encoding: \x0bchunked",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_ambiguous_frame_is_refused(fields: bytes, method: str) -> None:
    refusal(OK + fields + b"\r\n\r\n", method)


@pytest.mark.parametrize(
    ("version", "fields", "persistent"),
    [
        (b"1.1", b"A: b", True),
        (b"1.1", b"Connection: close", False),
        (b"1.1", b"Connection: keep-alive, CLOSE", False),
        (b"1.1", b"Connection: keep-alive\r\nConnection: close", False),
        (b"1.1", b"Connection: closed", True),
        (b"1.0", b"A: b", False),
        (b"1.0", b"Connection: keep-alive", False),
    ],
)
def test_whether_the_connection_may_serve_again_is_found(
    version: bytes, fields: bytes, *, persistent: bool
) -> None:
    data = b"HTTP/" + version + b" 200 OK\r\nContent-Length: 0\r\n" + fields + b"\r\n\r\n"
    assert read(data).reusable is persistent


# Interim answers.


def test_interim_answers_are_skipped() -> None:
    reader = read(
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\n\r\n"
        + OK
        + b"Content-Length: 1\r\n\r\nx"
    )
    assert reader.head is not None
    assert (reader.head.status, reader.body, reader.reusable) == (200, b"x", True)
    assert "link" not in reader.head.headers


def test_a_flood_of_interim_answers_is_refused() -> None:
    interim = b"HTTP/1.1 102 Processing\r\n\r\n"
    most = interim * answer_module.MAX_INTERIM_ANSWERS
    assert read(most + OK + b"Content-Length: 0\r\n\r\n").finished
    assert "interim" in refusal(most + interim)


def test_another_protocol_is_refused() -> None:
    assert "protocol" in refusal(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")


# Chunks.


def chunked(body: bytes) -> tuple[bytes, ChunkedDecoder]:
    decoder = ChunkedDecoder()
    return decoder.feed(body), decoder


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"0\r\n\r\n", b""),
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3\r\nabc\r\n00002\r\nde\r\n000\r\n\r\n", b"abcde"),
        (b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", b"01234567890123456789"),
        (b"3;name=value\r\nabc\r\n0;x\r\n\r\n", b"abc"),
        (b'3 ; name="va;lue"\r\nabc\r\n0\r\n\r\n', b"abc"),
        (b"3 \r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3\r\nabc\r\n0\r\nTrailer: value\r\nOther: value\r\n\r\n", b"abc"),
        (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
        (b"7\r\n0\r\n\r\n0\r\r\n0\r\n\r\n", b"0\r\n\r\n0\r"),
    ],
)
@given(cuts=st.lists(st.integers(0, 100), max_size=8))
def test_chunks_are_joined_however_they_are_cut(data: bytes, body: bytes, cuts: list[int]) -> None:
    decoder = ChunkedDecoder()
    got = b""
    for piece in pieces_of(data, cuts):
        assert not decoder.finished or not piece
        got += decoder.feed(piece)
    assert got == body
    assert decoder.finished
    assert not decoder.surplus


def test_bytes_after_the_last_chunk_are_noticed() -> None:
    body, decoder = chunked(b"1\r\na\r\n0\r\n\r\nHTTP/1.1")
    assert (body, decoder.finished, decoder.surplus) == (b"a", True, True)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\nabc\r\n",
        b";x\r\nabc\r\n",
        b"-3\r\nabc\r\n",
        b"+3\r\nabc\r\n",
        b"0x3\r\nabc\r\n",
        b" 3\r\nabc\r\n",
        b"3_0\r\n",
        b"g\r\n",
        b"3 3\r\nabc\r\n",
        b"\xb3\r\nabc\r\n",
        b"3\nabc\n",
        b"3\rabc\r\n",
        b"3;a\nb\r\nabc\r\n",
        b"3;a\0b\r\nabc\r\n",
        b"3\r\nabcd\r\n",
        b"3\r\nabcde",
        b"3\r\nabc\n",
        b"3\r\nabc\rx",
        b"3\r\nabcX\n",
        b"3\r\nabc0\r\n\r\n",
        b"1234567890abcdef\r\n",  # 16 digits: no such body exists
        b"0\r\nnot a field\r\n\r\n",
        b"0\r\na: b\r\n folded\r\n\r\n",
        b"0\r\na: \0\r\n\r\n",
    ],
)
@given(cuts=st.lists(st.integers(0, 100), max_size=8))
def test_malformed_chunks_are_refused_however_they_are_cut(data: bytes, cuts: list[int]) -> None:
    decoder = ChunkedDecoder()
    with pytest.raises(AnswerError):  # noqa: PT012 - which of them, depends on the cuts
        for piece in pieces_of(data, cuts):
            decoder.feed(piece)


def test_the_lines_of_chunks_and_trailers_are_limited() -> None:
    extension = b"x" * (body_module.MAX_CHUNK_LINE_BYTES - 2)
    assert chunked(b"1;" + extension + b"\r\na\r\n")[0] == b"a"
    for data in (b"1;x" + extension + b"\r\na\r\n", b"1;xx" + extension):
        with pytest.raises(AnswerError, match="longer than 4096"):
            chunked(data)
    trailers = b"0\r\n" + b"a: b\r\n" * 11_000
    for data in (trailers, trailers + b"\r\n"):
        with pytest.raises(AnswerError, match="longer than 65536"):
            chunked(data)
    with pytest.raises(AnswerError, match="more than 200"):
        chunked(b"0\r\n" + b"a: b\r\n" * 201 + b"\r\n")


def test_a_claim_of_a_huge_chunk_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        reader = read(OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nabc", end=False)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    with pytest.raises(ConnectionEndedError):
        reader.end()


def test_a_request_in_pieces_is_framed() -> None:
    framer = BodyFramer(CHUNKED)
    assert [framer.frame(b"abc"), framer.frame(b""), framer.frame(b"x" * 16), framer.end()] == [
        b"3\r\nabc\r\n",
        b"",
        b"10\r\nxxxxxxxxxxxxxxxx\r\n",
        b"0\r\n\r\n",
    ]
    framer = BodyFramer(5)
    assert [framer.frame(b"abc"), framer.frame(b""), framer.frame(b"de"), framer.end()] == [
        b"abc",
        b"",
        b"de",
        b"",
    ]


def test_a_request_in_pieces_keeps_to_its_length() -> None:
    framer = BodyFramer(5)
    framer.frame(b"abc")
    with pytest.raises(RequestError, match="longer"):
        framer.frame(b"def")
    framer = BodyFramer(5)
    framer.frame(b"abc")
    with pytest.raises(RequestError, match="3 bytes"):
        framer.end()


# Whole answers, however they come.

bodies = st.binary(max_size=300)


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """An answer, and its body."""
    body = draw(bodies)
    interim = b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" * draw(st.integers(0, 2))
    frame = draw(st.sampled_from(["length", "chunked", "close"]))
    if frame == "length":
        return interim + OK + b"Content-Length: %d\r\n\r\n" % len(body) + body, body
    if frame == "close":
        return interim + OK + b"A: b\r\n\r\n" + body, body
    sizes = draw(st.lists(st.integers(0, 300), max_size=6))
    framer = BodyFramer(CHUNKED)
    chunks = b"".join(map(framer.frame, pieces_of(body, sizes))) + framer.end()
    return interim + OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks, body


@given(answer=answers(), cuts=st.lists(st.integers(0, 1000), max_size=10), direct=st.booleans())
def test_an_answer_is_the_same_however_it_is_cut(
    answer: tuple[bytes, bytes], cuts: list[int], *, direct: bool
) -> None:
    data, body = answer
    whole, streamed = WholeAnswerReader("POST"), StreamedAnswerReader("POST")
    for piece in pieces_of(data, cuts):
        if not piece:
            continue
        assert not whole.finished
        streamed.gather(piece)
        while piece and direct and (window := whole.window()) is not None:
            count = min(len(window), len(piece))
            window[:count] = piece[:count]
            whole.advance(count)
            piece = piece[count:]  # noqa: PLW2901
        if piece:
            whole.gather(piece)
    whole.end()
    streamed.end()
    assert whole.finished
    assert whole.body == body
    assert streamed.take() == body
    assert streamed.take() == b""
    assert whole.reusable is streamed.reusable


@given(answer=answers(), where=st.integers(0, 1000))
def test_an_answer_that_is_cut_short_is_never_taken_for_a_whole_one(
    answer: tuple[bytes, bytes], where: int
) -> None:
    data, _ = answer
    cut = data[: where % len(data)]
    reader = WholeAnswerReader("POST")
    if cut:
        reader.gather(cut)
    assert not reader.finished
    if reader.head is not None and reader.head.length == UNTIL_CLOSE:
        return  # it has no length
    with pytest.raises(ConnectionEndedError):
        reader.end()


def test_an_end_too_soon_is_told_in_words() -> None:
    for data, said in (
        (b"", "before it"),
        (b"HTTP/1.1 2", "in the middle of its head"),
        (OK + b"Content-Length: 10\r\n\r\nabc", "after 3 of 10 bytes"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "chunked body"),
    ):
        reader = AnswerReader("GET")
        if data:
            reader.feed(data)
        with pytest.raises(ConnectionEndedError, match=said):
            reader.end()
        assert reader.begun is bool(data)


def test_bytes_after_an_answer_make_the_connection_unusable() -> None:
    for data in (
        OK + b"Content-Length: 3\r\n\r\nabcd",
        OK + b"Content-Length: 0\r\n\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nx",
        b"HTTP/1.1 204 No Content\r\n\r\nx",
    ):
        reader = read(data)
        assert reader.finished
        assert not reader.reusable
    for reader in (WholeAnswerReader("POST"), StreamedAnswerReader("POST")):
        reader.gather(OK + b"Content-Length: 3\r\n\r\nabc")
        assert reader.reusable
        reader.gather(b"more")
        assert not reader.reusable
        assert (reader.body if isinstance(reader, WholeAnswerReader) else reader.take()) == b"abc"


@pytest.mark.parametrize(
    "frame", [b"Content-Length: 5000000", b"Transfer-Encoding: chunked", b"A: b"]
)
def test_what_follows_the_part_of_an_error_that_is_read_is_dropped(frame: bytes) -> None:
    reader = WholeAnswerReader("POST")
    reader.gather(b"HTTP/1.1 500 X\r\n" + frame + b"\r\n\r\n")
    if b"chunked" in frame:
        reader.gather(b"%x\r\n" % 5_000_000)
    while not reader.finished:
        reader.gather(bytes(65_000))
    for _ in range(3):
        reader.gather(b"more" * 1000)
    assert reader.body == bytes(answer_module.MAX_ERROR_BYTES)
    assert not reader.reusable


@pytest.mark.parametrize(
    ("data", "settled"),
    [
        (b"", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n", False),
        (OK + b"Content-Length: 3\r\n\r\nab", False),
        (OK + b"Content-Length: 3\r\n\r\nabc", True),
        (b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\na", True),
        (b"HTTP/1.1 307 Elsewhere\r\nContent-Length: 3\r\n\r\n", True),
    ],
)
def test_an_answer_settles_the_rest_of_the_request(data: bytes, *, settled: bool) -> None:
    reader = WholeAnswerReader("POST")
    if data:
        reader.gather(data)
    assert reader.settled is settled


# Memory.


def test_a_body_is_gathered_in_place() -> None:
    size = 25_000_000
    chunk = bytes(65_536)
    tracemalloc.start()
    try:
        reader = WholeAnswerReader("POST")
        reader.gather(OK + b"Content-Length: %d\r\n\r\n" % size + chunk[:1000])
        while (window := reader.window()) is not None:
            count = min(len(window), len(chunk))
            window[:count] = chunk[:count]
            reader.advance(count)
        assert len(reader.body) == size
        assert type(reader.body) is bytes
        assert tracemalloc.get_traced_memory()[1] < size + 500_000
    finally:
        tracemalloc.stop()


def test_a_claim_of_a_huge_body_takes_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "PREALLOCATED_BYTES", 1000)
    tracemalloc.start()
    try:
        reader = read(OK + b"Content-Length: 268435456\r\n\r\nabc", end=False)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    with pytest.raises(ConnectionEndedError):
        reader.end()


@given(
    body=st.binary(min_size=1, max_size=500),
    reserved=st.integers(1, 100),
    cuts=st.lists(st.integers(0, 500), max_size=8),
    known=st.booleans(),
)
def test_a_gatherer_grows_with_what_comes(
    body: bytes, reserved: int, cuts: list[int], *, known: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body_module, "PREALLOCATED_BYTES", reserved)
        gatherer = Gatherer(len(body) if known else -1)
    for piece in pieces_of(body, cuts):
        gatherer.add(piece)
    assert gatherer.take() == body


# Limits to what is read of an answer.


def framed(status: bytes, body: bytes, framing: str) -> bytes:
    head = b"HTTP/1.1 " + status + b" X\r\n"
    if framing == "length":
        return head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    if framing == "chunks":
        return head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    return head + b"\r\n" + body


def gather_bytes(data: bytes) -> WholeAnswerReader:
    reader = WholeAnswerReader("POST")
    for byte in data:
        reader.gather(bytes([byte]))
    return reader


@pytest.mark.parametrize("framing", ["length", "chunks", "until close"])
@pytest.mark.parametrize("size", [1, 3, 64])
def test_of_an_error_no_more_is_read_than_the_limit(monkeypatch, framing, size):
    monkeypatch.setattr(answer_module, "MAX_ERROR_BYTES", 100)
    data = framed(b"503", b"ab" * 100, framing)
    reader = WholeAnswerReader("POST")
    for start in range(0, len(data), size):
        assert reader.window() is None
        reader.gather(data[start : start + size])
        if reader.finished:
            break
    assert reader.body == b"ab" * 50
    assert not reader.reusable  # there is more to come on that connection


@pytest.mark.parametrize("framing", ["length", "chunks", "until close"])
def test_an_error_up_to_the_limit_is_read_whole(monkeypatch, framing):
    monkeypatch.setattr(answer_module, "MAX_ERROR_BYTES", 100)
    reader = gather_bytes(framed(b"503", b"ab" * 50, framing))
    reader.end()
    assert reader.body == b"ab" * 50
    assert reader.reusable is (framing != "until close")


@pytest.mark.parametrize("framing", ["length", "chunks", "until close"])
def test_a_successful_answer_beyond_the_limit_is_refused(monkeypatch, framing):
    monkeypatch.setattr(answer_module, "MAX_ANSWER_BYTES", 100)
    with pytest.raises(AnswerError, match="it is larger than 100 bytes"):
        gather_bytes(framed(b"200", b"x" * 101, framing))
    reader = gather_bytes(framed(b"200", b"x" * 100, framing))
    reader.end()
    assert reader.body == b"x" * 100
