"""Faults on demand: what a service, a proxy or a network does on a bad day.

A fault is a coroutine function that is given the `Exchange` in the place of the true answer. The
functions here make the common ones; any other is a few lines:

    async def half_a_header(exchange):
        await exchange.start(200, {"content-type": "text/plain", "content-length": "100"})
        await exchange.write(b"only this")
        await exchange.reset()

    runtime.faults.next(half_a_header)
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeAlias

import attrs
from starlette.types import Message

from wrapper._errors import ParameterError
from wrapper.local._answers import STATUS_CODES, AnsweredError
from wrapper.local._exchange import Exchange, Framing
from wrapper.local._frames import error_event, event, exception_event, payload_part
from wrapper.local._s3 import OPERATIONS as S3_OPERATIONS
from wrapper.local._service_model import operations

__all__ = [
    "Ending",
    "Exchange",
    "Fault",
    "Faults",
    "Framing",
    "answer",
    "corrupt",
    "cut",
    "delay",
    "drip",
    "error",
    "error_event",
    "event",
    "exception_event",
    "payload_part",
    "stream",
]

Fault: TypeAlias = Callable[[Exchange], Awaitable[None]]
"""What is done in the place of the true answer."""

Ending: TypeAlias = Literal["end", "close", "reset"]
"""How an answer ends: as HTTP has it, by closing the connection (FIN), or by resetting it (RST)."""


@attrs.define
class _Rule:
    fault: Fault
    endpoint: str | None
    operation: str | None
    before_body: bool
    times: int | None

    def fits(self, operation: str, endpoint: str | None, *, before_body: bool) -> bool:
        if self.operation is None:
            is_asked_for = endpoint is not None  # not S3's, which serve the runtime's own
        else:
            is_asked_for = self.operation == operation
        return (
            is_asked_for and self.endpoint in {None, endpoint} and self.before_body is before_body
        )


class Faults:
    """The faults still to come, asked for by a test and taken by the server.

    A fault takes the place of the answer to a request that was received whole and whose signature
    was right, so that a test of retries also tests that each attempt was signed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []

    def next(
        self,
        fault: Fault,
        *,
        endpoint: str | None = None,
        operation: str | None = None,
        times: int = 1,
        before_body: bool = False,
    ) -> None:
        """Do this to the next request that fits; faults asked for earlier come first.

        Args:
            fault: What to do.
            endpoint: Only to calls of this endpoint.
            operation: Only to this operation: `InvokeEndpoint` …, or `GetObject`, `HeadObject`
                and `PutObject`, which nothing else applies to.
            times: To so many requests.
            before_body: Act on the request's head: its body is not read, its signature not checked.
        """
        self._add(_Rule(fault, endpoint, operation, before_body, times))

    def always(
        self,
        fault: Fault,
        *,
        endpoint: str | None = None,
        operation: str | None = None,
        before_body: bool = False,
    ) -> None:
        """Do this to every request that fits, from now on; arguments as for `next`."""
        self._add(_Rule(fault, endpoint, operation, before_body, None))

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._rules.clear()

    def __len__(self) -> int:
        """How many faults of `next` have not been taken yet."""
        with self._lock:
            return sum(rule.times or 0 for rule in self._rules)

    def take(self, operation: str, endpoint: str | None, *, before_body: bool) -> Fault | None:
        """The fault for a request, or None; the server calls this."""
        with self._lock:
            for rule in self._rules:
                if rule.fits(operation, endpoint, before_body=before_body):
                    if rule.times is not None:
                        rule.times -= 1
                        if rule.times == 0:
                            self._rules.remove(rule)
                    return rule.fault
        return None

    def _add(self, rule: _Rule) -> None:
        if not callable(rule.fault):
            raise ParameterError(
                "fault: it must be a coroutine function that takes an Exchange, such as "
                f"faults.error('ModelError') gives, not {type(rule.fault).__name__}",
                parameter="fault",
            )
        known = [operation.name for operation in operations().values()]
        known += S3_OPERATIONS.values()
        if rule.operation not in {None, *known}:
            raise ParameterError(
                f"operation: {rule.operation!r} is none of {', '.join(known)}",
                parameter="operation",
            )
        with self._lock:
            self._rules.append(rule)


def error(
    code: str,
    message: str | None = "Asked for.",
    *,
    status_code: int | None = None,
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Answer with an error of the service.

    Args:
        code: Its name, for example `ModelNotReadyException`.
        message: Its message; None is null on the wire.
        status_code: By default the one that goes with the name; it must be given for a name that
            is not in `STATUS_CODES`.
        members: More members of the JSON body, for example `{"OriginalStatusCode": 500}`.
        headers: More headers, for example `{"Retry-After": "1"}`.
    """
    if status_code is None and code not in STATUS_CODES:
        raise ParameterError(
            f"give the status_code that goes with {code!r}; it is known of "
            f"{', '.join(STATUS_CODES)}",
            parameter="status_code",
        )
    made = AnsweredError(code, message, status_code=status_code, members=members, headers=headers)

    async def fault(exchange: Exchange) -> None:
        headers, body = made.as_json()
        await exchange.answer(
            made.status_code, {**headers, "x-amzn-requestid": exchange.request_id}, body
        )

    return fault


def answer(
    status_code: int,
    body: bytes = b"",
    *,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Answer with anything: a proxy's HTML page, XML, nothing at all.

    There is no request id unless `headers` has one.
    """
    given = {**({"content-type": content_type} if content_type else {}), **(headers or {})}

    async def fault(exchange: Exchange) -> None:
        await exchange.answer(status_code, given, body)

    return fault


def delay(seconds: float, then: Fault | None = None) -> Fault:
    """Wait before answering; then give the true answer, or another fault."""

    async def fault(exchange: Exchange) -> None:
        await asyncio.sleep(seconds)
        await (exchange.serve() if then is None else then(exchange))

    return fault


def drip(seconds: float, *, size: int = 1) -> Fault:
    """Give the true answer slowly: `size` bytes of its body, then a pause, and so on."""

    async def fault(exchange: Exchange) -> None:
        send = exchange.send

        async def slowly(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                return
            body = message.get("body", b"")
            for start in range(0, len(body), size):
                piece = body[start : start + size]
                await send({"type": message["type"], "body": piece, "more_body": True})
                await asyncio.sleep(seconds)
            if not message.get("more_body", False):
                await send({**message, "body": b""})

        exchange.send = slowly
        await exchange.serve()

    return fault


def cut(
    after: int | None = None, *, ending: Ending = "close", framing: Framing = "chunked"
) -> Fault:
    """Give the true answer up to a point, and stop there.

    Args:
        after: How many bytes of the body are sent: 0 for the status and headers alone, None for
            nothing at all.
        ending: How to stop. `end` ends the body as if that were all.
        framing: How the end of a stream is told.
    """
    if after is None and ending == "end":
        raise ParameterError("nothing cannot be a whole answer", parameter="ending", value=ending)

    async def fault(exchange: Exchange) -> None:
        if after is None:
            await _finish(exchange, ending)
            return
        send, left, finished = exchange.send, after, False

        async def short(message: Message) -> None:
            nonlocal left, finished
            if finished:
                return
            if message["type"] == "http.response.start":
                finished = left == 0
                if ending == "end":  # what was promised does not come
                    pairs = [pair for pair in message["headers"] if pair[0] != b"content-length"]
                    message = {**message, "headers": pairs}
                await send(message)
            else:
                body = message.get("body", b"")
                await send({"type": message["type"], "body": body[:left], "more_body": True})
                left -= len(body)
                finished = left <= 0 or not message.get("more_body", False)
            if finished:
                await _finish(exchange, ending, send)

        if framing == "connection-close":
            exchange.delimit_by_close()
        exchange.send = short
        await exchange.serve()

    return fault


def corrupt(at: int, *, flip: int = 0x01) -> Fault:
    """Give the true answer with one byte of its body changed.

    Of a stream's first frame, bytes 0 to 3 are the total length, 4 to 7 the headers' length, 8 to
    11 the prelude's CRC, and the last four the message's.

    Args:
        at: The byte's offset in the body.
        flip: The bits to change in it.
    """

    async def fault(exchange: Exchange) -> None:
        send, offset = exchange.send, 0

        async def changed(message: Message) -> None:
            nonlocal offset
            body = message.get("body", b"")
            if offset <= at < offset + len(body):
                edited = bytearray(body)
                edited[at - offset] ^= flip
                message = {**message, "body": bytes(edited)}
            offset += len(body)
            await send(message)

        exchange.send = changed
        await exchange.serve()

    return fault


def stream(
    *pieces: bytes | float,
    ending: Ending = "end",
    framing: Framing = "chunked",
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Answer with a response stream made by hand.

    Args:
        pieces: Bytes to send (see `payload_part`, `exception_event`, `error_event` and `event`),
            and pauses in seconds.
        ending: How to stop.
        framing: How the end of the body is told.
        headers: More headers.
    """

    async def fault(exchange: Exchange) -> None:
        if framing == "connection-close":
            exchange.delimit_by_close()
        await exchange.start(
            200,
            {
                "content-type": "application/vnd.amazon.eventstream",
                "x-amzn-requestid": exchange.request_id,
                **(headers or {}),
            },
        )
        for piece in pieces:
            if isinstance(piece, bytes):
                await exchange.write(piece)
            else:
                await asyncio.sleep(piece)
        await _finish(exchange, ending)

    return fault


async def _finish(
    exchange: Exchange, ending: Ending, send: Callable[[Message], Awaitable[None]] | None = None
) -> None:
    if ending == "reset":
        await exchange.reset()
    elif ending == "close":
        await exchange.close()
    else:
        await (send or exchange.send)({"type": "http.response.body", "body": b""})
