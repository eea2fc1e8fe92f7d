"""How many bot turns may run at once: one more after a good while, half as many after a timeout."""

from __future__ import annotations

import asyncio


class Throttle:
    """Additive increase, multiplicative decrease between 1 and ``most``: a slow peer is given less."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._running = 0
        self._changed = asyncio.Event()

    @property
    def limit(self) -> int:
        """How many may run now."""
        return int(self._limit)

    async def acquire(self) -> None:
        """Wait for a place."""
        while self._running >= self.limit:
            self._changed.clear()
            await self._changed.wait()
        self._running += 1

    async def acquire_all(self) -> int:
        """Wait for a place, then take every other free one too; returns how many."""
        await self.acquire()
        others = max(0, self.limit - self._running)
        self._running += others
        return 1 + others

    def release(self, places: int = 1) -> None:
        """Give places back."""
        self._running -= places
        self._changed.set()

    def went_well(self) -> None:
        """An answer came in time."""
        self._limit = min(float(self._most), self._limit + 1.0 / self._limit)
        self._changed.set()

    def timed_out(self) -> None:
        """No answer came in time."""
        self._limit = max(1.0, self._limit / 2)
