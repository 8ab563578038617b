"""Server-sent events: the HTML standard's rules and examples, whatever the cuts."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wrapper import _server_sent_events, _splitting
from wrapper._errors import StreamError
from wrapper._server_sent_events import ServerSentEvent, ServerSentEventSplitter
from wrapper._values import replace


def pieces(data: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in at), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def split(parts: list[bytes]) -> tuple[list[ServerSentEvent], str | None]:
    splitter = ServerSentEventSplitter()
    found: list[ServerSentEvent] = []
    try:
        for part in parts:
            found += splitter.feed(part)
        found += splitter.end()
        found += splitter.end()  # which must find nothing twice, and raise what end deferred
    except StreamError as error:
        assert error is splitter.error  # noqa: PT017 - some streams have no error
        return found, str(error)
    return found, None


def by_the_standard(data: bytes) -> list[ServerSentEvent]:
    """Section 9.2.6 of the HTML standard, word for word; the one deviation is at the end."""
    text = data.decode("utf-8", "replace")
    text = text.removeprefix("\ufeff")
    events: list[ServerSentEvent] = []
    data_buffer = event_type_buffer = last_event_id_buffer = ""
    reconnection_time: int | None = None
    lines = re.split("\r\n|\n|\r", text)
    unfinished = lines.pop()
    for line in [*lines, unfinished, ""] if unfinished else [*lines, ""]:
        if line == "":
            if data_buffer == "":
                event_type_buffer = ""
            else:
                if data_buffer[-1] == "\n":
                    data_buffer = data_buffer[:-1]
                event_type = "message" if event_type_buffer == "" else event_type_buffer
                events.append(
                    ServerSentEvent(
                        event_type, data_buffer, last_event_id_buffer, reconnection_time
                    )
                )
                data_buffer = event_type_buffer = ""
            reconnection_time = None  # of the event, here; the standard keeps it for the stream
            continue
        if line[0] == ":":
            continue
        if ":" in line:
            field = line[: line.index(":")]
            value = line[line.index(":") + 1 :]
            if value[:1] == " ":
                value = value[1:]
        else:
            field, value = line, ""
        if field == "event":
            event_type_buffer = value
        elif field == "data":
            data_buffer += value
            data_buffer += "\n"
        elif field == "id":
            if "\x00" not in value:
                last_event_id_buffer = value
        elif field == "retry":
            if re.fullmatch("[0-9]+", value):
                reconnection_time = int(value)
        else:
            pass
    return events


stream_lines = st.one_of(
    st.sampled_from(
        [
            "",
            "data",
            "data:",
            "data: ",
            "data:  two spaces",
            'data: {"a": 1}',
            "data:a:b",
            "event: add",
            "event:",
            "event",
            "id: 7",
            "id",
            "id: \x00",
            "retry: 3000",
            "retry: 3s",
            "retry: ３",  # noqa: RUF001 - a digit, but not of ASCII
            "retry",
            ": comment",
            ":",
            " data: not a field",
            "Data: not a field",
            "\ufeffdata: not a field but at the beginning",
            "data: \u2028\x0b\x1c\x85é😀",
        ]
    ),
    st.text(st.sampled_from("data:ienvtry \x00\ufeff0123é"), max_size=12),
)
streams = st.builds(
    lambda lines, last: "".join(line + end for line, end in lines) + last,
    st.lists(st.tuples(stream_lines, st.sampled_from(["\n", "\n", "\r\n", "\r"])), max_size=12),
    st.sampled_from(["", "data: last", "data", "id: 9", "\ufeff"]),
).map(str.encode)
cuts_strategy = st.lists(st.integers(0, 300), max_size=12)


@settings(deadline=None, max_examples=300)
@given(streams, cuts_strategy)
@example(b"\xef\xbb\xbfdata: 1\n\n", [1, 2, 3])
@example(b"data: 1\r\n\r\ndata: 2\r\r", [8, 9, 10, 11, 20, 21])
def test_events_are_those_of_the_standard_whatever_the_cuts(data, at):
    values, error = split(pieces(data, at))
    assert values == by_the_standard(data)
    assert (error is not None) == is_no_event_stream(data)


def is_no_event_stream(data):
    """Whether there are lines, and not one of them is a field or a comment of the standard."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = [line for line in re.split("\r\n|\n|\r", text) if line]
    known = {"", "data", "event", "id", "retry"}
    return bool(lines) and not any(line.partition(":")[0] in known for line in lines)


def test_output_that_is_no_event_stream_is_an_error_rather_than_no_events():
    values, error = split([b'{"generated_text": "Hello"}\n'])
    assert values == []
    assert "holds no server-sent events" in error


@settings(deadline=None)
@given(st.binary(max_size=80), cuts_strategy)
def test_arbitrary_bytes_give_the_events_of_the_standard(data, at):
    values, error = split(pieces(data, at))
    assert values == by_the_standard(data)
    assert (error is not None) == is_no_event_stream(data)


@pytest.mark.parametrize(
    ("data", "events"),
    [
        pytest.param(
            b"data: YHOO\ndata: +2\ndata: 10\n\n",
            [ServerSentEvent("message", "YHOO\n+2\n10")],
            id="several data lines",
        ),
        pytest.param(
            b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
            b"data:  third event\n",
            [
                ServerSentEvent("message", "first event", "1"),
                ServerSentEvent("message", "second event", ""),
                # The standard drops this one: no blank line follows it.
                ServerSentEvent("message", " third event", ""),
            ],
            id="comment, ids and an event that no blank line ends",
        ),
        pytest.param(
            b"data\n\ndata\ndata\n\ndata:",
            [
                ServerSentEvent("message", ""),
                ServerSentEvent("message", "\n"),
                ServerSentEvent("message", ""),  # dropped by the standard
            ],
            id="empty data",
        ),
        pytest.param(
            b"data:test\n\ndata: test\n\n",
            [ServerSentEvent("message", "test"), ServerSentEvent("message", "test")],
            id="with and without a space",
        ),
        pytest.param(
            b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
            [ServerSentEvent("add", "73857293"), ServerSentEvent("remove", "2153")],
            id="types",
        ),
    ],
)
def test_the_examples_of_the_standard(data, events):
    assert split([data]) == (events, None)
    assert split([bytes((byte,)) for byte in data]) == (events, None)


@pytest.mark.parametrize("rest", [b"event: end", b"id: 5\n", b": done", b"retry: 5", b"\n\n"])
def test_what_remains_without_data_is_no_event(rest):
    assert split([b"data: 1\n\n" + rest]) == ([ServerSentEvent("message", "1")], None)


def test_an_id_stays_until_the_next_and_a_type_and_retry_belong_to_one_event():
    found, _ = split([b"id: 1\nevent: a\nretry: 10\ndata: x\n\ndata: y\n\nid: 2\n\ndata: z\n\n"])
    assert found == [
        ServerSentEvent("a", "x", "1", 10),
        ServerSentEvent("message", "y", "1", None),
        ServerSentEvent("message", "z", "2", None),
    ]


@pytest.mark.parametrize(
    ("value", "retry"),
    [
        ("0", 0),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("9" * 5000, None),
        ("-1", None),
    ],
)
def test_retry_is_ascii_digits_of_a_sensible_number(value, retry):
    found, error = split([f"retry: {value}\ndata: x\n\n".encode()])
    assert error is None
    assert found == [ServerSentEvent("message", "x", "", retry)]


def test_an_event_is_handed_over_with_its_blank_line_without_waiting_for_more():
    splitter = ServerSentEventSplitter()
    assert splitter.feed(b"data: one\r") == []
    assert splitter.feed(b"\n\r") == [ServerSentEvent("message", "one")]
    assert splitter.feed(b"\n") == []
    assert splitter.end() == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 8), max_size=12), cuts_strategy)
def test_an_event_over_the_limit_is_refused_after_the_events_before_it_whatever_the_cuts(sizes, at):
    data = "".join(f"data: {'x' * size}\n" if size else "\n" for size in sizes).encode()
    limit = 15
    expected = by_the_standard(data)
    good = 0
    while good < len(expected) and len(expected[good].data) + 1 <= limit:
        good += 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_server_sent_events, "MAX_EVENT_LENGTH", limit)
        found, error = split(pieces(data, at))
    assert found == expected[:good]
    if good == len(expected):
        assert error is None
    else:
        assert error is not None
        assert error.startswith("a server-sent event has more than 15 characters of data")


def test_a_line_over_the_limit_is_refused_after_the_events_before_it(monkeypatch):
    monkeypatch.setattr(_splitting, "MAX_LINE_LENGTH", 10)
    splitter = ServerSentEventSplitter()
    assert splitter.feed(b"data: 1\n\n: a comment that never ends") == [
        ServerSentEvent("message", "1")
    ]
    assert splitter.error is not None
    for _ in range(2):
        with pytest.raises(StreamError, match="line 3 of the model's output is longer than 10"):
            splitter.feed(b"more")
        with pytest.raises(StreamError, match="line 3 of the model's output is longer than 10"):
            splitter.end()


@pytest.mark.slow
def test_time_is_linear_when_a_long_event_comes_byte_by_byte():
    def seconds(count: int) -> float:
        parts = [bytes((byte,)) for byte in b"data: a line\n" * (count // 13)]
        start = time.process_time()
        (event,), _ = split(parts)
        assert len(event.data) == count // 13 * 7 - 1
        return time.process_time() - start

    # 64 times the bytes: linear is 64 times the time, quadratic 4096 times.
    assert seconds(640_000) < 200 * min(seconds(10_000) for _ in range(5))


def test_the_data_of_an_event_parses_as_json():
    assert ServerSentEvent(data='{"a": [1, null]}').json() == {"a": [1, None]}


@pytest.mark.parametrize("data", ["[DONE]", "", '{"a": secret}', "[" * 100_000, "9" * 5000])
def test_data_that_is_not_json_is_the_typed_error_that_does_not_hold_it(data):
    event = ServerSentEvent(data=data)
    with pytest.raises(
        StreamError, match=r"^the data of the server-sent event is not JSON"
    ) as caught:
        event.json()
    assert ("by which some models say that no event follows" in str(caught.value)) == (
        data == "[DONE]"
    )
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_an_event_is_frozen_hashable_and_its_repr_shows_no_data():
    event = ServerSentEvent("add", "secret", "secret", 5)
    with pytest.raises(AttributeError):
        event.data = "other"
    assert event == ServerSentEvent(event="add", data="secret", id="secret", retry=5)
    assert len({event, replace(event), replace(event, data="")}) == 2
    assert repr(event) == (
        "ServerSentEvent(event='add', data=<6 characters>, id=<6 characters>, retry=5)"
    )
