"""The event-stream codec: wire literals, every way to be malformed, any chunking."""

from __future__ import annotations

import re
import struct
import zlib
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper import eventstream
from wrapper._errors import EventStreamDecodeError, ParameterError, StreamTruncatedError
from wrapper.eventstream import Byte, EventStreamDecoder, Long, Message, Short, encode_message

PART_HEADERS = {
    ":event-type": "PayloadPart",
    ":content-type": "application/octet-stream",
    ":message-type": "event",
}

# The vectors of AWS's own SDKs (the same in botocore, aws-sdk-js, aws-sdk-go and others), and the
# hot case of this package.
WIRE = {
    "empty message": (
        (
            b"\x00\x00\x00\x10"  # total length: 16
            b"\x00\x00\x00\x00"  # headers length: 0
            b"\x05\xc2\x48\xeb"  # prelude CRC
            b"\x7d\x98\xc8\xff"  # message CRC
        ),
        {},
        b"",
    ),
    "payload without headers": (
        (
            b"\x00\x00\x00\x1d"  # total length: 29
            b"\x00\x00\x00\x00"  # headers length: 0
            b"\xfd\x52\x8c\x5a"  # prelude CRC
            b"{'foo':'bar'}"  # payload
            b"\xc3\x65\x39\x36"  # message CRC
        ),
        {},
        b"{'foo':'bar'}",
    ),
    "payload and a string header": (
        (
            b"\x00\x00\x00\x3d"  # total length: 61
            b"\x00\x00\x00\x20"  # headers length: 32
            b"\x07\xfd\x83\x96"  # prelude CRC
            b"\x0ccontent-type"  # name length: 12, name
            b"\x07\x00\x10application/json"  # type: string, value length: 16, value
            b"{'foo':'bar'}"  # payload
            b"\x8d\x9c\x08\xb1"  # message CRC
        ),
        {"content-type": "application/json"},
        b"{'foo':'bar'}",
    ),
    "payload and an integer header": (
        (
            b"\x00\x00\x00\x2b"  # total length: 43
            b"\x00\x00\x00\x0e"  # headers length: 14
            b"\x34\x8b\xec\x7b"  # prelude CRC
            b"\x08event-id"  # name length: 8, name
            b"\x04\x00\x00\xa0\x0c"  # type: integer, value: 40972
            b"{'foo':'bar'}"  # payload
            b"\xd3\x89\x02\x85"  # message CRC
        ),
        {"event-id": 40972},
        b"{'foo':'bar'}",
    ),
    "negative byte": (
        (
            b"\x00\x00\x00\x17"  # total length: 23
            b"\x00\x00\x00\x07"  # headers length: 7
            b"\x29\x86\x01\x58"  # prelude CRC
            b"\x04byte\x02\xff"  # name length: 4, name, type: byte, value: -1
            b"\xc2\xf8\x69\xdc"  # message CRC
        ),
        {"byte": Byte(-1)},
        b"",
    ),
    "negative short": (
        (
            b"\x00\x00\x00\x19"  # total length: 25
            b"\x00\x00\x00\x09"  # headers length: 9
            b"\x71\x0e\x92\x3e"  # prelude CRC
            b"\x05short\x03\xff\xff"  # name length: 5, name, type: short, value: -1
            b"\xb2\x7c\xb6\xcc"  # message CRC
        ),
        {"short": Short(-1)},
        b"",
    ),
    "negative long": (
        (
            b"\x00\x00\x00\x1e"  # total length: 30
            b"\x00\x00\x00\x0e"  # headers length: 14
            b"\x5d\x4a\xdb\x8d"  # prelude CRC
            b"\x04long\x05\xff\xff\xff\xff\xff\xff\xff\xff"  # name, type: long, value: -1
            b"\x4b\xc2\x32\xda"  # message CRC
        ),
        {"long": Long(-1)},
        b"",
    ),
    "every type of header": (
        (
            b"\x00\x00\x00\x62"  # total length: 98
            b"\x00\x00\x00\x52"  # headers length: 82
            b"\x03\xb5\xcb\x9c"  # prelude CRC
            b"\x010\x00"  # "0": true
            b"\x011\x01"  # "1": false
            b"\x012\x02\x02"  # "2": byte 2
            b"\x013\x03\x00\x03"  # "3": short 3
            b"\x014\x04\x00\x00\x00\x04"  # "4": integer 4
            b"\x015\x05\x00\x00\x00\x00\x00\x00\x00\x05"  # "5": long 5
            b"\x016\x06\x00\x05bytes"  # "6": byte array of 5
            b"\x017\x07\x00\x04utf8"  # "7": string of 4
            b"\x018\x08\x00\x00\x00\x00\x00\x00\x00\x08"  # "8": timestamp, 8 ms
            b"\x019\x090123456789abcdef"  # "9": UUID, 16 bytes
            b"\x63\x35\x36\x71"  # message CRC
        ),
        {
            "0": True,
            "1": False,
            "2": Byte(2),
            "3": Short(3),
            "4": 4,
            "5": Long(5),
            "6": b"bytes",
            "7": "utf8",
            "8": datetime(1970, 1, 1, 0, 0, 0, 8000, tzinfo=UTC),
            "9": UUID(bytes=b"0123456789abcdef"),
        },
        b"",
    ),
    "error": (
        (
            b"\x00\x00\x00\x52"  # total length: 82
            b"\x00\x00\x00\x42"  # headers length: 66
            b"\xbf\x23\x63\x7e"  # prelude CRC
            b"\x0d:message-type\x07\x00\x05error"  # string of 5
            b"\x0b:error-code\x07\x00\x04code"  # string of 4
            b"\x0e:error-message\x07\x00\x07message"  # string of 7
            b"\x6b\x6c\xea\x3d"  # message CRC
        ),
        {":message-type": "error", ":error-code": "code", ":error-message": "message"},
        b"",
    ),
    "part of a model's answer": (
        (
            b"\x00\x00\x00\x6e"  # total length: 110
            b"\x00\x00\x00\x59"  # headers length: 89
            b"\x51\x97\xff\x15"  # prelude CRC
            b"\x0b:event-type\x07\x00\x0bPayloadPart"  # string of 11
            b"\x0d:content-type\x07\x00\x18application/octet-stream"  # string of 24
            b"\x0d:message-type\x07\x00\x05event"  # string of 5
            b"hello"  # payload
            b"\x29\x73\x8a\xb4"  # message CRC
        ),
        PART_HEADERS,
        b"hello",
    ),
}


def frame(
    headers: bytes = b"", payload: bytes = b"", *, total_length=None, headers_length=None
) -> bytes:
    """A frame with right CRCs around whatever lengths and header bytes are asked for."""
    prelude = struct.pack(
        ">II",
        16 + len(headers) + len(payload) if total_length is None else total_length,
        len(headers) if headers_length is None else headers_length,
    )
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def decode(data: bytes, cuts: list[int] | None = None) -> tuple[list[Message], str | None]:
    """All messages of a stream cut at `cuts`, and the error's text."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts or []), len(data)]
    decoder = EventStreamDecoder()
    messages: list[Message] = []
    try:
        for start, end in pairwise(edges):
            messages += decoder.feed(data[start:end])
        decoder.close()
    except (EventStreamDecodeError, StreamTruncatedError) as error:
        return messages, f"{type(error).__name__}: {error}"
    return messages, None


header_values = st.one_of(
    st.booleans(),
    st.integers(-(2**7), 2**7 - 1).map(Byte),
    st.integers(-(2**15), 2**15 - 1).map(Short),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1).map(Long),
    st.binary(max_size=40),
    st.text(max_size=40),
    st.datetimes(timezones=st.just(UTC)).map(
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    ),
    st.uuids(),
)
header_maps = st.dictionaries(st.text(min_size=1, max_size=20), header_values, max_size=6)
messages_strategy = st.lists(
    st.tuples(st.one_of(st.just(PART_HEADERS), header_maps), st.binary(max_size=100)), max_size=6
)
cuts_strategy = st.lists(st.integers(0, 2000), max_size=12)


@pytest.mark.parametrize(("wire", "headers", "payload"), WIRE.values(), ids=WIRE.keys())
def test_wire_literals_decode_to_their_messages_and_encode_to_their_bytes(wire, headers, payload):
    assert decode(wire) == ([Message(headers, payload)], None)
    assert encode_message(headers, payload) == wire
    (message,) = EventStreamDecoder().feed(wire)
    assert {name: type(value) for name, value in message.headers.items()} == {
        name: type(value) for name, value in headers.items()
    }
    assert type(message.payload) is bytes


@settings(deadline=None)
@given(messages_strategy, cuts_strategy)
def test_what_was_encoded_decodes_to_the_same_whatever_the_cuts(messages, cuts):
    data = b"".join(encode_message(headers, payload) for headers, payload in messages)
    decoded, error = decode(data, cuts)
    assert error is None
    assert decoded == [Message(headers, payload) for headers, payload in messages]
    assert b"".join(encode_message(*message) for message in decoded) == data


def test_any_kind_of_buffer_can_be_fed_and_payloads_are_bytes():
    wire = WIRE["every type of header"][0] + WIRE["payload without headers"][0]
    for kind in (bytes, bytearray, memoryview):
        decoder = EventStreamDecoder()
        messages = decoder.feed(kind(wire[:70])) + decoder.feed(kind(wire[70:]))
        assert [type(message.payload) for message in messages] == [bytes, bytes]
        assert decoder.at_boundary


def test_a_payload_of_the_largest_size_passes_and_one_byte_more_is_refused():
    largest = bytes(eventstream.MAX_PAYLOAD_LENGTH)
    (message,) = EventStreamDecoder().feed(encode_message({"a": 1}, largest))
    assert message.payload == largest
    with pytest.raises(ParameterError, match="25165825 bytes; at most 25165824"):
        encode_message({}, largest + b"\0")
    with pytest.raises(EventStreamDecodeError, match="25165825 bytes of payload; at most 25165824"):
        EventStreamDecoder().feed(frame(total_length=16 + len(largest) + 1)[:12])


def test_headers_of_the_largest_size_pass_and_one_byte_more_is_refused():
    value = b"v" * eventstream.MAX_HEADER_VALUE_LENGTH
    headers = {"1": value, "2": value, "3": value, "4": b"v" * (32752 - 3 * 5 + 3)}
    while sum(len(v) + 5 for v in headers.values()) < eventstream.MAX_HEADERS_LENGTH:
        headers["4"] += b"v"
    (message,) = EventStreamDecoder().feed(encode_message(headers))
    assert message.headers == headers
    with pytest.raises(ParameterError, match="131073 bytes; at most 131072"):
        encode_message({**headers, "4": headers["4"] + b"v"})
    with pytest.raises(EventStreamDecodeError, match="131073 bytes of headers; at most 131072"):
        EventStreamDecoder().feed(frame(total_length=2**20, headers_length=131073)[:12])


def test_a_message_that_claims_4_gb_is_refused_from_its_prelude():
    prelude = frame(total_length=2**32 - 1)[:12]
    decoder = EventStreamDecoder()
    assert decoder.feed(prelude[:11]) == []
    with pytest.raises(EventStreamDecodeError, match="the message at byte 0: it claims 4294967279"):
        decoder.feed(prelude[11:])


def bad_prelude_crc() -> bytes:
    wire = bytearray(WIRE["payload without headers"][0])
    wire[8] ^= 1
    return bytes(wire)


def bad_message_crc() -> bytes:
    return WIRE["payload without headers"][0][:-1] + b"\0"


# Frame, where it is wrong (byte of the frame), what the error says.
MALFORMED = {
    "prelude CRC": (bad_prelude_crc(), 0, ": the CRC of its prelude does not match"),
    "message CRC": (bad_message_crc(), 0, ": its message CRC does not match"),
    "not an event stream": (b"<html><body>502 Bad Gateway", 0, ": the CRC of its prelude"),
    "total length of zero": (frame(total_length=0), 0, ": its total length has no room"),
    "total length under 16": (
        frame(total_length=15),
        0,
        ": its total length has no room",
    ),
    "headers over the end": (
        frame(b"\x01a\x00", headers_length=4),
        0,
        ": its total length has no room",
    ),
    "name cut off": (frame(b"\x05abc"), 12, " runs over the end of the headers"),
    "name without a type": (frame(b"\x01a"), 12, " runs over the end of the headers"),
    "no name": (frame(b"\x00\x00"), 12, " has no name"),
    "name not UTF-8": (frame(b"\x01\xff\x00"), 12, " holds text that is not UTF-8"),
    "unknown type": (frame(b"\x01a\x0a"), 12, " has the unknown type 10"),
    "byte cut off": (frame(b"\x01a\x02"), 12, " runs over the end of the headers"),
    "short cut off": (frame(b"\x01a\x03\x00"), 12, " runs over the end of the headers"),
    "integer cut off": (frame(b"\x01a\x04" + bytes(3)), 12, " runs over the end of the headers"),
    "long cut off": (frame(b"\x01a\x05" + bytes(7)), 12, " runs over the end of the headers"),
    "length cut off": (frame(b"\x01a\x06\x00"), 12, " runs over the end of the headers"),
    "bytes cut off": (frame(b"\x01a\x06\x00\x02v"), 12, " runs over the end of the headers"),
    "string cut off": (frame(b"\x01a\x07\x00\x02v"), 12, " runs over the end of the headers"),
    "string not UTF-8": (frame(b"\x01b\x00\x01a\x07\x00\x01\x80"), 15, " holds text that is not"),
    "timestamp cut off": (frame(b"\x01a\x08" + bytes(7)), 12, " runs over the end of the headers"),
    "after year 9999": (frame(b"\x01a\x08\x7f" + bytes(7)), 12, " holds a timestamp outside of"),
    "before year 1": (frame(b"\x01a\x08\xff\x00" + bytes(6)), 12, " holds a timestamp outside of"),
    "UUID cut off": (frame(b"\x01a\x09" + bytes(15)), 12, " runs over the end of the headers"),
    "name twice": (frame(b"\x01a\x00\x01a\x01"), 15, " repeats the name of an earlier one"),
}


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(("wire", "offset", "text"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_refused_after_what_comes_before_it_and_for_good(
    wire, offset, text, size
):
    for good in ([], [encode_message({"n": n}, b"part") for n in range(3)]):
        data = b"".join(good) + wire
        expected = f"at byte {sum(map(len, good)) + offset}{text}"
        decoder = EventStreamDecoder()
        messages: list[Message] = []
        for start in range(0, len(data), size):
            try:
                messages += decoder.feed(data[start : start + size])
            except EventStreamDecodeError as error:
                assert error is decoder.error  # noqa: PT017 - it may also be deferred
            if decoder.error is not None:
                break
        assert [message.headers["n"] for message in messages] == list(range(len(good)))
        assert str(decoder.error).startswith("malformed event stream: the message")
        assert expected in str(decoder.error)
        assert not decoder.at_boundary
        for _ in range(2):
            with pytest.raises(EventStreamDecodeError, match=re.escape(expected)):
                decoder.feed(frame())
            with pytest.raises(EventStreamDecodeError, match=re.escape(expected)):
                decoder.close()


def test_a_head_seen_before_does_not_spare_a_message_its_crc():
    good = encode_message(PART_HEADERS, b"hello")
    for index in range(12 + 89, len(good)):
        damaged = bytearray(good)
        damaged[index] ^= 0x40
        decoder = EventStreamDecoder()
        assert len(decoder.feed(good)) == 1
        with pytest.raises(EventStreamDecodeError, match=f"byte {len(good)}: its message CRC"):
            decoder.feed(bytes(damaged))


def test_the_end_is_at_a_boundary_only_between_messages():
    wire = encode_message(PART_HEADERS, b"hello")
    for length in range(len(wire) * 2 + 1):
        decoder = EventStreamDecoder()
        decoder.feed((wire * 2)[:length])
        if length % len(wire) == 0:
            assert decoder.at_boundary
            decoder.close()
        else:
            assert not decoder.at_boundary
            with pytest.raises(StreamTruncatedError) as caught:
                decoder.close()
            begins, came = length // len(wire) * len(wire), length % len(wire)
            due = 12 if came < 12 else len(wire)
            assert str(caught.value) == (
                f"the event stream ended inside a message: it begins at byte {begins}, "
                f"and {came} bytes of it came where at least {due} were due"
            )


def test_headers_are_read_only_and_shared_by_messages_that_have_the_same():
    one, two = EventStreamDecoder().feed(
        encode_message(PART_HEADERS, b"a") + encode_message(PART_HEADERS, b"bc")
    )
    assert one.headers is two.headers
    with pytest.raises(TypeError):
        one.headers[":event-type"] = "Other"


def test_the_repr_of_a_message_shows_neither_payload_nor_header_values():
    (message,) = EventStreamDecoder().feed(encode_message({"name": "secret"}, b"secret"))
    assert repr(message) == "Message(headers=['name'], payload=<6 bytes>)"


@settings(deadline=None)
@given(st.binary(max_size=200), cuts_strategy)
def test_arbitrary_bytes_give_messages_or_the_typed_errors(data, cuts):
    assert decode(data, cuts) == decode(data)


@settings(deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=20), cuts_strategy)
def test_arbitrary_header_blocks_give_messages_or_the_typed_error(block, payload, cuts):
    good = encode_message(PART_HEADERS, payload)
    data = good + frame(block, payload) + good
    messages, error = decode(data, cuts)
    assert (messages, error) == decode(data)
    assert len(messages) == (3 if error is None else 1)


@settings(deadline=None)
@given(messages_strategy, cuts_strategy, st.data())
def test_a_damaged_byte_ends_the_stream_where_it_is_whatever_the_cuts(messages, cuts, data):
    frames = [encode_message(headers, payload) for headers, payload in messages] or [frame()]
    wire = bytearray(b"".join(frames))
    index = data.draw(st.integers(0, len(wire) - 1))
    wire[index] ^= data.draw(st.integers(1, 255))
    decoded, error = decode(bytes(wire), cuts)
    whole = 0
    while index >= sum(map(len, frames[: whole + 1])):
        whole += 1
    assert len(decoded) == whole
    assert error is not None
    assert f"the message at byte {sum(map(len, frames[:whole]))}: " in error


def test_a_message_that_comes_byte_by_byte_is_looked_at_a_fixed_number_of_times(monkeypatch):
    looks = 0
    decode_message = EventStreamDecoder._decode_message

    def counting(self, data, position):
        nonlocal looks
        looks += 1
        return decode_message(self, data, position)

    monkeypatch.setattr(EventStreamDecoder, "_decode_message", counting)
    payload = bytes(range(256)) * 1024
    wire = encode_message(PART_HEADERS, payload)
    decoder = EventStreamDecoder()
    messages = [message for byte in wire for message in decoder.feed(bytes((byte,)))]
    assert [message.payload for message in messages] == [payload]
    assert looks == 3  # at the first byte, the prelude and the whole
    assert decoder.at_boundary


def test_no_more_is_kept_than_an_unfinished_message_and_a_bounded_cache():
    decoder = EventStreamDecoder()
    for number in range(3000):
        wire = encode_message({"n": number, "text": "x" * (number % 900)}, bytes(number % 700))
        assert len(decoder.feed(wire[:-1])) == 0
        assert len(decoder._buffer) < len(wire)
        assert len(decoder.feed(wire[-1:])) == 1
        assert len(decoder._buffer) == 0
        assert len(decoder._heads) <= eventstream._CACHED_HEADS
        assert len(decoder._headers) <= eventstream._CACHED_HEADS
    assert max(map(len, decoder._heads)) <= eventstream._CACHED_HEAD_LENGTH


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"": "v"}, "its name has 0 bytes; 1 to 255 can be sent"),
        ({"é" * 128: "v"}, "its name has 256 bytes; 1 to 255 can be sent"),
        ({"n": "é" * 16384}, "it has 32768 bytes; at most 32767 can be sent"),
        ({"n": bytes(32768)}, "it has 32768 bytes; at most 32767 can be sent"),
        ({"n": 2**31}, "the number is too large; Long takes 64 bits"),
        ({"n": Byte(128)}, "the number is too large"),
        ({"n": Short(-(2**15) - 1)}, "the number is too large"),
        ({"n": Long(2**63)}, "the number is too large"),
        ({"n": "\ud800"}, "it holds a lone surrogate"),
        ({"\ud800": 1}, "it holds a lone surrogate"),
        ({"n": datetime(2026, 1, 1)}, "the datetime is naive; give it a tzinfo"),  # noqa: DTZ001
        ({"n": 1.5}, "float is not a type of the encoding"),
        ({"n": None}, "NoneType is not a type of the encoding"),
    ],
)
def test_headers_that_the_encoding_cannot_hold_are_refused(headers, text):
    with pytest.raises(ParameterError, match=text) as caught:
        encode_message(headers)
    assert caught.value.parameter == "headers"


def test_names_and_values_of_the_largest_size_can_be_sent():
    headers = {"n" * 255: "v" * 32767, "m" * 255: b"w" * 32767}
    assert decode(encode_message(headers)) == ([Message(headers, b"")], None)


def test_timestamps_are_milliseconds_in_any_time_zone_and_the_rest_is_dropped():
    paris = timezone(timedelta(hours=2))
    moment = datetime(2026, 7, 1, 14, 0, 0, 123_999, tzinfo=paris)
    before = datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    (message,) = EventStreamDecoder().feed(encode_message({"a": moment, "b": before}))
    assert message.headers == {
        "a": datetime(2026, 7, 1, 12, 0, 0, 123_000, tzinfo=UTC),
        "b": before,
    }
    assert message.headers["a"].tzinfo is UTC
