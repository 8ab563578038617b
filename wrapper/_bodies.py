"""Request bodies: what callers hand in, as the bytes that go on the wire and their media type."""

from __future__ import annotations

from collections import UserString
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

from wrapper._errors import ParameterError

__all__ = ["Body", "encode_body"]

BINARY = "application/octet-stream"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


class BinaryFile(Protocol):
    """What is open for reading bytes."""

    def read(self) -> bytes:
        """Everything from the present position to the end."""
        ...


Body: TypeAlias = (
    "bytes | bytearray | memoryview | str | BinaryFile | Mapping[str, object] | Sequence[object]"
)
"""Bytes, text (sent as UTF-8), a binary file, or a mapping or sequence (sent as JSON)."""

_ACCEPTED = "bytes, str, a file open for binary reading, or a mapping or sequence to send as JSON"


def encode_body(body: object, content_type: str | None = None) -> tuple[bytes, str]:
    """The bytes of a body, and the media type to send them with.

    Bytes are not copied. A file is read from its present position to its end.

    Args:
        body: The body.
        content_type: Its media type as the caller names it.

    Raises:
        ParameterError: It is none of what is accepted, or not fit for JSON or for the media type.
    """
    content, media_type = _encode(body)
    if content_type is None:
        return content, media_type
    if media_type is JSON and str(content_type).lower().startswith("text/csv"):
        raise _error(
            f"a {type(body).__name__} is sent as JSON, which content_type={content_type!r} is not: "
            "give the lines as text, such as '5.1,3.5\\n4.9,3.0'"
        )
    return content, content_type


def _encode(body: object) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, BINARY
    if isinstance(body, UserString):
        body = body.data
    if isinstance(body, str):
        try:
            return body.encode(), TEXT
        except UnicodeEncodeError:
            raise _error("text must be fit for UTF-8: it has lone surrogates") from None
    if isinstance(body, bytearray | memoryview):
        return bytes(body), BINARY
    read = getattr(body, "read", None)
    if callable(read):
        _check_readable(body)
        return _read(read), BINARY
    if isinstance(body, Mapping | Sequence):
        return _as_json(body), JSON
    raise _error(f"it must be {_ACCEPTED}, not {type(body).__name__}{_hint(body)}")


def _hint(body: object) -> str:
    if body is None:
        return "; an empty body is b''"
    if isinstance(body, int | float):
        return "; for other JSON, give json.dumps(…)"
    if hasattr(body, "to_csv"):  # pandas'
        return "; give its to_csv(header=False, index=False), or its to_dict()"
    if hasattr(body, "tolist"):  # NumPy's
        return "; give its tolist(), or its bytes in the format that the model reads"
    if hasattr(body, "read_bytes"):  # a path
        return "; give its read_bytes()"
    if hasattr(body, "model_dump"):  # Pydantic's
        return "; give its model_dump(mode='json')"
    if hasattr(body, "__dataclass_fields__"):
        return "; give dataclasses.asdict(…)"
    if isinstance(body, Iterator | set | frozenset):
        return "; give list(…), or b''.join(…)"
    return ""


def _check_readable(file: object) -> None:
    if getattr(file, "closed", False) is True:
        raise _error("the file is closed: open it again, or give its bytes")
    readable = getattr(file, "readable", None)
    if callable(readable) and not readable():
        raise _error("the file is not open for reading ('rb')")


def _read(read: Callable[[], object]) -> bytes:
    content = read()
    if isinstance(content, bytes):
        return content
    if isinstance(content, bytearray | memoryview):
        return bytes(content)
    if isinstance(content, str):
        raise _error("a file must be open in binary mode ('rb'): this one gives str")
    raise _error(f"a file's read() must give bytes: this one gives {type(content).__name__}")


def _as_json(body: Mapping[str, object] | Sequence[object]) -> bytes:
    import json

    # A body that failed may be shown neither whole nor in part: only types are named.
    try:
        text = json.dumps(
            body, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
        )
        return text.encode()
    except UnicodeEncodeError:
        raise _error("its text must be fit for UTF-8: it has lone surrogates") from None
    except _UnfitForJsonError as error:
        raise _error(f"JSON has no {error}") from None
    except TypeError:
        raise _error("the keys of a JSON object must be str") from None
    except ValueError:
        raise _error(_what_json_has_not(body)) from None
    except RecursionError:
        raise _error("it is nested too deeply for JSON") from None


def _what_json_has_not(body: object) -> str:
    """Say why `json.dumps` refused a value: it has NaN or an infinity, or is inside itself."""
    from math import isfinite

    seen: set[int] = set()
    found: list[tuple[str, object]] = [("body", body)]
    while found:
        place, value = found.pop()
        if isinstance(value, float) and not isfinite(value):
            return (
                f"JSON has neither NaN nor infinities: {place} is {value}. Put None in its place, "
                "or give json.dumps(…), which writes them as Python does, if the model reads that"
            )
        if id(value) in seen or isinstance(value, str):
            continue
        seen.add(id(value))
        # A key may be as secret as a value: only positions are shown.
        if isinstance(value, Mapping):
            found.extend((f"a key of {place}", key) for key in value)
            found.extend((f"{place}[…]", each) for each in value.values())
        elif isinstance(value, Sequence):
            found.extend((f"{place}[{index}]", each) for index, each in enumerate(value))
    return "JSON cannot hold what is inside itself"


class _UnfitForJsonError(Exception):
    """The name of the type that JSON has no form for, and what to give instead."""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    hint = "; give list(…)" if isinstance(value, Iterator | set | frozenset) else _hint(value)
    hint = hint or "; give json.dumps(…) or bytes of your own"
    raise _UnfitForJsonError(f"{type(value).__name__}{hint}")


def _error(rule: str) -> ParameterError:
    return ParameterError(f"body: {rule}", parameter="body", rule=rule)
