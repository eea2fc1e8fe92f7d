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

    def release(self) -> None:
        """Give the place back."""
        self._running -= 1
        self._changed.set()

    def went_well(self) -> None:
        """An answer came in time."""
        self._limit = min(float(self._most), self._limit + 1.0 / self._limit)
        self._changed.set()

    def timed_out(self) -> None:
        """No answer came in time."""
        self._limit = max(1.0, self._limit / 2)
