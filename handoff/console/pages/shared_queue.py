"""One reading of the queue for every console that asks at the same moment, however many agents are signed in."""

from __future__ import annotations

import asyncio

from handoff.desk import Desk, QueueView

# Seconds in which askers gather; a command's own look at the queue waits this long too.
GATHER = 0.02


class SharedQueue:
    """Joins askers until the reading starts, so nobody gets one that began before they asked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._next: asyncio.Task[QueueView] | None = None

    async def view(self) -> QueueView:
        """The queue as it is after this call."""
        if self._next is None:
            self._next = asyncio.create_task(self._read())
        # Shielded: one asker who goes away must not take the reading from the others.
        return await asyncio.shield(self._next)

    async def _read(self) -> QueueView:
        try:
            await asyncio.sleep(GATHER)
        finally:
            self._next = None
        return await self._desk.queue()
