"""A directory that stands for S3: a folder a bucket, a file an object."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["InvalidLocationError", "ObjectStore", "split_location"]

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_LOCATION = re.compile(r"s3://([^/]+)/(.+)", re.DOTALL)
_DEFAULT_CONTENT_TYPE = "binary/octet-stream"  # S3's own


class InvalidLocationError(Exception):
    """A bucket's name or a key that the store does not take."""


def split_location(location: str) -> tuple[str, str]:
    """Bucket and key of an `s3://bucket/key`.

    Raises:
        InvalidLocationError: It is something else.
    """
    match = _LOCATION.fullmatch(location)
    if match is None:
        raise InvalidLocationError(f"{location!r} is not a location of the form s3://bucket/key")
    return match[1], match[2]


class ObjectStore:
    """Objects in files under a root, and nothing outside it.

    Args:
        root: The directory; made when it is not there.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root.resolve()
        self._content_types: dict[Path, str] = {}

    def path(self, bucket: str, key: str) -> Path:
        """The file of an object, whether it is there or not.

        Raises:
            InvalidLocationError: The bucket's name is not valid, or the key has empty, `.` or `..`
                segments or leads outside the bucket's folder.
        """
        if not _BUCKET.fullmatch(bucket) or ".." in bucket:
            raise InvalidLocationError(f"{bucket!r} is not a valid name of a bucket")
        if "\0" in key or any(segment in {"", ".", ".."} for segment in key.split("/")):
            raise InvalidLocationError(
                f"the key {key!r} has an empty, '.' or '..' segment, or a null character"
            )
        folder = self._root / bucket
        path = folder / key
        # A link that somebody put there must not lead out either.
        if not Path(os.path.realpath(path)).is_relative_to(folder):
            raise InvalidLocationError(f"the key {key!r} leads outside its bucket")
        return path

    def status(self, path: Path) -> os.stat_result | None:
        """What the file system says of an object; None when it is not there."""
        try:
            status = path.stat()
        except (OSError, ValueError):
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def content_type(self, path: Path) -> str:
        """The media type an object was put with."""
        return self._content_types.get(path, _DEFAULT_CONTENT_TYPE)

    @contextmanager
    def writing(self, path: Path, content_type: str | None) -> Iterator[BinaryIO]:
        """Write an object: it appears whole when the block ends, and not at all if it raises."""
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not a bucket's name, and on the same file system, so that the move is atomic.
        uploads = self._root / ".uploads"
        uploads.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=uploads)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
        self._content_types[path] = content_type or _DEFAULT_CONTENT_TYPE
