"""Splitters of text, lines and JSON values: beside Python's own decoders, and whatever the cuts."""

from __future__ import annotations

import codecs
import json
import re
import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wrapper import _splitting
from wrapper._errors import ParameterError, StreamError
from wrapper._splitting import JSONSplitter, LineSplitter, Splitter, TextSplitter

cuts_strategy = st.lists(st.integers(0, 500), max_size=12)


def pieces(data: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in at), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def split(splitter: Splitter, parts: list[bytes]) -> tuple[list, str | None]:
    """Everything that the splitter finds, and the error's text."""
    found: list = []
    try:
        for part in parts:
            found += splitter.feed(part)
        found += splitter.end()
        found += splitter.end()  # which must find nothing twice, and raise what end deferred
    except StreamError as error:
        assert error is splitter.error  # noqa: PT017 - some streams have no error
        return found, str(error)
    return found, None


def byte_by_byte(data: bytes) -> list[bytes]:
    return [bytes((byte,)) for byte in data]


# Text

# With the byte order mark without which Python's incremental decoder refuses UTF-16 and UTF-32.
ENCODINGS = [
    ("utf-8", b""),
    ("utf-16", b"\xfe\xff"),
    ("utf-16-le", b""),
    ("utf-32", b"\xff\xfe\x00\x00"),
    ("latin-1", b""),
    ("cp1252", b""),
    ("shift_jis", b""),
    ("gb18030", b""),
]


@settings(deadline=None)
@given(
    st.one_of(st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace")), st.binary()),
    st.sampled_from(ENCODINGS),
    cuts_strategy,
)
@example("é€😀".encode(), ENCODINGS[0], list(range(10)))
@example(b"\xf0\x9f", ENCODINGS[0], [1])
@example("😀".encode("utf-16-be"), ENCODINGS[1], list(range(7)))
def test_text_is_what_decoding_the_whole_gives_whatever_the_cuts(data, encoding_and_mark, at):
    encoding, mark = encoding_and_mark
    data = mark + data
    texts, error = split(TextSplitter(encoding), pieces(data, at))
    assert error is None
    assert "" not in texts
    assert "".join(texts) == data.decode(encoding, "replace")


@settings(deadline=None)
@given(st.text(max_size=60), cuts_strategy)
def test_text_is_handed_over_as_soon_as_its_characters_are_whole(text, at):
    parts = pieces(text.encode(), at)
    splitter = TextSplitter()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for part in parts:
        assert "".join(splitter.feed(part)) == decoder.decode(part)


@pytest.mark.parametrize("encoding", ["no-such", "hex", "rot13", "zlib", "idna", "undefined", "\0"])
@pytest.mark.parametrize("kind", [TextSplitter, LineSplitter])
def test_an_encoding_that_python_does_not_decode_to_text_is_refused(kind, encoding):
    with pytest.raises(ParameterError, match="not a text encoding") as caught:
        kind(encoding)
    assert caught.value.parameter == "encoding"
    assert caught.value.value == encoding


@pytest.mark.parametrize("kind", [TextSplitter, LineSplitter])
def test_utf_16_without_a_byte_order_mark_is_the_typed_error(kind):
    splitter = kind("utf-16")
    with pytest.raises(StreamError, match="cannot be decoded as utf-16; utf-16 and utf-32 need a"):
        splitter.feed("secret".encode("utf-16-le"))


# Lines

line_text = st.text(st.sampled_from("ab\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029é😀"), max_size=60)


@settings(deadline=None)
@given(line_text, cuts_strategy)
@example("a\r\nb", [2])
@example("a\r\r\n\n", [1, 2, 3, 4])
@example("\r", [1])
def test_lines_end_at_cr_lf_and_crlf_and_nowhere_else_whatever_the_cuts(text, at):
    expected = re.split("\r\n|\n|\r", text)
    if expected[-1] == "":
        expected.pop()
    assert split(LineSplitter(), pieces(text.encode(), at)) == (expected, None)
    assert split(LineSplitter("utf-16"), pieces(text.encode("utf-16"), at)) == (expected, None)


@settings(deadline=None)
@given(st.binary(max_size=80), st.sampled_from(ENCODINGS), cuts_strategy)
def test_lines_of_arbitrary_bytes_are_those_of_their_text(data, encoding_and_mark, at):
    encoding, mark = encoding_and_mark
    data = mark + data
    expected = re.split("\r\n|\n|\r", data.decode(encoding, "replace"))
    if expected[-1] == "":
        expected.pop()
    assert split(LineSplitter(encoding), pieces(data, at)) == (expected, None)


def test_a_line_is_handed_over_at_its_end_without_waiting_for_more():
    splitter = LineSplitter()
    assert splitter.feed(b"one\r") == ["one"]
    assert splitter.feed(b"\ntwo") == []
    assert splitter.feed(b"\n\n") == ["two", ""]
    assert splitter.feed(b"three") == []
    assert splitter.end() == ["three"]
    assert splitter.end() == []


@settings(deadline=None)
@given(st.text(st.sampled_from("aé\n\r"), max_size=60), cuts_strategy)
def test_a_line_over_the_limit_is_refused_after_the_lines_before_it_whatever_the_cuts(text, at):
    limit = 5
    lines = re.split("\r\n|\n|\r", text)
    if lines[-1] == "":
        lines.pop()
    number = next((n for n, line in enumerate(lines, 1) if len(line) > limit), None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_splitting, "MAX_LINE_LENGTH", limit)
        splitter = LineSplitter()
        found, error = split(splitter, pieces(text.encode(), at))
    if number is None:
        assert (found, error) == (lines, None)
    else:
        assert found == lines[: number - 1]
        assert error is not None
        assert error.startswith(f"line {number} of the model's output is longer than 5 characters")
        with pytest.raises(StreamError, match=f"line {number} "):
            splitter.feed(b"more")
        with pytest.raises(StreamError, match=f"line {number} "):
            splitter.end()


def test_the_real_line_limit_is_over_25_mb_and_holds():
    splitter = LineSplitter()
    part = b"x" * (1024 * 1024)
    for _ in range(32):
        assert splitter.feed(part) == []
    with pytest.raises(StreamError, match="line 1 of the model's output is longer than 33554432"):
        splitter.feed(b"x")


# JSON values

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False),
        st.text(max_size=10),
        st.text(st.sampled_from('{}[]",:\\\n\u2028é😀'), max_size=10),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
separators = st.text(st.sampled_from(" \t\r\n,"), max_size=3)
dumped = st.builds(
    lambda value, ascii_only, indent: json.dumps(value, ensure_ascii=ascii_only, indent=indent),
    json_values,
    st.booleans(),
    st.sampled_from([None, 1]),
)
# Characters of which valid JSON, and everything next to it, is made.
json_like = st.text(st.sampled_from('{}{}[][]"""\\,: \n0123.-eEtruefalsn"NaI'), max_size=40)
WORD_STARTS = "-0123456789tfnNI"
WORD = re.compile(r"[-+.0-9A-Za-z]")


def parse_whole(text: str) -> tuple[list, int | None]:
    """The values of a whole text, and where the first one begins that is malformed or not whole."""
    values: list = []
    position = 0
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if position == len(text):
            return values, None
        try:
            value, end = json.JSONDecoder().raw_decode(text, position)
        except json.JSONDecodeError:
            return values, position
        if text[position] in WORD_STARTS and end < len(text) and WORD.match(text[end]):
            return values, position  # such as 1true or 01
        values.append(value)
        position = end


@settings(deadline=None)
@given(st.lists(st.tuples(dumped, separators), max_size=6), cuts_strategy)
def test_values_are_those_of_json_loads_whatever_the_cuts(items, at):
    text = ""
    for value, separator in items:
        between = WORD.match(value) and text and WORD.match(text[-1])
        text += f"{' ' if between else ''}{value}{separator}"
    found, error = split(JSONSplitter(), pieces(text.encode(), at))
    assert error is None
    assert found == [json.loads(value) for value, _ in items]
    assert (found, None) == parse_whole(text)


@settings(deadline=None, max_examples=500)
@given(json_like, cuts_strategy)
@example("12 34", [1, 2, 4])
@example('{"a":1}{"a":2}', [7])
@example('["\\\\"]["\\""]', list(range(13)))
@example("[1}", [])
@example('{"a" 1}', [])
@example("]", [])
@example("truefalse", [4])
@example("NaN,-Infinity,Infinity", [1, 5])
def test_text_like_json_gives_what_parsing_the_whole_gives_whatever_the_cuts(text, at):
    found, error = split(JSONSplitter(), pieces(text.encode(), at))
    values, offset = parse_whole(text)
    assert json.dumps(found) == json.dumps(values)  # NaN is not equal to itself
    if offset is None:
        assert error is None
    else:
        assert error is not None
        assert error.startswith(f"the JSON value at byte {offset} of the model's output ")


@settings(deadline=None)
@given(st.binary(max_size=80), cuts_strategy)
def test_arbitrary_bytes_give_values_or_the_typed_error_whatever_the_cuts(data, at):
    whole = split(JSONSplitter(), [data])
    assert repr(split(JSONSplitter(), pieces(data, at))) == repr(whole)
    assert repr(split(JSONSplitter(), byte_by_byte(data))) == repr(whole)


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b'{"a":1}{"a":2}', [{"a": 1}, {"a": 2}]),
        (b'{"a":1}\n{"a":2}\n', [{"a": 1}, {"a": 2}]),
        (b'{"a":1}, {"a":2},', [{"a": 1}, {"a": 2}]),
        (b"[1,2]\n[3]", [[1, 2], [3]]),
        (b"1234", [1234]),
        (b'1"a""b"true[]null{}-0.5e3', [1, "a", "b", True, [], None, {}, -500.0]),
        (b"\xef\xbb\xbf[1]", [[1]]),
        (b"\xef\xbb\xbf", []),
        (b" \r\n\t", []),
        (b"", []),
        (b'"\\ud83d\\ude00 \xf0\x9f\x98\x80"', ["😀 😀"]),
        (b'"\xed\xa0\x80"', ["\ud800"]),  # json.loads lets lone surrogates pass too
        (b'["' + b"\\n" * 1000 + b'{"]', ["\n" * 1000 + "{"]),
        (b"[" + b'"{",' * 1000 + b'"{"]', [["{"] * 1001]),
    ],
)
def test_sequences_of_values_in_every_form(data, values):
    if len(values) == 1 and isinstance(values[0], str) and len(values[0]) > 1000:
        values = [[values[0]]]
    assert split(JSONSplitter(), [data]) == (values, None)
    assert split(JSONSplitter(), byte_by_byte(data)) == (values, None)


def test_a_value_is_handed_over_with_its_last_byte_and_a_word_with_the_byte_after_it():
    splitter = JSONSplitter()
    assert splitter.feed(b'{"a":[1') == []
    assert splitter.feed(b"]}") == [{"a": [1]}]
    assert splitter.feed(b"12") == []
    assert splitter.feed(b"34") == []
    assert splitter.feed(b"\n") == [1234]
    assert splitter.feed(b"nul") == []
    assert splitter.feed(b'l"te') == [None]
    assert splitter.feed(b'xt"') == ["text"]
    assert splitter.feed(b"5") == []
    assert splitter.end() == [5]
    assert splitter.end() == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"<html>", "byte 0 of the model's output begins with a byte that begins no JSON value"),
        (b"[1] ]", "byte 4 of the model's output begins with a byte that begins no JSON value"),
        (b"\xef\xbb", "byte 0 of the model's output begins with a byte that begins no JSON value"),
        (b"\xef\xbb\xbf\xef\xbb\xbf1", "byte 3 of the model's output begins with a byte"),
        (b'[1] {"a":', "byte 4 of the model's output is not whole: the output ended inside it"),
        (b'"text', "byte 0 of the model's output is not whole: the output ended inside it"),
        (b"[1] [2}", "byte 4 of the model's output is not JSON: Expecting ',' delimiter at its"),
        (b"[1] tru", "byte 4 of the model's output is not JSON: Expecting value at its character"),
        (b"01", "byte 0 of the model's output is not JSON: Extra data at its character 1"),
        (b'"\xff"', "byte 0 of the model's output is not JSON: its byte 1 is not UTF-8"),
        (b"9" * 5000, "is not JSON: it holds an integer of more digits than Python converts"),
        (b"[" * 513, "byte 0 of the model's output is nested deeper than 512"),
        (b"[" * 100_000, "byte 0 of the model's output is nested deeper than 512"),
    ],
)
def test_the_error_says_what_is_wrong_and_where(data, text):
    for parts in ([data], byte_by_byte(data)):
        _, error = split(JSONSplitter(), parts)
        assert error is not None
        assert text in error


def test_values_as_deep_as_the_limit_pass_and_depth_is_counted_for_each_value():
    data = b'[{"a":' * 256 + b'"[[[["' + b"}]" * 256
    found, error = split(JSONSplitter(), [data * 3])
    assert error is None
    assert found == [json.loads(data)] * 3


def test_values_before_a_malformed_one_come_first_and_then_the_error_for_good():
    splitter = JSONSplitter()
    assert splitter.feed(b'{"a":1}{"a":2}{"a"}{"a":3}') == [{"a": 1}, {"a": 2}]
    assert isinstance(splitter.error, StreamError)
    for _ in range(2):
        with pytest.raises(StreamError, match="JSON value at byte 14 of the model's output is not"):
            splitter.feed(b"1 ")
        with pytest.raises(StreamError, match="JSON value at byte 14 of the model's output is not"):
            splitter.end()


@pytest.mark.parametrize(
    "data", [b'{"a": secret}', b'"secret\x01"', b"secret", b'["secret"}', b"-secret "]
)
def test_no_error_holds_what_could_not_be_parsed(data):
    splitter = JSONSplitter()
    with pytest.raises(StreamError) as caught:
        splitter.feed(data)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@settings(deadline=None)
@given(st.lists(dumped, max_size=5), cuts_strategy)
def test_a_value_over_the_limit_is_refused_after_the_values_before_it_whatever_the_cuts(values, at):
    limit = 12
    data = "\n".join(values).encode()
    good = 0
    while good < len(values) and len(values[good].encode()) <= limit:
        good += 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_splitting, "MAX_JSON_LENGTH", limit)
        splitter = JSONSplitter()
        found, error = split(splitter, pieces(data, at))
    assert found == [json.loads(value) for value in values[:good]]
    assert len(splitter._earlier) <= limit
    if good == len(values):
        assert error is None
    else:
        offset = sum(len(value.encode()) + 1 for value in values[:good])
        assert error == (
            f"the JSON value at byte {offset} of the model's output is longer than 12 bytes"
        )


# Time and memory

LONG = [
    pytest.param(TextSplitter, b"\xf0\x9f\x98\x80", id="text"),
    pytest.param(LineSplitter, b"x", id="line"),
    pytest.param(JSONSplitter, b'{"', id="JSON object"),
    pytest.param(JSONSplitter, b'"\\', id="JSON string"),
]


def long_output(kind: type[Splitter], sample: bytes, count: int) -> bytes:
    """One long value for the splitter to wait for."""
    if kind is not JSONSplitter:
        return sample * (count // len(sample))
    if sample == b'{"':
        return b'{"' + b'k":["a\\"b",1],"' * (count // 15) + b'k":0}'
    return b'"' + b"\\n" * (count // 2) + b'"'


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "sample"), LONG)
def test_time_is_linear_when_a_long_value_comes_byte_by_byte(kind, sample):
    def seconds(count: int) -> float:
        parts = byte_by_byte(long_output(kind, sample, count))
        start = time.process_time()
        _, error = split(kind(), parts)
        assert error is None
        return time.process_time() - start

    # 64 times the bytes: linear is 64 times the time, quadratic 4096 times.
    assert seconds(640_000) < 200 * min(seconds(10_000) for _ in range(5))


def test_no_byte_of_a_json_value_is_scanned_or_parsed_again_with_each_part(monkeypatch):
    scanned = parsed = 0

    def counting(match):
        def wrapped(part, position):
            nonlocal scanned
            result = match(part, position)
            scanned += result.end() - position
            return result

        return wrapped

    def counting_parse(text):
        nonlocal parsed
        parsed += len(text)
        return json.JSONDecoder().raw_decode(text)

    for name in ("_match_separators", "_match_word", "_match_string_rest", "_match_to_bracket"):
        monkeypatch.setattr(_splitting, name, counting(getattr(_splitting, name)))
    monkeypatch.setattr(_splitting, "_decode_json", counting_parse)
    data = b'{"k":["a\\"b",1.5,true]} 12345 "text" ' * 50 + b"[" + b'{"k":"v"},' * 500 + b"0]"
    for size in (1, 3, 10, 1000, len(data)):
        scanned = parsed = 0
        found, error = split(
            JSONSplitter(), [data[start : start + size] for start in range(0, len(data), size)]
        )
        assert error is None
        assert len(found) == 151
        assert scanned <= len(data)
        assert parsed <= len(data)


def test_many_strings_and_escapes_do_not_make_the_scanner_take_memory():
    data = b'["' + b"\\n" * 500_000 + b'",' + b'"a",' * 250_000 + b'"a"'  # 2 MB, not yet whole
    splitter = JSONSplitter()
    tracemalloc.start()
    try:
        assert splitter.feed(data) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(data)
    (value,) = splitter.feed(b"]")
    assert len(value) == 250_002
