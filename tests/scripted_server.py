"""A server on a loopback port that does with each connection exactly what a function says."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from wrapper._endpoints import Endpoint
from wrapper._http import Request
from wrapper._http11.head import encode_head
from wrapper._timeouts import Timeout

PATIENCE = 10.0  # seconds after which a test has failed


class Peer:
    """The server's end of a connection."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.socket = connection
        self.number = number  # of the connection, from 0
        self._rest = b""

    def begin_request(self) -> None:
        """Wait until something of the next request is there."""
        self._rest += self.socket.recv(1000)

    def read_request(self) -> tuple[bytes, bytes]:
        """The head and the body of the next request; two empty ones when the client has closed."""
        while b"\r\n\r\n" not in self._rest:
            data = self.socket.recv(65536)
            if not data:
                return b"", b""
            self._rest += data
        head, _, rest = self._rest.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if b"transfer-encoding" in fields:
            while not rest.endswith(b"0\r\n\r\n"):
                rest += self.socket.recv(65536)
            body, self._rest = rest, b""
        else:
            length = int(fields.get(b"content-length", 0))
            while len(rest) < length:
                data = self.socket.recv(1 << 20)
                if not data:
                    return b"", b""
                rest += data
            body, self._rest = rest[:length], rest[length:]
        return head, body

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, body: bytes = b"", *fields: bytes, status: bytes = b"200 OK") -> None:
        lines = [b"HTTP/1.1 " + status, *fields, b"Content-Length: %d" % len(body)]
        self.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """Close so that the client gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def wait_until_closed(self) -> bool:
        """Whether the client closes the connection soon."""
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True


class ScriptedServer:
    """Runs a script for each connection, in a thread of its own."""

    def __init__(
        self,
        script: Callable[[Peer], None],
        *,
        context: ssl.SSLContext | None = None,
        receive_buffer: int | None = None,
    ) -> None:
        self.connections = 0
        self.errors: list[BaseException] = []
        self._script = script
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        if receive_buffer is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.endpoint = endpoint_of(self.port, "http" if context is None else "https")
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def request(
        self,
        method: str = "POST",
        target: str = "/",
        body: bytes = b"",
        *headers: tuple[str, str],
        timeout: Timeout | float = 5.0,
    ) -> Request:
        if not isinstance(timeout, Timeout):
            timeout = Timeout(connect=timeout, read=timeout, write=timeout, pool=timeout)
        head = encode_head(method, target, [("Host", self.endpoint.authority), *headers])
        return Request(method, self.endpoint, target, head, body, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(PATIENCE)
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a script hangs"
        if error is None and self.errors:
            raise self.errors[0]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = self.connections
            self.connections += 1
            thread = threading.Thread(target=self._run, args=(connection, number), daemon=True)
            self._threads.append(thread)
            self._sockets.append(connection)
            thread.start()

    def _run(self, connection: socket.socket, number: int) -> None:
        try:
            with connection:
                if self._context is None:
                    self._script(Peer(connection, number))
                else:
                    with self._context.wrap_socket(connection, server_side=True) as secured:
                        self._script(Peer(secured, number))
        except OSError:
            pass  # the client went away
        except BaseException as error:  # noqa: BLE001 - for the test's own thread
            self.errors.append(error)


def endpoint_of(port: int, scheme: str = "http", host: str = "127.0.0.1") -> Endpoint:
    authority = f"{host}:{port}"
    return Endpoint(f"{scheme}://{authority}", scheme, host, port, authority, "", "us-east-1")
