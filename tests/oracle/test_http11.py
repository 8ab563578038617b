"""Reading answers, beside h11 and httpcore: the same answer, or both refuse.

What differs on purpose stands in `DIFFERENCES`, as in `docs/design/engine.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import h11
import httpcore
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wrapper._http11.answer import StreamedAnswerReader, WholeAnswerReader
from wrapper._http11.body import BodyFramer
from wrapper._http11.head import CHUNKED, AnswerError, encode_head, end_of_head, field_pairs

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"


class Read(NamedTuple):
    """An answer as it was understood; h11 makes the headers of the frame uniform, so without."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    reusable: bool


def ours(pieces: list[bytes], method: str = "POST", *, whole: bool = True) -> Read | str:
    """What this package reads, or why it refuses."""
    reader = WholeAnswerReader(method) if whole else StreamedAnswerReader(method)
    try:
        for piece in filter(None, pieces):
            reader.gather(piece)
        reusable = reader.reusable
        reader.end()
    except AnswerError as error:
        return str(error)
    assert reader.head is not None
    body = reader.body if isinstance(reader, WholeAnswerReader) else reader.take()
    return Read(reader.head.status, frameless(field_pairs(reader.head.block)), body, reusable)


def h11s(pieces: list[bytes], method: str = "POST") -> Read | str:
    """What h11 reads, or why it refuses."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=100 * 1024)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    head: h11.Response | None = None
    body = b""
    reusable = ended = False
    try:
        for piece in [*filter(None, pieces), b""]:
            if ended and piece:
                reusable = False
                break
            connection.receive_data(piece)
            while not ended:
                event = connection.next_event()
                if event in (h11.NEED_DATA, h11.PAUSED):
                    break
                if isinstance(event, h11.Response):
                    head = event
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    ended = True
                    unasked = connection.trailing_data[0]
                    reusable = bool(piece) and connection.their_state is h11.DONE and not unasked
                elif isinstance(event, h11.ConnectionClosed):
                    return "closed"
    except h11.RemoteProtocolError as error:
        return str(error)
    assert head is not None
    return Read(head.status_code, frameless(head.headers.raw_items()), body, reusable)


def httpcores(pieces: list[bytes], method: str = "POST") -> Read | str:
    """What httpcore reads, or why it refuses."""
    backend = httpcore.MockBackend([*filter(None, pieces)])
    with httpcore.ConnectionPool(network_backend=backend) as pool:
        try:
            with pool.stream(method, "http://example.com/") as response:
                body = b"".join(response.iter_stream())
                reusable = False
        except (httpcore.RemoteProtocolError, httpcore.ReadError) as error:
            return str(error)
        return Read(response.status, frameless(response.headers), body, reusable)


def frameless(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    frame = {b"content-length", b"transfer-encoding"}
    return [
        (bytes(name), bytes(value)) for name, value in headers if bytes(name).lower() not in frame
    ]


class Difference(NamedTuple):
    """Something that is read differently on purpose.

    Attributes:
        row: How the table in `docs/design/engine.md` calls it.
        said: What our refusal says; None where we accept and h11 refuses.
        data: An example.
    """

    row: str
    said: str | None
    data: bytes


DIFFERENCES = [
    Difference("a line that ends in LF alone", "LF alone", b"HTTP/1.1 200 OK\n" + EMPTY),
    Difference("a line that ends in LF alone", "CR or LF alone", OK + b"A: b\nC: d\r\n" + EMPTY),
    Difference("a header folded over several lines", "folded", OK + b"A: b\r\n c\r\n" + EMPTY),
    Difference("a control character", "control character", OK + b"A: \x01\r\n" + EMPTY),
    Difference(
        "both a Content-Length and a Transfer-Encoding",
        "both a Content-Length",
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    Difference("a version other than HTTP/1.x", "status line", b"HTTP/2.0 200 OK\r\n" + EMPTY),
    Difference(
        "more than 16 interim answers", "interim", 17 * b"HTTP/1.1 103 X\r\n\r\n" + OK + EMPTY
    ),
    Difference("more than 200 headers", "200 headers", OK + 200 * b"A: b\r\n" + EMPTY),
    Difference(
        "a line of more than 16,384 bytes", "16384", OK + b"A: %b\r\n" % (b"x" * 16_400) + EMPTY
    ),
    Difference(
        "a head of more than 65,536 bytes",
        "65536",
        OK + 10 * (b"A: %b\r\n" % (b"x" * 7000)) + EMPTY,
    ),
    Difference(
        "a chunk size of more than 15 digits",
        "size of a chunk",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 16 + b"\r\n\r\n",
    ),
    Difference(
        "CR or NUL in a chunk's extension",
        "size of a chunk",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0;a\0\r\n\r\n",
    ),
    Difference(
        "a chunk's line of more than 4,096 bytes",
        "4096",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0;%b\r\n\r\n" % (b"x" * 4096),
    ),
    Difference(
        "a Content-Length of more than 18 digits",
        "Content-Length",
        OK + b"Content-Length: %b\r\n\r\n" % (b"0" * 19),
    ),
    Difference(
        "blanks between a chunk's size and its extension",
        None,
        OK + b"Transfer-Encoding: chunked\r\n\r\n0 ;a\r\n\r\n",
    ),
    Difference(
        "a trailer that speaks of the body's frame",
        None,
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: x\r\n\r\n",
    ),
]


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: each.row)
def test_an_intended_difference_is_one_and_is_documented(difference: Difference) -> None:
    mine, theirs = ours([difference.data]), h11s([difference.data])
    if difference.said is None:
        assert isinstance(mine, Read)
        assert isinstance(theirs, str)
    else:
        assert isinstance(mine, str)
        assert difference.said in mine
        assert isinstance(theirs, Read)
    guide = Path(__file__).parents[2] / "docs" / "design" / "engine.md"
    assert f"| {difference.row} |" in guide.read_text()


def check(pieces: list[bytes], method: str = "POST") -> None:
    """Compare; what is taken otherwise must be among the intended differences."""
    mine, theirs = ours(pieces, method), h11s(pieces, method)
    assert ours(pieces, method, whole=False) == mine
    data = b"".join(pieces)
    if isinstance(mine, str) and isinstance(theirs, Read):
        assert any(each.said is not None and each.said in mine for each in DIFFERENCES), mine
    elif isinstance(theirs, str) and isinstance(mine, Read):
        trailers = re.search(rb"(?is)\n0[^\n]*\n.*(content-length|transfer-encoding)", data)
        assert re.search(rb"[0-9a-fA-F][ \t]+;", data) or trailers, theirs
    elif isinstance(mine, Read):
        assert mine == theirs


tokens = st.text("abcXYZ-019!~", min_size=1, max_size=8).map(str.encode)
values = st.one_of(
    st.binary(max_size=12),
    st.text('ab \t,;="é', max_size=12).map(lambda text: text.encode("latin-1")),
)
numbers = st.one_of(
    st.integers(0, 40).map(lambda number: b"%d" % number),
    st.sampled_from([b"-1", b"+1", b"1, 1", b"1,2", b"", b" 3 ", b"0x3", b"3_0", b"\xb2", b"3 3"]),
)
framing = st.one_of(
    st.tuples(st.sampled_from([b"Content-Length", b"content-length"]), numbers),
    st.tuples(
        st.just(b"Transfer-Encoding"),
        st.sampled_from([b"chunked", b"Chunked", b"gzip", b"chunked, chunked", b"identity", b""]),
    ),
    st.tuples(
        st.just(b"Connection"), st.sampled_from([b"close", b"keep-alive", b"Close, x", b"closed"])
    ),
)
lines = st.one_of(st.tuples(tokens, values), framing)
line_ends = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b"\r\r\n", b"\r\n "])
status_lines = st.one_of(
    st.builds(
        b"HTTP/%b %d%b".__mod__,
        st.tuples(
            st.sampled_from([b"1.1"] * 6 + [b"1.0", b"1.2", b"2.0", b"0.9", b"11"]),
            st.one_of(st.sampled_from([200, 204, 304, 404, 100, 103, 101]), st.integers(0, 1200)),
            st.sampled_from([b" OK", b"", b" ", b"  x", b"OK", b" \xe9", b" \x01"]),
        ),
    ),
    st.binary(max_size=10),
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    if draw(st.booleans()):
        return draw(st.binary(max_size=40))
    framer = BodyFramer(CHUNKED)
    data = b"".join(map(framer.frame, draw(st.lists(st.binary(max_size=20), max_size=5))))
    size_line = draw(
        st.sampled_from([b"0\r\n"] * 6 + [b"0;a=b\r\n", b"0 \r\n", b"0 ;a\r\n", b"00\r\n", b"0\n"])
    )
    trailers = draw(st.lists(lines.map(lambda line: b"%b: %b\r\n" % line), max_size=2))
    return data + size_line + b"".join(trailers) + b"\r\n"


@st.composite
def answers(draw: st.DrawFn) -> list[bytes]:
    """An answer or nearly one, perhaps damaged, cut in pieces."""
    data = b""
    for _ in range(draw(st.integers(1, 2))):
        data += draw(status_lines) + draw(line_ends)
        for name, value in draw(st.lists(lines, max_size=4)):
            data += name + draw(st.sampled_from([b": ", b":", b" : ", b":\t"])) + value
            data += draw(line_ends)
        data += draw(line_ends)
    data += draw(bodies())
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=2)) + data[at + draw(st.integers(0, 3)) :]
    return pieces_of(data, draw(st.lists(st.integers(0, 400), max_size=6)))


@st.composite
def valid_answers(draw: st.DrawFn) -> list[bytes]:
    """An answer that both must take, cut in pieces."""
    body = draw(st.binary(max_size=60))
    data = b"HTTP/1.1 103 Hints\r\nLink: <a>\r\n\r\n" * draw(st.integers(0, 2))
    version = draw(st.sampled_from([b"1.1", b"1.0"]))
    data += b"HTTP/%b %d Reason\r\n" % (version, draw(st.sampled_from([200, 404, 500, 204, 304])))
    plain = st.text("abc \t;,=é", max_size=20).map(lambda text: text.encode("latin-1"))
    for name, value in draw(st.lists(st.tuples(tokens, plain), max_size=4)):
        data += b"%b: %b\r\n" % (name, value)
    if draw(st.booleans()):
        data += b"Connection: close\r\n"
    frame = draw(st.sampled_from(["length", "chunked", "none"]))
    if frame == "length":
        data += b"Content-Length: %d\r\n\r\n" % len(body) + body
    elif frame == "none":
        data += b"\r\n" + body
    else:
        framer = BodyFramer(CHUNKED)
        cuts = draw(st.lists(st.integers(0, 60), max_size=4))
        chunks = b"".join(map(framer.frame, pieces_of(body, cuts)))
        data += b"Transfer-Encoding: chunked\r\n\r\n" + chunks + framer.end()
    return pieces_of(data, draw(st.lists(st.integers(0, 400), max_size=8)))


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


methods = st.sampled_from(["POST", "GET", "HEAD"])


@given(pieces=valid_answers(), method=methods)
@settings(max_examples=300)
def test_valid_answers_are_the_same(pieces: list[bytes], method: str) -> None:
    mine = ours(pieces, method)
    assert isinstance(mine, Read)
    assert mine == h11s(pieces, method)
    assert mine == ours(pieces, method, whole=False)
    theirs = httpcores(pieces, method)
    assert isinstance(theirs, Read)
    assert mine[:3] == theirs[:3]


@given(pieces=answers(), method=methods)
@settings(max_examples=400)
@example(pieces=[b"HTTP/1.1 200 OK\r\nA: b\r\n", b"\r\n"], method="GET")
@example(pieces=[b"HTTP/1.1 2\r\n\r\nHTTP/1.1 200 OK\r\n\r\n0"], method="GET")
def test_damaged_answers_are_the_same_or_refused(pieces: list[bytes], method: str) -> None:
    check(pieces, method)


@pytest.mark.slow
@given(pieces=answers(), method=methods)
@settings(max_examples=10000, deadline=None)
def test_many_damaged_answers_are_the_same_or_refused(pieces: list[bytes], method: str) -> None:
    check(pieces, method)


@given(pieces=valid_answers(), damage=st.data())
@settings(max_examples=300)
def test_one_byte_changed_is_the_same_or_refused(
    pieces: list[bytes], damage: st.DataObject
) -> None:
    data = bytearray(b"".join(pieces))
    data[damage.draw(st.integers(0, len(data) - 1))] = damage.draw(st.integers(0, 255))
    check([bytes(data)])


@given(pieces=valid_answers(), where=st.integers(0, 400))
def test_an_answer_cut_short_is_the_same_or_refused(pieces: list[bytes], where: int) -> None:
    check([b"".join(pieces)[:where]])


# Requests.


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    target=st.text("abc/%20?=&~", max_size=20).map(lambda text: f"/{text}"),
    headers=st.lists(
        st.tuples(
            st.text("abc-XYZ", min_size=1, max_size=10),
            st.text("abc é\t=;,", max_size=20).map(str.strip),
        ),
        max_size=5,
    ),
    body=st.binary(max_size=50),
    in_pieces=st.booleans(),
)
def test_h11_reads_the_requests_that_are_written(
    method: str, target: str, headers: list[tuple[str, str]], body: bytes, *, in_pieces: bool
) -> None:
    fields = [("Host", "example.com"), *headers]
    length = CHUNKED if in_pieces else len(body)
    framer = BodyFramer(length)
    head = encode_head(method, target, fields) + end_of_head(method, length)
    data = head + framer.frame(body) + framer.end()
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    request = connection.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target) == (method.encode(), target.encode())
    received = [(name, value) for name, value in request.headers.raw_items()]
    sent = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    assert received[: len(sent)] == sent
    got = b""
    while isinstance(event := connection.next_event(), h11.Data):
        got += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert got == body
    assert connection.trailing_data == (b"", False)
