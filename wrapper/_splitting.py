"""Splitters: the model's output, in parts cut anywhere, into text, lines or JSON values.

Each is fed with parts and returns what they complete; `end` returns what remains. The result is the
same whatever the cuts. Time is linear in the bytes, and what is kept is one unfinished value, of
bounded size. (Server-sent events have a module of their own, on top of this one.)
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from io import StringIO
from typing import Any, Generic, TypeVar, cast

from wrapper._errors import ParameterError, StreamError
from wrapper._json_problem import json_problem

__all__ = [
    "MAX_JSON_DEPTH",
    "MAX_JSON_LENGTH",
    "MAX_LINE_LENGTH",
    "JSONSplitter",
    "LineSplitter",
    "Splitter",
    "TextSplitter",
]

# Generous: more than the 25 MB that a whole real-time answer may have.
MAX_LINE_LENGTH = 32 * 1024 * 1024
"""Characters in a line, at most; its end not counted."""

MAX_JSON_LENGTH = 32 * 1024 * 1024
"""Bytes in a JSON value, at most."""

MAX_JSON_DEPTH = 512
"""Arrays and objects inside each other in a JSON value, at most (Python's parser recurses)."""

_T = TypeVar("_T")


class Splitter(Generic[_T]):
    """What all splitters share: feeding, ending and failing.

    What is malformed ends the stream: everything before it is handed over first, then `feed` and
    `end` raise the same error for good. Not thread-safe.

    Attributes:
        error: What the next call will raise, or None. Set together with the values that came before
            the malformed one, for a caller who would otherwise wait for more bytes first.
    """

    def __init__(self) -> None:
        self.error: StreamError | None = None

    def feed(self, part: bytes) -> list[_T]:
        """Take the next part of the output.

        Returns:
            The values that it completes, in order.

        Raises:
            StreamError: The output is malformed. Raised by the next call instead when this part
                completes values before the malformed one.
        """
        return self._run(part, final=False)

    def end(self) -> list[_T]:
        """Say that the output has ended well.

        Returns:
            What remained.

        Raises:
            StreamError: The output is malformed (see `feed`) or ends inside a value.
        """
        return self._run(b"", final=True)

    def _run(self, part: bytes, *, final: bool) -> list[_T]:
        if self.error is not None:
            raise self.error
        found: list[_T] = []
        try:
            self._split(part, found, final=final)
        except StreamError as error:
            self.error = error
            if not found:
                raise
        return found

    def _split(self, part: bytes, found: list[_T], *, final: bool) -> None:
        """Append to `found` what `part` completes, and what remains if it is the final one.

        Raises:
            StreamError: The output is malformed after what was found.
        """
        raise NotImplementedError


class _DecodingSplitter(Splitter[str]):
    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        try:
            b" ".decode(encoding, "replace")  # refuses Python's codecs that are not of text
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        except (LookupError, ValueError):
            raise ParameterError(
                f"encoding: {encoding!r} is not a text encoding that Python can decode in parts",
                parameter="encoding",
                rule="the name of a text encoding that Python knows, such as 'utf-8'",
                value=encoding,
            ) from None
        self._encoding = encoding

    def _decode(self, part: bytes, *, final: bool) -> str:
        try:
            return self._decoder.decode(part, final)
        except UnicodeError:  # UTF-16 or UTF-32 without a byte order mark
            problem = f"the model's output cannot be decoded as {self._encoding}"
        raise StreamError(f"{problem}; utf-16 and utf-32 need a byte order mark or -le or -be")


class TextSplitter(_DecodingSplitter):
    """Text, never cut inside a character; bytes that are not valid give U+FFFD.

    Args:
        encoding: A name that Python's `codecs` knows.

    Raises:
        ParameterError: The encoding is unknown.
    """

    def _split(self, part: bytes, found: list[str], *, final: bool) -> None:
        if text := self._decode(part, final=final):
            found.append(text)


class LineSplitter(_DecodingSplitter):
    r"""Lines of text without their ends, which are `\n`, `\r\n` and `\r`.

    Nothing else ends a line, unlike in `str.splitlines`: a line of JSON may hold U+2028. A last
    line without an end is handed over by `end`. A line over `MAX_LINE_LENGTH` is an error.

    Args:
        encoding: A name that Python's `codecs` knows; bytes that are not valid give U+FFFD.

    Raises:
        ParameterError: The encoding is unknown.
    """

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(encoding)
        self._line = StringIO()  # the beginning of a line that has not ended
        self._length = 0  # of it
        self._after_cr = False  # a "\n" that comes next belongs to the line end before
        self._number = 1  # of the line, in the output

    def _split(self, part: bytes, found: list[str], *, final: bool) -> None:
        text = self._decode(part, final=final)
        if self._after_cr and text:
            self._after_cr = False
            text = text.removeprefix("\n")
        if "\r" in text:
            self._after_cr = text.endswith("\r")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        may_be_too_long = self._length + len(text) > MAX_LINE_LENGTH
        lines = text.split("\n")
        rest = lines.pop()
        if lines:
            if self._length:
                self._line.write(lines[0])
                lines[0] = self._take_line()
            if may_be_too_long:
                for line in lines:
                    self._check_length(len(line))
                    found.append(line)
                    self._number += 1
            else:
                found += lines
                self._number += len(lines)
        if rest:
            self._length += len(rest)
            self._check_length(self._length)
            self._line.write(rest)
        if final and self._length:
            found.append(self._take_line())

    def _take_line(self) -> str:
        line = self._line.getvalue()
        self._line = StringIO()
        self._length = 0
        return line

    def _check_length(self, length: int) -> None:
        if length > MAX_LINE_LENGTH:
            raise StreamError(
                f"line {self._number} of the model's output is longer than {MAX_LINE_LENGTH} "
                f"characters; is it made of lines? Iterate over its bytes or its text instead"
            )


def _matcher(pattern: bytes) -> Callable[[bytes, int], re.Match[bytes]]:
    """Return the matcher of a pattern that matches the empty string too, so never gives None."""
    return cast("Callable[[bytes, int], re.Match[bytes]]", re.compile(pattern, re.DOTALL).match)


# Groups repeat at most 100 times a match, for `re` keeps some 60 bytes for each repetition to go
# back to (and gets possessive groups wrong before Python 3.11.5). A match that stops for this at a
# quote or a backslash is taken up again as any string or escape.
_match_separators = _matcher(rb"[ \t\r\n,]*")
_match_word = _matcher(rb"[-+.0-9A-Za-z]*")
_match_string_rest = _matcher(rb'[^"\\]*+(?:\\.[^"\\]*+){0,100}')
_match_to_bracket = _matcher(
    rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+){0,100}"[^"{}\[\]]*+){0,100}'
)

_QUOTE, _BACKSLASH = b'"\\'
_OPENING = frozenset(b"{[")
_WORD_STARTS = frozenset(b"-0123456789tfnNI")  # N and I: NaN and Infinity, which json.loads takes

_BETWEEN, _WORD, _STRING, _NESTED = range(4)  # where the next byte is; a string may be nested

_decode_json = json.JSONDecoder().raw_decode


class JSONSplitter(Splitter[Any]):
    """JSON values, one after the other, each as `json.loads` gives it.

    Between values there may be whitespace, newlines (JSON lines), commas, or nothing:
    `{"a":1}{"a":2}` is two values. Numbers and words need something between them: `1 2` is two
    values, `12` is one. An array at the top is one value. The encoding is UTF-8; a byte order mark
    at the beginning is skipped.

    A value is parsed when its last byte is there; a number or a word at the top, when the byte
    after it is. Errors are a value that is not JSON, one over `MAX_JSON_LENGTH` or deeper than
    `MAX_JSON_DEPTH`, and an end inside a value. They name the byte of the output, and never repeat
    any of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._beginning: bytes | None = b""  # the first bytes while they may be a byte order mark
        self._offset = 0  # of the part, in the output
        self._state = _BETWEEN
        self._depth = 0
        self._escaped = False  # in a string, after a backslash
        self._earlier = bytearray()  # what earlier parts hold of the value

    def _split(self, part: bytes, found: list[Any], *, final: bool) -> None:
        if self._beginning is not None:
            part = self._beginning + part
            if not final and len(part) < 3 and codecs.BOM_UTF8.startswith(part):
                self._beginning = part
                return
            self._beginning = None
            if part.startswith(codecs.BOM_UTF8):
                part = part[3:]
                self._offset = 3
        length = len(part)
        position = start = 0  # start: of the value, in this part
        state = self._state
        while position < length:
            if state == _NESTED:
                position = _match_to_bracket(part, position).end()
                if position == length:
                    break
                byte = part[position]
                position += 1
                if byte == _QUOTE:  # of a string that ends in a later part, mostly
                    state = _STRING
                elif byte in _OPENING:
                    self._depth += 1
                    if self._depth > MAX_JSON_DEPTH:
                        raise self._malformed(start, f"is nested deeper than {MAX_JSON_DEPTH}")
                else:
                    # Whether it closes what was opened is for the parser to say.
                    self._depth -= 1
                    if not self._depth:
                        state = _BETWEEN
                        found.append(self._parse(part, start, position))
            elif state == _BETWEEN:
                position = start = _match_separators(part, position).end()
                if position == length:
                    break
                byte = part[position]
                if byte in _OPENING:
                    state = _NESTED
                    self._depth = 1
                    position += 1
                elif byte == _QUOTE:
                    state = _STRING
                    position += 1
                elif byte in _WORD_STARTS:
                    state = _WORD
                else:
                    raise self._malformed(start, "begins with a byte that begins no JSON value")
            elif state == _STRING:
                if self._escaped:
                    self._escaped = False
                    position += 1
                    continue
                position = _match_string_rest(part, position).end()
                if position == length:
                    break
                self._escaped = part[position] == _BACKSLASH
                position += 1
                if not self._escaped:
                    state = _NESTED if self._depth else _BETWEEN
                    if state == _BETWEEN:
                        found.append(self._parse(part, start, position))
            else:
                position = _match_word(part, position).end()
                if position < length:
                    state = _BETWEEN
                    found.append(self._parse(part, start, position))
        if final and state == _WORD:
            state = _BETWEEN
            found.append(self._parse(part, start, length))
        if state != _BETWEEN:
            if final:
                raise self._malformed(start, "is not whole: the output ended inside it")
            self._check_length(len(self._earlier) + length - start, start)
            self._earlier += part[start:]
        self._state = state
        self._offset += length

    def _parse(self, part: bytes, start: int, end: int) -> Any:
        raw = part[start:end]
        if self._earlier:
            raw = bytes(self._earlier) + raw
        self._check_length(len(raw), start)
        try:
            text = str(raw, "utf-8", "surrogatepass")  # as json.loads decodes
            value, text_end = _decode_json(text)
        except (ValueError, RecursionError) as error:
            problem = json_problem(error)
        else:
            if text_end == len(text):
                self._earlier.clear()
                return value
            problem = f"Extra data at its character {text_end}"
        # Raised here, outside of the handler: the parser's error holds what it could not parse.
        raise self._malformed(start, f"is not JSON: {problem}")

    def _check_length(self, length: int, start: int) -> None:
        if length > MAX_JSON_LENGTH:
            raise self._malformed(start, f"is longer than {MAX_JSON_LENGTH} bytes")

    def _malformed(self, start: int, problem: str) -> StreamError:
        offset = self._offset + start - len(self._earlier)
        return StreamError(f"the JSON value at byte {offset} of the model's output {problem}")
