"""What strikes a stream while it is read: at any line, nothing is lost in silence.

A trace function stands for another thread, or for a signal's handler: it acts before the first line
of the stream's code that is run, then in another run before the second, and so on.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

import attrs
import pytest

from tests.faces import SYNC, WAYS, Pieces, Recorder, iterator
from wrapper import ResponseStream, StreamError
from wrapper.local.faults import payload_part

HEADERS = {"content-type": "application/vnd.amazon.eventstream"}
OUTPUTS = {
    "sse": (b"data: 1\n\ndata: 2\n\n", b"data: 3\n\nda", b"ta: 4\n"),
    "json": (b"1 2 ", b"3 [4", b"] 5"),
}
OUTPUT = (b"1\n2\n", b"3\n4", b"\n5\xf0\x9f\x98")  # ends inside a line, and inside a character
READ = "read"


@attrs.frozen
class Run:
    """A stream that was read while something struck it."""

    stream: ResponseStream
    found: list[Any]
    error: BaseException | None


def body(way: str) -> Pieces:
    return Pieces([payload_part(part) for part in OUTPUTS.get(way, OUTPUT)])


def consume(stream: ResponseStream, way: str, found: list[Any]) -> None:
    if way == READ:
        found.append(stream.read())
    else:
        for value in iterator(stream, way):
            found.append(value)  # noqa: PERF402  # what came before an error counts


def struck(way: str, act: Callable[[ResponseStream], None]) -> Iterator[Run]:
    """Read a stream again and again, each time struck one line later, until one is in peace."""
    for at in itertools.count(1):
        through = Recorder(headers=HEADERS, stream=lambda: body(way))
        with SYNC.make(transport=through) as client:
            stream = client.invoke_endpoint_with_response_stream("e", b"")
            found: list[Any] = []
            error: BaseException | None = None
            lines = itertools.count(1)
            has_acted = False

            def trace(frame: FrameType, event: str, _: object) -> Any:
                nonlocal has_acted
                if not frame.f_globals.get("__name__", "").startswith("wrapper._"):
                    return None
                if event == "line" and next(lines) == at:  # noqa: B023  # used in this turn alone
                    has_acted = True
                    sys.settrace(None)
                    act(stream)  # noqa: B023
                return trace

            before = sys.gettrace()
            sys.settrace(trace)
            try:
                consume(stream, way, found)
            except (StreamError, KeyboardInterrupt) as struck_by:
                error = struck_by
            finally:
                sys.settrace(before)
            if not has_acted:
                assert at > 20
                return
            yield Run(stream, found, error)


def joined(way: str, found: list[Any]) -> Any:
    """What was found, with the cuts taken out that a way is free to make."""
    if way in {"bytes", READ}:
        return b"".join(found)
    return "".join(found) if way == "text" else found


def whole(way: str) -> Any:
    found: list[Any] = []
    through = Recorder(headers=HEADERS, stream=lambda: body(way))
    with SYNC.make(transport=through) as client:
        consume(client.invoke_endpoint_with_response_stream("e", b""), way, found)
    assert len(joined(way, found)) >= 4
    return joined(way, found)


@pytest.mark.parametrize("way", [*WAYS, READ])
def test_a_stream_that_is_closed_at_any_point_never_looks_whole(way):
    everything = whole(way)
    outcomes = set()
    for run in struck(way, ResponseStream.close):
        found = joined(way, run.found)
        outcomes.add(run.error is None)
        if run.error is None:
            assert found == everything
        else:
            assert "closed before its end" in str(run.error)
            assert found == everything[: len(found)]
    assert outcomes == {True, False}


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_whose_reading_is_interrupted_at_any_point_never_looks_whole(way):
    def interrupt(_: ResponseStream) -> None:
        raise KeyboardInterrupt

    everything = whole(way)
    for run in struck(way, interrupt):
        assert isinstance(run.error, KeyboardInterrupt)
        is_whole = False
        with suppress(StreamError):
            consume(run.stream, way, run.found)
            is_whole = True
        assert not is_whole or joined(way, run.found) == everything
        run.stream.close()


@pytest.mark.parametrize(
    ("first", "second"), [("bytes", "text"), (READ, "text"), ("text", "bytes")]
)
def test_another_way_that_is_begun_at_any_point_takes_nothing_away_in_silence(first, second):
    begun: list[Any] = []

    def begin(stream: ResponseStream) -> None:
        begun.clear()
        try:
            begun.append(iterator(stream, second))
        except StreamError as error:
            begun.append(error)

    def text(way: str, found: list[Any]) -> str:
        return "".join(found) if way == "text" else b"".join(found).decode(errors="replace")

    everything = b"".join(OUTPUT).decode(errors="replace")
    for run in struck(first, begin):
        one = text(first, run.found)
        if isinstance(begun[0], StreamError):
            assert (run.error, one) == (None, everything)
            continue
        other: str | None = None
        with suppress(StreamError):
            other = text(second, list(begun[0]))
        if other is None or run.error is None:
            assert (run.error, one) == (None, everything)
        if other is not None:
            assert one + other == everything
