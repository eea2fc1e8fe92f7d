"""Limits that are checked before anything is accepted."""

from __future__ import annotations

import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from handoff.errors import TooManyRequests


class Rates:
    """Moving windows in memory; one process holds them all."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, name: str, key: str, *, amount: int, seconds: int) -> None:
        """Count one use; `TooManyRequests` when ``amount`` in ``seconds`` is passed."""
        item = RateLimitItemPerSecond(amount, seconds, namespace=name)
        if not self._limiter.hit(item, key):
            reset = self._limiter.get_window_stats(item, key).reset_time
            raise TooManyRequests(retry_after=reset - time.time())
