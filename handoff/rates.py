"""Limits that are checked before anything is accepted."""

from __future__ import annotations

import time

import structlog
from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from handoff.errors import TooManyRequests

log = structlog.get_logger(__name__)

AGAIN_AFTER = 5.0
REDIS_TIMEOUT = 0.2


class Rates:
    """Moving windows: in Redis when ``redis_url`` names one, so that gateways count together, else in this process.

    While Redis is gone each gateway counts alone.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._here = MovingWindowRateLimiter(MemoryStorage())
        self._shared = MovingWindowRateLimiter(_redis(redis_url)) if redis_url else None
        self._shared_from = 0.0

    def check(self, name: str, key: str, *, amount: int, seconds: int) -> None:
        """Count one use; `TooManyRequests` when ``amount`` in ``seconds`` is passed."""
        item = RateLimitItemPerSecond(amount, seconds, namespace=name)
        if self._shared is not None and time.monotonic() >= self._shared_from:
            try:
                return self._count(self._shared, item, key)
            except StorageError as error:
                self._shared_from = time.monotonic() + AGAIN_AFTER
                log.warning("limits_not_shared", error=type(error.storage_error).__name__)
        return self._count(self._here, item, key)

    @staticmethod
    def _count(limiter: MovingWindowRateLimiter, item: RateLimitItemPerSecond, key: str) -> None:
        if not limiter.hit(item, key):
            reset = limiter.get_window_stats(item, key).reset_time
            raise TooManyRequests(retry_after=reset - time.time())


def _redis(url: str) -> RedisStorage:
    return RedisStorage(
        url,
        wrap_exceptions=True,
        socket_connect_timeout=REDIS_TIMEOUT,
        socket_timeout=REDIS_TIMEOUT,
        key_prefix="baton",
    )
