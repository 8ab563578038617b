"""Response streams through both clients: whatever the cuts, and however they end."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import pickle
import threading
import weakref
from collections.abc import Awaitable, Callable
from itertools import accumulate, pairwise
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces import WAYS, Driven, Face, Pieces, Recorder, iterator
from wrapper import (
    EventStreamDecodeError,
    InternalStreamFailure,
    ModelStreamError,
    ParameterError,
    ProtocolError,
    ReadTimeoutError,
    ServerSentEvent,
    StreamError,
    StreamTruncatedError,
)
from wrapper.local.faults import error_event, event, exception_event, payload_part

HEADERS = {
    "content-type": "application/vnd.amazon.eventstream",
    "x-amzn-sagemaker-content-type": "text/plain; charset=utf-8",
    "x-amzn-invoked-production-variant": "blue",
    "x-amzn-sagemaker-custom-attributes": "canary-attributes",
    "x-amzn-requestid": "request-1",
}
each_way = pytest.mark.parametrize("way", WAYS)
cuts_strategy = st.lists(st.integers(0, 5000), max_size=10)

# One PayloadPart with the payload b"ab", made by hand.
FRAME = (
    b"\x00\x00\x00\x42"  # total length: 66
    b"\x00\x00\x00\x30"  # headers' length: 48
    b"\x61\xc8\xe4\xec"  # CRC-32 of the eight bytes before
    b"\x0b:event-type\x07\x00\x0bPayloadPart"  # type 7: text of two bytes' length
    b"\x0d:message-type\x07\x00\x05event"
    b"ab"
    b"\x80\x66\xd2\x70"  # CRC-32 of all before
)


def pieces(data: bytes, at: list[int]) -> list[bytes]:
    """The data cut at these places."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in at), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def transport(
    *parts: bytes, error: Exception | None = None, headers: dict[str, str] | None = None
) -> Recorder:
    return Recorder(headers=HEADERS | (headers or {}), stream=lambda: Pieces(parts, error))


def read(face: Face, wire: list[bytes], way: str = "bytes", error: Exception | None = None, **more):
    return face.read({"transport": transport(*wire, error=error, **more)}, way)


# What models say, and what each way of reading makes of it.

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
unbroken = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=12)


@attrs.frozen
class Said:
    output: bytes
    values: list[Any]


def lines_of(data: bytes) -> list[str]:
    with io.TextIOWrapper(io.BytesIO(data), "utf-8", "replace", newline=None) as reader:
        return [line.removesuffix("\n") for line in reader]


def said_in_bytes() -> st.SearchStrategy[Said]:
    return st.binary(max_size=60).map(lambda data: Said(data, [data]))


def said_in_text() -> st.SearchStrategy[Said]:
    texts = st.text(st.characters(codec="utf-8"), max_size=40)
    return texts.map(lambda text: Said(text.encode(), [text]))


def said_in_lines() -> st.SearchStrategy[Said]:
    def said(text: str) -> Said:
        return Said(text.encode(), lines_of(text.encode()))

    ends = st.sampled_from(["\n", "\r\n", "\r", "\u2028", "é", "\x0b", "\x85", ""])
    return st.lists(st.tuples(unbroken, ends).map("".join), max_size=6).map("".join).map(said)


def said_in_json() -> st.SearchStrategy[Said]:
    def said(values: list[Any]) -> Said:
        text = "\n".join(json.dumps(value, ensure_ascii=False) for value in values)
        return Said(text.encode("utf-8", "surrogatepass"), values)

    return st.lists(json_values, max_size=5).map(said)


def said_in_sse() -> st.SearchStrategy[Said]:
    def said(events: list[list[str]]) -> Said:
        text = "".join(
            "".join(f"data: {line}\n" for line in lines) + ": a comment\n\n" for lines in events
        )
        return Said(text.encode(), [ServerSentEvent(data="\n".join(lines)) for lines in events])

    return st.lists(st.lists(unbroken, min_size=1, max_size=3), max_size=4).map(said)


SAID = {
    "bytes": said_in_bytes(),
    "text": said_in_text(),
    "lines": said_in_lines(),
    "json": said_in_json(),
    "sse": said_in_sse(),
}


def whole(way: str, values: list[Any]) -> list[Any]:
    """What was found, with the cuts that a way is free to make taken out."""
    if way == "bytes":
        return [b"".join(values)]
    return ["".join(values)] if way == "text" else values


@each_way
@settings(max_examples=30)
@given(data=st.data())
def test_whatever_the_cuts_a_stream_gives_the_same_as_the_whole(face, way, data):
    said = data.draw(SAID[way])
    frames = [payload_part(part) for part in pieces(said.output, data.draw(cuts_strategy))]
    # Events that today's service does not send are skipped.
    frames.insert(data.draw(st.integers(0, len(frames))), event("Progress", b"\xff{canary}"))
    found, error = read(face, pieces(b"".join(frames), data.draw(cuts_strategy)), way)
    assert error is None
    assert whole(way, found) == said.values
    if way in {"bytes", "text"}:
        assert all(found)


@each_way
@settings(max_examples=30)
@given(data=st.data())
def test_a_stream_that_stops_anywhere_hands_over_what_had_arrived_and_raises(face, way, data):
    said = data.draw(SAID[way])
    parts = pieces(said.output, data.draw(cuts_strategy))
    frames = [payload_part(part) for part in parts]
    ends = list(accumulate(map(len, frames), initial=0))
    wire = b"".join(frames)
    length = data.draw(st.one_of(st.integers(0, len(wire)), st.sampled_from(ends)))
    lost = data.draw(
        st.sampled_from([None, httpx.RemoteProtocolError("cut off"), httpx.ReadError("reset")])
    )
    found, error = read(face, pieces(wire[:length], data.draw(cuts_strategy)), way, lost)
    arrived = b"".join(part for part, end in zip(parts, ends[1:], strict=True) if end <= length)
    if lost is None and length in ends:  # a connection that ends between events has ended well
        cut_short = {"json": "JSON", "sse": "holds no server-sent events"}
        assert error is None or cut_short.get(way, "no error") in str(error)
    else:
        assert type(error) is StreamTruncatedError
        assert error.request_id == "request-1"
    if way == "bytes":
        assert b"".join(found) == arrived
    elif way == "text":
        assert "".join(found) == arrived.decode("utf-8", "replace")
    elif way == "lines":
        assert found == lines_of(arrived)
    else:
        ended = arrived.count(b"\n" if way == "json" else b"\n\n")
        assert found[:ended] == said.values[:ended]
        if error is None:  # what the end cut short counts where the stream has ended well
            assert len(found) <= ended + 1
        else:  # JSON needs no line end after a value
            assert found[ended:] in ([], said.values[ended : ended + 1] if way == "json" else [])


@settings(max_examples=60)
@given(
    outputs=st.lists(st.binary(max_size=20), min_size=1, max_size=4),
    at=st.integers(0, 10_000),
    flip=st.integers(1, 255),
    cuts=cuts_strategy,
)
def test_a_changed_byte_is_never_taken_for_output(face, outputs, at, flip, cuts):
    wire = bytearray(b"".join(map(payload_part, outputs)))
    wire[at % len(wire)] ^= flip
    found, error = read(face, pieces(bytes(wire), cuts))
    assert type(error) in {EventStreamDecodeError, StreamTruncatedError}
    assert error.request_id == "request-1"
    assert b"".join(outputs).startswith(b"".join(found))
    assert b"".join(found) != b"".join(outputs) or outputs[-1] == b""


def test_a_frame_made_by_hand_is_understood(face):
    assert read(face, [FRAME]) == ([b"ab"], None)


def test_the_facts_are_there_before_the_first_event(face):
    async def script(stream: Driven) -> None:
        facts = stream.stream
        assert facts.content_type == "text/plain; charset=utf-8"
        assert facts.invoked_production_variant == "blue"
        assert facts.custom_attributes == "canary-attributes"
        assert facts.status_code == 200
        assert facts.request_id == "request-1"
        assert facts.headers["X-Amzn-RequestId"] == "request-1"
        assert facts.attempts == 1
        assert "canary" not in repr(facts)
        assert repr(facts).endswith("request_id='request-1' open>")

    drive(face, script, FRAME)


@pytest.mark.parametrize(
    ("frame", "kind", "facts"),
    [
        pytest.param(
            exception_event(
                "ModelStreamError",
                {"Message": "canary", "ErrorCode": "ModelInvocationTimeExceeded"},
            ),
            ModelStreamError,
            {"error_code": "ModelInvocationTimeExceeded", "message": "canary"},
            id="time exceeded",
        ),
        pytest.param(
            exception_event("ModelStreamError", {"Message": "canary", "ErrorCode": "StreamBroken"}),
            ModelStreamError,
            {"error_code": "StreamBroken", "message": "canary"},
            id="broken",
        ),
        pytest.param(
            exception_event("ModelStreamError", {"message": "canary", "errorCode": "StreamBroken"}),
            ModelStreamError,
            {"error_code": "StreamBroken", "message": "canary"},
            id="members in lower case",
        ),
        pytest.param(
            exception_event("ModelStreamError", {"Message": None, "ErrorCode": None}),
            ModelStreamError,
            {"error_code": None, "message": None},
            id="nulls",
        ),
        pytest.param(
            exception_event("ModelStreamError", {"Message": ["canary"], "ErrorCode": 5}),
            ModelStreamError,
            {"error_code": None, "message": None},
            id="wrong types",
        ),
        pytest.param(
            exception_event("InternalStreamFailure", {"Message": "we failed"}),
            InternalStreamFailure,
            {"message": "we failed"},
            id="internal",
        ),
        pytest.param(
            exception_event("SomethingNewException", {"Message": "canary"}),
            ModelStreamError,
            {"error_code": None, "message": "canary"},
            id="unknown exception",
        ),
        pytest.param(
            error_event("InternalError", "canary"),
            ModelStreamError,
            {"error_code": "InternalError", "message": "canary"},
            id="error",
        ),
        pytest.param(
            error_event("InternalStreamFailure", "we failed"),
            InternalStreamFailure,
            {"message": "we failed"},
            id="internal as error",
        ),
    ],
)
@each_way
def test_an_error_in_the_stream_is_typed_and_comes_after_what_was_said_before(
    face, way, frame, kind, facts
):
    said = {"json": b'{"a":1}\n', "sse": b"data: a\n\n"}.get(way, b"a")
    first = {"bytes": b"a", "json": {"a": 1}, "sse": ServerSentEvent(data="a")}.get(way, "a")
    # What follows the error is not output.
    found, error = read(face, [payload_part(said) + frame + payload_part(b"more")], way)
    assert found == [first]
    assert type(error) is kind
    assert {name: getattr(error, name) for name in facts} == facts
    assert error.request_id == "request-1"
    assert "request-1" in str(error)
    assert "canary" not in str(error) + repr(error)  # what a model says may repeat the request
    if kind is InternalStreamFailure:
        assert "we failed" in str(error)


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"null", b"\xff", b"<html>", b"[" * 100_000])
def test_an_exception_whose_payload_is_no_json_object_is_still_typed(face, payload):
    from wrapper.eventstream import encode_message

    frame = encode_message(
        {":message-type": "exception", ":exception-type": "ModelStreamError"}, payload
    )
    _, error = read(face, [frame])
    assert type(error) is ModelStreamError
    assert (error.message, error.error_code) == (None, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><body>canary</body></html>", EventStreamDecodeError),
        (b'{"canary": 1}', EventStreamDecodeError),
        (b"oops", StreamTruncatedError),
    ],
)
def test_an_answer_that_is_no_event_stream_is_an_error_without_its_content(face, body, kind):
    found, error = read(face, [body])
    assert found == []
    assert type(error) is kind
    assert "canary" not in str(error)


@pytest.mark.parametrize("body", [b"<html>canary, and much more of it</html>", b"oops"])
def test_an_answer_that_says_it_is_something_else_is_named(face, body):
    _, error = read(face, [body], headers={"content-type": "Text/HTML; charset=\x7f"})
    assert str(error).endswith(
        r"; the answer says that it is Text/HTML; charset=\x7f, no event stream"
    )
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.request_id) == (str(error), "request-1")


def test_an_empty_answer_is_an_empty_stream(face):
    for way in WAYS:
        assert read(face, [], way) == ([], None)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (httpx.ReadTimeout("nothing came"), ReadTimeoutError),
        (httpx.ReadError("reset"), StreamTruncatedError),
        (httpx.RemoteProtocolError("half a chunk"), StreamTruncatedError),
    ],
)
@each_way
def test_a_lost_connection_is_typed_and_raised_again_by_whatever_is_tried_next(
    face, way, raised, kind
):
    async def script(stream: Driven) -> None:
        with pytest.raises(kind) as caught:
            await stream.rest(way)
        if kind is StreamTruncatedError:
            assert isinstance(caught.value.__cause__, ProtocolError)
        for again in WAYS:
            with pytest.raises(kind) as second:
                await stream.rest(again)
            assert second.value is caught.value
        lengths = set()
        for _ in range(3):
            with pytest.raises(kind) as again:
                await stream.read()
            lengths.add(len(again.traceback))
        assert len(lengths) == 1
        assert repr(stream.stream).endswith(" failed>")
        await stream.close()
        with pytest.raises(kind):
            await stream.read()

    drive(face, script, payload_part(b"1\n"), error=raised)


# One script for both clients.


def drive(
    face: Face,
    script: Callable[[Driven], Awaitable[None]],
    *parts: bytes,
    error: Exception | None = None,
    headers: dict[str, str] | None = None,
) -> Pieces:
    """Run a script on a stream, inside its block; the connection must be closed afterwards."""
    body = Pieces(parts, error)
    through = Recorder(headers=HEADERS | (headers or {}), stream=lambda: body)

    async def run() -> None:
        async with face.client(transport=through) as client, client.stream("e", b"") as stream:
            stream.body = body
            await script(stream)

    asyncio.run(run())
    assert body.is_closed
    return body


@each_way
def test_a_second_loop_goes_on_where_the_first_was_left(face, way):
    said = {"json": [b"1 2", b" 3 4", b" 5 6 "], "sse": [b"data: 1\n\ndata: 2\n\n", b"data: 3\n\n"]}
    parts = said.get(way, [b"1\n2\n", b"3\n", b"4"])

    everything, _ = read(face, list(map(payload_part, parts)), way)

    async def script(stream: Driven) -> None:
        first = await stream.next(stream.iterator(way))
        second = await stream.next(stream.iterator(way))
        rest = await stream.rest(way)
        assert [first, second, *rest] == everything
        assert await stream.rest(way) == []
        assert await stream.read() == b""
        assert repr(stream.stream).endswith(" finished>")

    drive(face, script, *map(payload_part, parts))


def test_read_gives_the_rest(face):
    async def script(stream: Driven) -> None:
        assert await stream.next(stream.iterator("bytes")) == b"a"
        assert await stream.read() == b"bc"

    drive(face, script, *map(payload_part, (b"a", b"b", b"c")))


def test_leaving_the_block_early_closes_the_connection(face):
    async def script(stream: Driven) -> None:
        assert await stream.next(stream.iterator("lines")) == "1"
        assert stream.body is not None
        assert not stream.body.is_closed

    drive(face, script, payload_part(b"1\n2\n"), payload_part(b"3\n"))


def test_leaving_the_block_unread_closes_the_connection(face):
    async def script(stream: Driven) -> None:
        pass

    drive(face, script, payload_part(b"1\n2\n"))


def test_reading_to_the_end_closes_the_connection(face):
    async def script(stream: Driven) -> None:
        await stream.read()
        assert stream.body is not None
        assert stream.body.is_closed

    drive(face, script, payload_part(b"1\n2\n"))


@pytest.mark.parametrize("parts_read", [0, 1])
def test_using_a_closed_stream_raises(face, parts_read):
    async def script(stream: Driven) -> None:
        for _ in range(parts_read):
            await stream.next(stream.iterator("bytes"))
        await stream.close()
        await stream.close()
        for way in WAYS:
            with pytest.raises(StreamError, match="closed before its end") as caught:
                await stream.rest(way)
            assert caught.value.request_id == "request-1"
        with pytest.raises(StreamError, match="closed before its end"):
            await stream.read()
        assert repr(stream.stream).endswith(" closed>")

    drive(face, script, payload_part(b"1"), payload_part(b"2"))


@each_way
def test_closing_inside_a_loop_does_not_make_it_look_whole(face, way):
    begun = {"json": b'{"a":1}{"a":', "sse": b"data: 1\n\ndata: "}.get(way, b"1\nhalf")

    async def script(stream: Driven) -> None:
        found = stream.iterator(way)
        await stream.next(found)
        await stream.close()
        for _ in range(2):
            with pytest.raises(StreamError, match="closed before its end"):
                await stream.next(found)
        with pytest.raises(StreamError, match="closed before its end"):
            await stream.rest(way)

    drive(face, script, payload_part(begun), payload_part(b"more"))


def test_a_closed_stream_that_was_read_to_its_end_is_just_empty(face):
    async def script(stream: Driven) -> None:
        await stream.read()
        await stream.close()
        assert await stream.rest("lines") == []

    drive(face, script, payload_part(b"1"))


def test_after_a_client_was_interrupted_the_stream_does_not_look_whole(face):
    class Interrupted(Pieces):
        def __iter__(self):
            yield payload_part(b"1")
            raise KeyboardInterrupt

    async def script(stream: Driven) -> None:
        with pytest.raises(KeyboardInterrupt):
            await stream.read()
        with pytest.raises(StreamError, match="closed before its end"):
            await stream.read()

    body = Interrupted([])
    through = Recorder(headers=HEADERS, stream=lambda: body)

    async def run() -> None:
        if face.is_async:
            client = face.make(transport=through)
            stream = await client.invoke_endpoint_with_response_stream("e", b"")
        else:
            stream = face.make(transport=through).invoke_endpoint_with_response_stream("e", b"")
        await script(Driven(stream, face.is_async))

    asyncio.run(run())
    assert body.is_closed


@each_way
def test_after_its_reader_was_cancelled_a_stream_does_not_look_whole(way):
    class Slow(Pieces):
        async def __aiter__(self):
            yield payload_part(b"1\n")
            await asyncio.sleep(60)

    body = Slow([])
    through = Recorder(headers=HEADERS, stream=lambda: body)

    async def run() -> None:
        async with Face(is_async=True).make(transport=through) as client:
            stream = await client.invoke_endpoint_with_response_stream("e", b"")
            driven = Driven(stream, is_async=True)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(driven.rest(way), 0.01)
            assert body.is_closed
            with pytest.raises(StreamError, match="closed before its end"):
                await stream.read()
            with pytest.raises(StreamError, match="closed before its end"):
                iterator(stream, way).__aiter__()

    asyncio.run(run())


class Waiting(Pieces):
    """Gives one piece, and the next when it may."""

    def __init__(self) -> None:
        super().__init__([payload_part(b"1"), payload_part(b"2")])
        self.waits = threading.Event()
        self.go_on = threading.Event()

    def __iter__(self):
        yield self.pieces[0]
        self.waits.set()
        assert self.go_on.wait(10)
        yield self.pieces[1]

    async def __aiter__(self):
        yield self.pieces[0]
        self.waits.set()
        while not self.go_on.is_set():  # noqa: ASYNC110  # an event of threads
            await asyncio.sleep(0.001)
        yield self.pieces[1]


def with_a_reader(
    face: Face, script: Callable[[Driven, asyncio.Future[bytes], Waiting], Awaitable[None]]
) -> None:
    """Run a script while another thread or task reads the stream."""
    body = Waiting()
    through = Recorder(headers=HEADERS, stream=lambda: body)

    async def run() -> None:
        async with face.client(transport=through) as client, client.stream("e", b"") as stream:
            if face.is_async:
                reader = asyncio.ensure_future(stream.read())
            else:
                reader = asyncio.ensure_future(asyncio.to_thread(stream.stream.read))
            while not body.waits.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            await script(stream, reader, body)

    asyncio.run(run())


def test_closing_a_stream_under_its_reader_is_an_error_of_that_one(face):
    async def script(stream: Driven, reader: asyncio.Future[bytes], body: Waiting) -> None:
        await stream.close()
        body.go_on.set()
        with pytest.raises(StreamError, match="closed before its end"):
            await reader

    with_a_reader(face, script)


def test_two_readers_at_once_are_an_error_of_the_second(face):
    async def script(stream: Driven, reader: asyncio.Future[bytes], body: Waiting) -> None:
        for _ in range(2):
            with pytest.raises(StreamError, match="another task or thread is reading the stream"):
                await stream.read()
        body.go_on.set()
        assert await reader == b"12"

    with_a_reader(face, script)


def test_a_second_reader_that_begins_in_another_way_leaves_the_first_one_alone(face):
    async def script(stream: Driven, reader: asyncio.Future[bytes], body: Waiting) -> None:
        for way in WAYS:
            if way != "bytes":
                with pytest.raises(StreamError, match="another task or thread is reading"):
                    stream.iterator(way)
        body.go_on.set()
        assert await reader == b"12"

    with_a_reader(face, script)


def test_what_another_way_holds_is_not_lost_in_silence(face):
    async def script(stream: Driven) -> None:
        lines = stream.iterator("lines")
        assert await stream.next(lines) == "1"
        for way in WAYS:
            if way != "lines":
                with pytest.raises(StreamError, match=r"read on with iter_lines\(\)"):
                    await stream.rest(way)
        with pytest.raises(StreamError, match=r"read on with iter_lines\(\)"):
            await stream.read()
        assert await stream.rest("lines") == ["2", "3"]
        assert await stream.rest("text") == []
        assert await stream.next(lines) is None

    drive(face, script, payload_part(b"1\n2\n"), payload_part(b"3"))


def test_another_way_takes_over_where_bytes_were_left(face):
    async def script(stream: Driven) -> None:
        unused = stream.iterator("lines")
        parts = stream.iterator("bytes")
        assert await stream.next(parts) == b"a"
        assert await stream.rest("lines") == ["b", "c", "d"]
        with pytest.raises(StreamError, match=r"in another way now: by iter_lines\(\)"):
            await stream.next(parts)
        with pytest.raises(StreamError, match=r"in another way now: by iter_lines\(\)"):
            await stream.next(unused)

    drive(face, script, *map(payload_part, (b"a", b"b\n", b"c\n", b"d")))
    drive(face, script, b"".join(map(payload_part, (b"a", b"b\n", b"c\n", b"d"))))


@pytest.mark.parametrize("whole", [True, False])
def test_what_had_come_of_a_stream_that_cannot_be_read_whole_is_still_there(face, whole):
    async def script(stream: Driven) -> None:
        for _ in range(2):
            with pytest.raises(StreamTruncatedError) as caught:
                await stream.read()
        if not whole:
            assert await stream.next(stream.iterator("bytes")) == b"a"
        await stream.close()
        assert await stream.next(stream.iterator("lines")) == ("ab" if whole else "b")
        with pytest.raises(StreamTruncatedError) as again:
            await stream.rest("lines")
        assert again.value is caught.value

    parts = payload_part(b"a"), payload_part(b"b"), payload_part(b"c")[:-1]
    drive(face, script, *parts)


def test_a_stream_that_nobody_refers_to_is_gone_at_once(face):
    """Its connection with it, without waiting for the garbage collector."""

    async def run() -> None:
        async with face.client(
            transport=Recorder(headers=HEADERS, stream=lambda: Pieces([payload_part(b"1\n2\n")]))
        ) as client:
            gc.disable()
            try:
                stream = await client.call("invoke_endpoint_with_response_stream", "e", b"")
                driven = Driven(stream, face.is_async)
                assert await driven.next(driven.iterator("lines")) == "1"
                gone = weakref.ref(stream)
                del driven, stream
                await asyncio.sleep(0)
                assert gone() is None
            finally:
                gc.enable()

    asyncio.run(run())


def test_what_is_no_json_is_an_error_that_stays_and_ends_the_stream(face):
    async def script(stream: Driven) -> None:
        found = stream.iterator("json")
        assert await stream.next(found) == {"a": 1}
        with pytest.raises(StreamError, match="at byte 7") as caught:
            await stream.next(found)
        assert "canary" not in str(caught.value)
        assert caught.value.request_id == "request-1"
        with pytest.raises(StreamError, match="at byte 7"):
            await stream.rest("json")
        assert stream.body.is_closed
        with pytest.raises(StreamError, match="at byte 7"):
            await stream.read()

    drive(face, script, payload_part(b'{"a":1}canary'), payload_part(b"rest"))


def test_what_follows_a_json_value_is_not_lost_in_silence_when_it_is_no_json(face):
    async def script(stream: Driven) -> None:
        assert await stream.next(stream.iterator("json")) == {"a": 1}
        with pytest.raises(StreamError, match="at byte 8"):
            await stream.read()

    drive(face, script, payload_part(b'{"a":1}\nPNG'), payload_part(b"rest"))


def test_json_that_ends_inside_a_value_is_an_error(face):
    found, error = read(face, [payload_part(b'1 {"a"')], "json")
    assert found == [1]
    assert isinstance(error, StreamError)
    assert not isinstance(error, StreamTruncatedError)


@pytest.mark.parametrize(
    ("charset", "text"), [("latin-1", "é"), ('"utf-16-le"', "😀"), ("UTF-8", "é"), ("", "é")]
)
def test_text_is_decoded_as_the_content_type_says(face, charset, text):
    content_type = {"x-amzn-sagemaker-content-type": f"text/plain; charset={charset}"}
    encoded = text.encode(charset.strip('"') or "utf-8")
    wire = [payload_part(bytes([byte])) for byte in encoded]
    assert read(face, wire, "text", headers=content_type) == ([text], None)
    assert read(face, wire, "lines", headers=content_type) == ([text], None)


def test_an_encoding_may_be_chosen_and_must_exist(face):
    async def script(stream: Driven) -> None:
        with pytest.raises(ParameterError, match="'no-such'") as caught:
            stream.stream.iter_text("no-such")
        assert caught.value.parameter == "encoding"
        text = stream.stream.iter_text("latin-1")
        assert await stream.next(aiter(text) if face.is_async else iter(text)) == "Ã©"

    drive(face, script, payload_part("é".encode()))


def test_values_are_there_as_soon_as_their_last_byte_is(face):
    """A reader that waited for more would never see a slow model's words in time."""
    seen: list[str] = []

    class Watched(Pieces):
        def __iter__(self):
            for part in self.pieces:
                seen.append("sent")
                yield part

    wire = [payload_part(part) for part in (b"1\n", b"2\n", b"3\n")]
    through = Recorder(headers=HEADERS, stream=lambda: Watched(wire))

    async def run() -> None:
        if face.is_async:
            client = face.make(transport=through)
            stream = await client.invoke_endpoint_with_response_stream("e", b"")
        else:
            stream = face.make(transport=through).invoke_endpoint_with_response_stream("e", b"")
        driven = Driven(stream, face.is_async)
        found = driven.iterator("lines")
        while (line := await driven.next(found)) is not None:
            seen.append(line)

    asyncio.run(run())
    assert seen == ["sent", "1", "sent", "2", "sent", "3"]
