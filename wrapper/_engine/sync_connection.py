"""Connections for the synchronous engine: made, waited for, written to and read from.

A socket is never in Python's timeout mode, where each operation polls first: it does not block, and
is polled for what is to be awaited. So one poll sees both room for more of a request's body and an
answer that comes early, and no system call is spent on setting a limit.
"""

from __future__ import annotations

import os
import select
import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, zip_longest
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

from wrapper._engine.exchange_errors import PhaseTimeoutError
from wrapper._engine.pool import Origin
from wrapper._errors import ConnectTimeoutError, ReadTimeoutError
from wrapper._timeouts import Phases

if TYPE_CHECKING:
    import ssl

__all__ = ["READABLE", "READ_BYTES", "WRITABLE", "SocketConnection", "connect"]

READ_BYTES: Final = 65_536
"""How much is read at once."""

READABLE: Final = 1
WRITABLE: Final = 4
"""Events, as `select.poll` has them on every platform."""

# How much is encrypted at once: nothing can be seen or stopped meanwhile.
_TLS_WRITE_BYTES = 65_536
# When an address is silent for so long the next is tried beside it (RFC 8305, section 5).
_NEXT_ADDRESS_SECONDS = 0.25
_LONGEST_WAIT_MS = 2**31 - 1


class _Poller(Protocol):
    def register(self, fd: int, eventmask: int, /) -> None: ...
    def modify(self, fd: int, eventmask: int, /) -> None: ...
    def poll(self, timeout: float | None = None, /) -> list[tuple[int, int]]: ...


class _SelectPoller:
    """`select.poll` for platforms that have only `select.select`, and for one file."""

    def register(self, fd: int, eventmask: int) -> None:
        self._fd = fd
        self._events = eventmask

    modify = register

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        watched = [self._fd]
        readable, writable, _ = select.select(
            watched,
            watched if self._events & WRITABLE else [],
            [],
            None if timeout is None else timeout / 1000,
        )
        events = (READABLE if readable else 0) | (WRITABLE if writable else 0)
        return [(self._fd, events)] if events else []


_new_poller: Callable[[], _Poller] = getattr(select, "poll", _SelectPoller)


class SocketConnection:
    """A connection, plain or with TLS.

    One that is given up by whatever way (an exception at an unlucky moment, an answer that nobody
    closed) closes itself when nothing refers to it any more.

    Attributes:
        origin: Where it goes.
        is_new: Whether it is still to be connected.
        is_closed: Whether it was closed here.
        idle_since: The pool's.
        reused_at: When it was taken to serve again, on the monotonic clock; None for a new one.
        round_trip: How long connecting took, in seconds, names and TLS left out.
    """

    __slots__ = (
        "__weakref__",
        "_is_tls",
        "_poller",
        "_process",
        "_socket",
        "_would_block",
        "idle_since",
        "is_closed",
        "is_new",
        "origin",
        "reused_at",
        "round_trip",
    )

    def __init__(self, origin: Origin) -> None:
        """Begin without a socket.

        Args:
            origin: Where it goes.
        """
        self._socket: socket.socket | None = None
        self._process = os.getpid()
        self.origin = origin
        self.is_new = True
        self.is_closed = False
        self.idle_since = 0.0
        self.reused_at: float | None = None
        self.round_trip = 0.0
        self._poller = _new_poller()
        self._is_tls = False
        self._would_block: tuple[type[OSError], ...] = (BlockingIOError,)

    def open(self, seconds: float | None, context: ssl.SSLContext | None) -> None:
        """Connect.

        Args:
            seconds: How long connecting may take, TLS included.
            context: The context for TLS, or None for none.

        Raises:
            OSError: There is no connection.
            PhaseTimeoutError: It took too long.
        """
        _, host, port = self.origin
        deadline = None if seconds is None else monotonic() + seconds
        addresses = socket.getaddrinfo(_encoded(host), port, type=socket.SOCK_STREAM)
        began = monotonic()
        connected = connect(addresses, deadline)
        self.round_trip = monotonic() - began
        self._socket = connected
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            from ssl import SSLWantReadError, SSLWantWriteError

            from wrapper._engine.tls import check_protocol

            connected.settimeout(_left(deadline))
            name = host.removesuffix(".")
            is_own = type(context).__module__ == "ssl"  # another's may take text alone
            try:
                # An end without TLS's own end is an error: somebody else may have cut the stream.
                secured = context.wrap_socket(
                    connected,
                    server_hostname=_encoded(name) if is_own else name,
                    suppress_ragged_eofs=False,
                )
            except TimeoutError as error:
                raise PhaseTimeoutError(ConnectTimeoutError) from error
            self._socket = secured
            secured.settimeout(0)
            check_protocol(secured)
            self._is_tls = True
            self._would_block = (SSLWantReadError, SSLWantWriteError)
        self._poller.register(self._socket.fileno(), READABLE)
        self.is_new = False

    def is_usable(self) -> bool:
        """Whether it is quiet: an idle connection with something to read is closed or confused."""
        if self.is_new:
            return False
        if self._is_tls:
            try:
                self._open_socket().recv(1)  # takes what TLS has to say to itself
            except self._would_block:
                return True
            except OSError:
                pass
            return False
        return not self._poller.poll(0)

    def wait(self, events: int, seconds: float | None) -> int:
        """Wait for events; which came, 0 for none in time. Errors count as something to read."""
        self._poller.modify(self._open_socket().fileno(), events)
        try:
            found = self._poller.poll(_milliseconds(seconds))
        finally:
            self._poller.modify(self._open_socket().fileno(), READABLE)
        if not found:
            return 0
        came = found[0][1]
        return (came & WRITABLE) | (READABLE if came & ~WRITABLE else 0)

    def send(self, data: bytes | memoryview) -> int:
        """Send what there is room for; how many bytes that was."""
        try:
            if self._is_tls:
                data = memoryview(data)[:_TLS_WRITE_BYTES]
            return self._open_socket().send(data)
        except self._would_block:
            return 0

    def receive(self, timeout: Phases) -> bytes:
        """Wait for bytes and read them; empty at the end.

        Args:
            timeout: For how long; asked before each wait.

        Raises:
            OSError: The connection broke.
            PhaseTimeoutError: Nothing came in time.
        """
        self._await_bytes(timeout)
        while (data := self.receive_now()) is None:
            self._await_bytes(timeout)
        return data

    def receive_now(self) -> bytes | None:
        """Read what is there; None for nothing yet, empty at the end."""
        try:
            return self._open_socket().recv(READ_BYTES)
        except self._would_block:
            return None

    def receive_into(self, window: memoryview, timeout: Phases) -> int:
        """As `receive`, straight to where the bytes belong; how many came."""
        while True:
            try:
                return self._open_socket().recv_into(window)
            except self._would_block:
                self._await_bytes(timeout)

    def shut_down(self) -> None:
        """End what another thread waits for on it; that thread closes it.

        In a forked child there is no such thread, and the connection is still its parent's.
        """
        if os.getpid() != self._process:
            return
        with suppress(OSError):
            # Not TLS's own method, which would take away what that thread has in hand.
            socket.socket.shutdown(self._open_socket(), socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it."""
        self.is_closed = True
        if self._socket is not None:
            self._socket.close()

    def __del__(self) -> None:
        self.close()

    def _await_bytes(self, timeout: Phases) -> None:
        if self._is_tls and self._pending():
            return
        if not self._poller.poll(_milliseconds(timeout.read)):
            raise PhaseTimeoutError(ReadTimeoutError)

    def _pending(self) -> int:
        """How many bytes TLS has decrypted already."""
        secured: Any = self._socket
        pending: int = secured.pending()
        return pending

    def _open_socket(self) -> socket.socket:
        assert self._socket is not None  # noqa: S101  # `open` was called
        return self._socket


def connect(found: list[Any], deadline: float | None) -> socket.socket:
    """Connect to the first address that answers ("happy eyeballs", RFC 8305).

    Args:
        found: What `socket.getaddrinfo` found.
        deadline: Until when, on the monotonic clock.

    Returns:
        A socket that does not block.

    Raises:
        OSError: No address took the connection.
        PhaseTimeoutError: None did in time.
    """
    addresses = _interleaved(found)
    errors: list[OSError] = []
    with selectors.DefaultSelector() as attempts:
        try:
            while True:
                if addresses:
                    family, kind, protocol, _, address = addresses.pop(0)
                    try:
                        _begin(attempts, socket.socket(family, kind, protocol), address)
                    except OSError as error:
                        errors.append(error)
                        continue
                elif not attempts.get_map():
                    raise _joined(errors)
                left = _left(deadline)
                for key, _ in attempts.select(
                    min(left or _NEXT_ADDRESS_SECONDS, _NEXT_ADDRESS_SECONDS) if addresses else left
                ):
                    attempt = key.fileobj
                    assert isinstance(attempt, socket.socket)  # noqa: S101  # as it was registered
                    attempts.unregister(attempt)
                    code = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not code:
                        return attempt
                    attempt.close()
                    errors.append(OSError(code, os.strerror(code)))
        finally:
            for key in list(attempts.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]  # sockets all


def _encoded(host: str) -> str | bytes:
    """A host as `socket` and `ssl` take it without loading the codec for names beyond ASCII."""
    return host.encode() if host.isascii() else host


def _begin(attempts: selectors.BaseSelector, attempt: socket.socket, address: Any) -> None:
    try:
        attempt.setblocking(False)
        with suppress(BlockingIOError):
            attempt.connect(address)
        attempts.register(attempt, selectors.EVENT_WRITE)
    except BaseException:
        attempt.close()
        raise


def _interleaved(found: list[Any]) -> list[Any]:
    """Addresses of both families in turn, for it is mostly a whole family that does not work."""
    families: dict[int, list[Any]] = {}
    for each in found:
        families.setdefault(each[0], []).append(each)
    return [each for each in chain(*zip_longest(*families.values())) if each is not None]


def _joined(errors: list[OSError]) -> OSError:
    texts = dict.fromkeys(error.strerror or str(error) for error in errors)
    return ConnectionError("; ".join(texts))


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - monotonic()
    if left <= 0:
        raise PhaseTimeoutError(ConnectTimeoutError)
    return left


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds * 1000, _LONGEST_WAIT_MS)
