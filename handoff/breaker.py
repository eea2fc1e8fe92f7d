"""A circuit breaker: after repeated failures of a peer, refuse at once for a while, then let one probe through."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class Breaker:
    """Opens after ``failures`` within ``window`` seconds, for ``pause`` seconds."""

    def __init__(
        self,
        failures: int = 5,
        window: float = 10.0,
        pause: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._window = window
        self._pause = pause
        self._clock = clock
        self._failed: deque[float] = deque(maxlen=failures)
        self._open_until = 0.0
        self._tripped = False

    def allows(self) -> bool:
        """Whether a call may be made now; after the pause this is true once, for the probe."""
        if not self._tripped:
            return True
        if self._clock() < self._open_until:
            return False
        self._open_until = self._clock() + self._pause
        return True

    @property
    def is_open(self) -> bool:
        """Whether calls are refused now; after the pause the probe may be made."""
        return self._tripped and self._clock() < self._open_until

    def succeeded(self) -> None:
        self._failed.clear()
        self._tripped = False

    def failed(self) -> None:
        now = self._clock()
        self._failed.append(now)
        if len(self._failed) == self._limit and now - self._failed[0] <= self._window:
            self._tripped = True
            self._open_until = now + self._pause
