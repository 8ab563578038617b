"""One request and its answer, with a way to break the connection that carries them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import struct
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal, TypeAlias

from starlette.types import Message, Receive, Scope, Send

from wrapper.local._signatures import ReceivedHead

__all__ = ["TRANSPORT", "BodyTooLargeError", "Exchange", "Framing"]

TRANSPORT = "wrapper.local.transport"
"""The key of `scope["state"]` under which the server keeps the connection's transport."""

Framing: TypeAlias = Literal["chunked", "connection-close"]
"""How the end of a body of unknown length is told: by a last chunk, or by closing."""

_FLUSH_SECONDS = 5.0
_RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # struct linger


class BodyTooLargeError(Exception):
    """The request's body is over the limit. It has been read to its end, and dropped."""


class Exchange:
    """A request being answered.

    Attributes:
        scope: The ASGI scope.
        head: The request without its body.
        request_id: The id the answer carries.
        serve: Gives the true answer; for a fault that comes on top of it.
        send: Sends an ASGI message; a fault may put its own in front.
    """

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, clock: Callable[[], datetime]
    ) -> None:
        self.scope = scope
        self.head = ReceivedHead(
            method=scope["method"],
            path=scope["raw_path"].decode("ascii"),
            query=scope["query_string"].decode("ascii"),
            headers=[
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in scope["headers"]
            ],
        )
        self.request_id = str(uuid.uuid4())
        self.serve: Callable[[], Awaitable[None]]  # set before any fault is run
        self.send: Send = self._send
        self.started = False
        self.status_code: int | None = None
        self._receive_asgi = receive
        self._send_asgi = send
        self._clock = clock
        self._transport: asyncio.Transport = scope["state"][TRANSPORT]
        self._by_hand = False
        # A client that waits to be told to continue is between two states until it has been.
        has = {name for name, value in self.head.headers if value != "0"}
        self._unread = bool(has & {"content-length", "transfer-encoding", "expect"})

    # --- the request -------------------------------------------------------------------------

    async def read_body(self, limit: int) -> tuple[bytes, str]:
        """The body and its SHA-256 in hex.

        Raises:
            BodyTooLargeError: It has more than `limit` bytes.
            ConnectionResetError: The client left.
        """
        chunks: list[bytes] = []
        size, digest = 0, hashlib.sha256()
        async for chunk in self.body_chunks():
            size += len(chunk)
            if size > limit:
                chunks.clear()  # and read on: a client that still sends would not see the answer
                continue
            chunks.append(chunk)
            digest.update(chunk)
        if size > limit:
            raise BodyTooLargeError
        return b"".join(chunks), digest.hexdigest()

    async def body_chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            ConnectionResetError: The client left.
        """
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            more = message.get("more_body", False)
            chunk = message.get("body", b"")
            if chunk:
                yield chunk

    async def discard_body(self) -> None:
        """Read what is left of the body: a client that still sends would not see the answer.

        One that waits to be told to continue is not told.

        Raises:
            ConnectionResetError: The client left.
        """
        if self._unread and self.head.get("expect") is None:
            async for _ in self.body_chunks():
                pass

    async def receive(self) -> Message:
        """Receive an ASGI message."""
        message = await self._receive_asgi()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._unread = False
        return message

    async def disconnected(self) -> None:
        """Wait until the client has left; what it still sends is dropped."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    # --- the answer --------------------------------------------------------------------------

    async def answer(self, status_code: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Send a whole answer, with its length."""
        await self.start(status_code, {**headers, "content-length": str(len(body))})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def start(self, status_code: int, headers: Mapping[str, str]) -> None:
        """Send the status and the headers; without `content-length` the body is chunked."""
        await self.send(
            {
                "type": "http.response.start",
                "status": status_code,
                "headers": [
                    (name.lower().encode("latin-1"), value.encode("latin-1"))
                    for name, value in headers.items()
                ],
            }
        )

    async def write(self, data: bytes) -> None:
        """Send a part of the body, at once."""
        await self.send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """End the body as its framing has it."""
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    def delimit_by_close(self) -> None:
        """Make the end of the connection the end of the body.

        The HTTP library would always chunk: from here on the answer is written by hand.
        """
        self._by_hand = True

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status_code = message["status"]
            date = formatdate(self._clock().timestamp(), usegmt=True).encode()
            headers = [(b"date", date), *message.get("headers", [])]
            if self._unread:  # what is left of the body must not be taken for the next request
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
        if not self._by_hand:
            await self._send_asgi(message)
        elif message["type"] == "http.response.start":
            self._transport.write(_head_by_hand(message["status"], message["headers"]))
        else:
            self._transport.write(message.get("body", b""))
            if not message.get("more_body", False):
                await self.close()

    # --- the connection ----------------------------------------------------------------------

    async def close(self) -> None:
        """Close the connection (FIN) after what was written, whatever is still owed."""
        self._transport.close()
        await self.disconnected()

    async def reset(self) -> None:
        """Reset the connection (RST) after what was written has gone out."""
        transport, deadline = self._transport, time.monotonic() + _FLUSH_SECONDS
        while transport.get_write_buffer_size() and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.001)  # nothing tells when it is empty
        connection = transport.get_extra_info("socket")
        # Linger on, for 0 seconds: closing then sends a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
        await self.disconnected()


def _head_by_hand(status_code: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    try:
        reason = HTTPStatus(status_code).phrase
    except ValueError:
        reason = ""
    lines = [f"HTTP/1.1 {status_code} {reason}".encode()]
    lines += [name + b": " + value for name, value in headers if name.lower() != b"content-length"]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])
