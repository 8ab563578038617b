"""What the local runtime received, for a test to look at."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any, overload

import attrs

from wrapper._headers import Headers

__all__ = ["ReceivedRequest", "RequestLog"]

_MAX_REQUESTS = 1_000
_MAX_BODY_BYTES = 64 * 1024 * 1024


@attrs.frozen
class ReceivedRequest:
    """One request as it came.

    Attributes:
        operation: `InvokeEndpoint`, `GetObject` …, or None when the path names none.
        endpoint_name: The endpoint the path names, or None.
        method: The HTTP method.
        path: The path as on the wire.
        query: The query as on the wire, without `?`.
        headers: The headers; names compare without case.
        body: The body; empty for an object that is put, which goes to its file.
        access_key_id: Who signed it; None when the signature was refused.
    """

    operation: str | None
    endpoint_name: str | None
    method: str
    path: str
    query: str = attrs.field(repr=False)
    headers: Headers
    body: bytes = attrs.field(repr=False)
    access_key_id: str | None

    def text(self) -> str:
        """The body as UTF-8 text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class RequestLog(Sequence[ReceivedRequest]):
    """The last requests, oldest first: 1,000 at most, and 64 MiB of bodies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[ReceivedRequest] = deque()
        self._body_bytes = 0

    def add(self, request: ReceivedRequest) -> None:
        """Keep a request, and forget the oldest ones that no longer fit."""
        with self._lock:
            self._requests.append(request)
            self._body_bytes += len(request.body)
            while len(self._requests) > _MAX_REQUESTS or (
                self._body_bytes > _MAX_BODY_BYTES and len(self._requests) > 1
            ):
                self._body_bytes -= len(self._requests.popleft().body)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._requests.clear()
            self._body_bytes = 0

    def __len__(self) -> int:
        return len(self._requests)

    @overload
    def __getitem__(self, index: int) -> ReceivedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[ReceivedRequest]: ...
    def __getitem__(self, index: int | slice) -> ReceivedRequest | list[ReceivedRequest]:
        with self._lock:
            return list(self._requests)[index]

    def __repr__(self) -> str:
        return f"RequestLog({self[:]!r})"
