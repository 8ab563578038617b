"""The server that every client calls: as fast as Python can be, so that the clients are measured.

Non-blocking sockets and one selector; HTTP/1.1 with keep-alive, plain and over TLS. An answer is
ready bytes, chosen by the endpoint's name. Of the requests that come, a sample is kept: the first
of each connection and every thousandth. `GET /report` gives what was counted and kept since the
last report, so that the signatures of measured calls can be checked. Ends when its standard input
does.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import selectors
import socket
import ssl
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256

from benchmarks.answers import WAIT_SECONDS, answer, names

__all__ = ["main"]

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_LARGE = 256 * 1024
_SAMPLE_EVERY = 1000
_MOST_SAMPLES = 50
_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class _Server:
    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.answers = {name.encode(): answer(name).pieces for name in names()}
        self.waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self.requests = self.connections = 0
        self.samples: deque[tuple[bytes, bytes | bytearray]] = deque(maxlen=_MOST_SAMPLES)
        self.running = True

    def listen(self, context: ssl.SSLContext | None) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        listener.setblocking(False)

        def accept(_: int) -> None:
            sock, _address = listener.accept()
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is not None:
                sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            connection = _Connection(self, sock)
            self.selector.register(sock, selectors.EVENT_READ, connection.on_event)

        self.selector.register(listener, selectors.EVENT_READ, accept)
        port: int = listener.getsockname()[1]
        return port

    def run(self) -> None:
        waiting = self.waiting
        while self.running:
            timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
            for key, events in self.selector.select(timeout):
                key.data(events)
            while waiting and waiting[0][0] <= time.monotonic():
                waiting.popleft()[1]()

    def stop(self, _: int) -> None:
        self.running = False

    def report(self) -> bytes:
        report = {
            "requests": self.requests,
            "connections": self.connections,
            "samples": [
                {"head": head.decode("latin-1"), "body_sha256": sha256(body).hexdigest()}
                for head, body in self.samples
            ],
        }
        self.requests = self.connections = 0
        self.samples.clear()
        body = json.dumps(report).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class _Connection:
    """One client's connection; requests come one after another, never before the last answer."""

    def __init__(self, server: _Server, sock: socket.socket) -> None:
        self._server = server
        self._sock = sock
        self._head: bytes | None = None  # of a request with a large body
        self._body = bytearray()
        self._received = 0
        self._buffered = b""
        self._out: deque[memoryview] = deque()
        self._is_new = True

    def on_event(self, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._flush()
            if events & selectors.EVENT_READ:
                while self._read() and isinstance(self._sock, ssl.SSLSocket):
                    pass  # what TLS has read ahead makes no event
        except _WOULD_BLOCK:
            pass
        except OSError:
            self._close()

    def _read(self) -> bool:
        if self._head is not None:
            return self._read_large(self._head)
        data = self._sock.recv(_LARGE)
        if not data:
            self._close()
            return False
        if self._buffered:
            data = self._buffered + data
        head_end = data.find(b"\r\n\r\n")
        if head_end < 0:
            self._buffered = data
            return True
        match = _CONTENT_LENGTH.search(data, 0, head_end)
        body_start = head_end + 4
        end = body_start + (int(match[1]) if match else 0)
        if end <= len(data):
            self._buffered = b""
            self._answer(data[:head_end], data[body_start:end])
            return True
        if b"100-continue" in data[:head_end].lower() and len(data) == body_start:
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if end - body_start < _LARGE:
            self._buffered = data
            return True
        self._buffered = b""
        self._head = data[:head_end]
        if len(self._body) != end - body_start:
            self._body = bytearray(end - body_start)
        self._received = len(data) - body_start
        self._body[: self._received] = data[body_start:]
        return True

    def _read_large(self, head: bytes) -> bool:
        with memoryview(self._body) as view:
            count = self._sock.recv_into(view[self._received :])
        if not count:
            self._close()
            return False
        self._received += count
        if self._received == len(self._body):
            self._head = None
            self._answer(head, self._body)
        return True

    def _answer(self, head: bytes, body: bytes | bytearray) -> None:
        server = self._server
        target = head[: head.index(b"\r\n")].split(b" ")[1]
        if target == b"/report":
            self._send(server.report())
            return
        server.requests += 1
        if self._is_new or server.requests % _SAMPLE_EVERY == 0:
            server.connections += self._is_new
            self._is_new = False
            server.samples.append((head, body))
            if body is self._body:
                self._body = bytearray()  # this one is kept
        self._send_pieces(server.answers[target.split(b"/", 3)[2]])

    def _send_pieces(self, pieces: tuple[bytes, ...]) -> None:
        for index, piece in enumerate(pieces):
            if piece:
                self._send(piece)
            else:
                rest = pieces[index + 1 :]
                due = time.monotonic() + WAIT_SECONDS
                self._server.waiting.append((due, partial(self._resume, rest)))
                return

    def _resume(self, pieces: tuple[bytes, ...]) -> None:
        try:
            self._send_pieces(pieces)
        except OSError:
            self._close()

    def _send(self, data: bytes) -> None:
        sent = 0
        if not self._out:
            with suppress(*_WOULD_BLOCK):
                sent = self._sock.send(data)
            if sent == len(data):
                return
        self._out.append(memoryview(data)[sent:])
        self._server.selector.modify(
            self._sock, selectors.EVENT_READ | selectors.EVENT_WRITE, self.on_event
        )

    def _flush(self) -> None:
        while self._out:
            sent = self._sock.send(self._out[0])
            if sent < len(self._out[0]):
                self._out[0] = self._out[0][sent:]
                return
            self._out.popleft()
        self._server.selector.modify(self._sock, selectors.EVENT_READ, self.on_event)

    def _close(self) -> None:
        if self._sock.fileno() >= 0:
            self._server.selector.unregister(self._sock)
            self._sock.close()


def main() -> int:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    parser.add_argument("certificate", help="the server's certificate chain and key, in PEM")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(parser.parse_args().certificate)
    server = _Server()
    ports = {"http": server.listen(None), "https": server.listen(context)}
    server.selector.register(sys.stdin, selectors.EVENT_READ, server.stop)
    print(json.dumps(ports), flush=True)
    gc.freeze()
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
