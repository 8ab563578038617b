"""The transports below an asynchronous connection: the socket's, and perhaps TLS's on top of it."""

from __future__ import annotations

import asyncio
import asyncio.trsock
import errno
import os
import select
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import ssl

__all__ = ["TransportStack"]


class TransportStack:
    """What asyncio gives for a connection.

    TLS is begun on a transport that stands already, and not by asyncio itself, so that both are
    within reach: what TLS has handed on may be unsent for long.
    """

    __slots__ = ("_poller", "_socket_transport", "_top")

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport of a socket that is connected."""
        # A stream's transport is one that reads and writes; other event loops have classes of
        # their own for that.
        self._top = self._socket_transport = cast("asyncio.Transport", transport)
        # Writing is "paused" as long as anything is unsent.
        self._top.set_write_buffer_limits(high=1, low=0)
        self._poller: select.poll | None = None
        if hasattr(select, "poll"):
            self._poller = select.poll()
            self._poller.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    @property
    def top(self) -> asyncio.Transport:
        """What is written to and read from."""
        return self._top

    @property
    def is_tls(self) -> bool:
        """Whether TLS is spoken."""
        return self._top is not self._socket_transport

    async def secure(
        self, protocol: asyncio.BaseProtocol, context: ssl.SSLContext, server_name: str
    ) -> None:
        """Speak TLS from here on.

        Raises:
            OSError: The handshake failed, or another protocol than HTTP/1.1 was agreed on.
        """
        from wrapper._engine.tls import check_protocol

        secured = await asyncio.get_running_loop().start_tls(
            self._socket_transport, protocol, context, server_hostname=server_name
        )
        if secured is None:
            raise ConnectionAbortedError(errno.ECONNABORTED, os.strerror(errno.ECONNABORTED))
        secured.set_write_buffer_limits(high=1, low=0)
        self._top = secured
        check_protocol(secured.get_extra_info("ssl_object"))

    def is_quiet(self) -> bool:
        """Whether nothing has come that the event loop has not come to see."""
        return self._poller is None or not self._poller.poll(0)

    def unsent_bytes(self) -> int:
        """How much was handed to asyncio, and not to the operating system."""
        unsent = self._socket_transport.get_write_buffer_size()
        return unsent + self._top.get_write_buffer_size() if self.is_tls else unsent

    def ended_properly(self) -> bool:
        """Whether TLS had said that it ends, or there is no TLS."""
        secured = self._top.get_extra_info("ssl_object")
        if secured is None:
            return True
        try:
            return not secured.read(1)
        except OSError:
            return False

    def read_what_is_left(self, size: int) -> bytes:
        """Read on after asyncio gave up a connection that it cannot write to; empty at the end.

        Raises:
            OSError: There is nothing.
        """
        left = self._socket_transport.get_extra_info("socket")
        # Of other event loops nobody knows whether the file still is that connection's.
        if self.is_tls or not isinstance(left, asyncio.trsock.TransportSocket):
            return b""
        return os.read(left.fileno(), size)

    def close_without_loop(self) -> None:
        """Close the socket after its event loop was closed, without which no transport can be.

        A transport refers to itself, so that its file would stay open until the garbage collector
        comes by. asyncio's facade of the socket has no `close`; what it hides has. Other event
        loops have closed what was theirs.
        """
        hidden = getattr(self._socket_transport.get_extra_info("socket"), "_sock", None)
        if hidden is not None:
            hidden.close()
