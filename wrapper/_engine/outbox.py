"""What the tasks of one turn of an event loop have to send, sent together.

A client under load computes and sends by turns. Where each request is sent as soon as it is ready,
the receiver (a proxy beside the program, a server on this machine) falls asleep in between and is
woken up by each; sent together, by the first. uvloop does the same with everything that is written.
`docs/design/engine.md` says what it gains.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

__all__ = ["Outbox"]

_MOST: Final = 16
"""So many are sent without waiting for the turn's end: the first of them shall not wait long."""


class _Sender(Protocol):
    def transmit(self, data: bytes) -> None: ...


class Outbox:
    """Holds what is to be sent until the end of the loop's turn."""

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin empty.

        Args:
            loop: The event loop whose turns count.
        """
        self._loop = loop
        self._waiting: list[tuple[_Sender, bytes]] = []

    def put(self, sender: _Sender, data: bytes) -> None:
        """Have a sender send bytes at the end of this turn.

        Args:
            sender: Its `transmit` is called then.
            data: What to send.
        """
        waiting = self._waiting
        if not waiting:
            self._loop.call_soon(self._empty)
        waiting.append((sender, data))
        if len(waiting) >= _MOST:
            self._empty()

    def _empty(self) -> None:
        waiting, self._waiting = self._waiting, []
        for sender, data in waiting:
            sender.transmit(data)
