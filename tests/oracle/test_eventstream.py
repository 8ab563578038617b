"""The event-stream decoder beside botocore's, on generated streams."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from botocore.eventstream import EventStreamBuffer, ParserError
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper._errors import EventStreamDecodeError
from wrapper.eventstream import (
    Byte,
    EventStreamDecoder,
    HeaderValue,
    Long,
    Short,
    encode_message,
)

# What botocore raises on bytes that are not a stream: its own errors and what leaks from below.
BOTOCORE_ERRORS = (ParserError, UnicodeDecodeError, struct.error, KeyError)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

names = st.text(min_size=1, max_size=30).filter(lambda name: len(name.encode()) <= 255)
values = st.one_of(
    st.booleans(),
    st.integers(-(2**7), 2**7 - 1).map(Byte),
    st.integers(-(2**15), 2**15 - 1).map(Short),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1).map(Long),
    st.binary(max_size=300),
    st.text(max_size=300),
    st.datetimes(timezones=st.just(UTC)),
    st.uuids(),
)
headers = st.one_of(
    st.just(
        {
            ":event-type": "PayloadPart",
            ":content-type": "application/octet-stream",
            ":message-type": "event",
        }
    ),
    st.dictionaries(names, values, max_size=8),
)
streams = st.lists(st.builds(encode_message, headers, st.binary(max_size=300)), max_size=8)
cuts = st.lists(st.integers(0, 4000), max_size=20)


def pieces(data: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in at), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def as_botocore_has_it(value: HeaderValue) -> object:
    """botocore leaves timestamps as milliseconds and UUIDs as bytes."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    return value.bytes if isinstance(value, UUID) else value


def botocore_decodes(parts: list[bytes]) -> tuple[list[tuple[dict[str, object], bytes]], bool]:
    buffer = EventStreamBuffer()
    messages = []
    try:
        for part in parts:
            buffer.add_data(part)
            for message in buffer:
                messages.append((message.headers, message.payload))  # noqa: PERF401 - keep on error
    except BOTOCORE_ERRORS:
        return messages, True
    return messages, False


def this_package_decodes(parts: list[bytes]) -> tuple[list[tuple[dict[str, object], bytes]], bool]:
    decoder = EventStreamDecoder()
    messages = []
    try:
        for part in parts:
            messages += [
                ({name: as_botocore_has_it(value) for name, value in found.items()}, payload)
                for found, payload in decoder.feed(part)
            ]
    except EventStreamDecodeError:
        return messages, True
    return messages, decoder.error is not None


@settings(deadline=None)
@given(streams, cuts)
def test_a_stream_gives_the_messages_that_botocore_gives(stream, at):
    parts = pieces(b"".join(stream), at)
    ours, failed = this_package_decodes(parts)
    assert not failed
    assert len(ours) == len(stream)
    assert (ours, False) == botocore_decodes(parts)


@settings(deadline=None)
@given(streams.filter(bool), cuts, st.data())
def test_a_damaged_byte_anywhere_is_refused_by_both_after_the_same_messages(stream, at, data):
    damaged = bytearray(b"".join(stream))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    parts = pieces(bytes(damaged), at)
    ours, failed = this_package_decodes(parts)
    assert failed
    assert (ours, True) == botocore_decodes(parts)


@settings(deadline=None)
@given(streams.filter(bool), cuts, st.integers(0, 4000))
def test_a_stream_cut_short_gives_the_messages_that_botocore_gives(stream, at, length):
    whole = b"".join(stream)
    parts = pieces(whole[: length % len(whole)], at)
    assert this_package_decodes(parts) == botocore_decodes(parts)


# Pieces of header blocks that make right ones and all sorts of wrong ones.
blocks = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"\x01a\x00",
                b"\x01b\x01",
                b"\x01c\x02\x80",
                b"\x01d\x03\x80\x00",
                b"\x01e\x04\x80\x00\x00\x00",
                b"\x01f\x05\x80" + bytes(7),
                b"\x01g\x06\x00\x02xy",
                b"\x01h\x07\x00\x02\xc3\xa9",
                b"\x01i\x08" + bytes(8),
                b"\x01j\x09" + bytes(16),
                b"\x02\xc3\xa9\x00",
                b"\x01\xc3\x00",
                b"\x01k\x07\x00\x01\xc3",
                b"\x01l\x0a",
                b"\x00\x00",
            ]
        ),
        st.binary(max_size=8),
    ),
    max_size=5,
).map(b"".join)


@settings(deadline=None, max_examples=400)
@given(blocks, st.binary(max_size=20), st.integers(-3, 3))
def test_header_blocks_that_are_accepted_are_accepted_by_botocore_as_the_same(block, payload, off):
    """The other way round does not hold: botocore takes values that the block cuts off, empty
    names, timestamps of any size, and headers that reach into the payload's or the CRC's bytes.
    """
    lengths = struct.pack(">II", 16 + len(block) + len(payload), max(0, len(block) + off))
    message = lengths + struct.pack(">I", zlib.crc32(lengths)) + block + payload
    parts = [message + struct.pack(">I", zlib.crc32(message))]
    ours, failed = this_package_decodes(parts)
    theirs, theirs_failed = botocore_decodes(parts)
    if theirs_failed:
        assert failed
    if not failed:
        assert len(ours) == 1
        assert ours == theirs
