# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.

"""Types that every operation shares"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import IO, BinaryIO, Generic, Literal, TypeVar


class Unset:
    """The type of a parameter that was not given."""

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Unset = Unset()

FileContent = IO[bytes] | bytes | str
FileTypes = (
    tuple[str | None, FileContent, str | None]
    | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
RequestFiles = list[tuple[str, FileTypes]]


# What a path loses, or is shortened by, on the way (RFC 3986, section 5.2.4).
_NO_SEGMENTS = ("", ".", "..")
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def path_segment(value: object) -> str:
    """A value as a segment of a path: percent-encoded (RFC 3986, section 2.3).

    Raises:
        ValueError: It is empty, `.` or `..`, and would make another path. Encoding dots does not
            help: on the way, `%2E` means the same.
    """
    text = str(value)
    if text in _NO_SEGMENTS:
        raise ValueError(
            f"{text!r} cannot be a segment of a path: any text but '', '.' and '..' can"
        )
    if not text.strip(_UNRESERVED):
        return text
    from urllib.parse import quote  # its import takes longer than building a request

    return quote(text, safe="")


# No attrs here: every operation imports this module, and importing attrs takes longer than a call.
class File:
    """A file in a multipart body or in a model."""

    __slots__ = ("file_name", "mime_type", "payload")

    def __init__(
        self, payload: BinaryIO, file_name: str | None = None, mime_type: str | None = None
    ) -> None:
        self.payload = payload
        self.file_name = file_name
        self.mime_type = mime_type

    def to_tuple(self) -> FileTypes:
        """The tuple that httpx takes for a multipart body."""
        return self.file_name, self.payload, self.mime_type

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, File):
            return NotImplemented
        return self.to_tuple() == other.to_tuple()

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"File(file_name={self.file_name!r}, mime_type={self.mime_type!r})"


T = TypeVar("T")


class Response(Generic[T]):
    """An answer: any status that a server can send, its bytes, and what they mean, if anything.

    `parsed` is None where the spec does not know the status, or the body is not what the spec says.
    """

    __slots__ = ("content", "headers", "parsed", "status_code")

    def __init__(
        self,
        status_code: int,
        content: bytes,
        headers: MutableMapping[str, str],
        parsed: T | None,
    ) -> None:
        self.status_code = status_code
        self.content = content
        self.headers = headers
        self.parsed = parsed

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Response):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"Response(status_code={self.status_code})"


__all__ = ["UNSET", "File", "FileTypes", "RequestFiles", "Response", "Unset", "path_segment"]
