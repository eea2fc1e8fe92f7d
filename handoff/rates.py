"""Limits that are checked before anything is accepted."""

from __future__ import annotations

import asyncio
import hashlib
import time

import structlog
from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from handoff.errors import OutcomeUnknown, StorageUnavailable, TooManyRequests
from handoff.store import rate_limits
from handoff.store.database import Database

log = structlog.get_logger(__name__)

AGAIN_AFTER = 5.0
REDIS_TIMEOUT = 0.2


class Rates:
    """Windows that gateways count together: in Redis when ``redis_url`` names one, else in a database they share.

    While that is gone, and where only one gateway runs, each counts in its own process.
    """

    def __init__(self, redis_url: str = "", db: Database | None = None) -> None:
        self._here = MovingWindowRateLimiter(MemoryStorage())
        self._redis = MovingWindowRateLimiter(_redis(redis_url)) if redis_url else None
        self._db = db if db is not None and db.shared and not redis_url else None
        self._shared_from = 0.0

    async def check(self, name: str, key: str, *, amount: int, seconds: int) -> None:
        """Count one use; `TooManyRequests` when ``amount`` in ``seconds`` is passed."""
        item = RateLimitItemPerSecond(amount, seconds, namespace=name)
        if time.monotonic() >= self._shared_from:
            try:
                if self._redis is not None:
                    return await asyncio.to_thread(self._count, self._redis, item, key)
                if self._db is not None:
                    return await self._count_in(self._db, f"{name}/{key}", amount, seconds)
            except (StorageError, StorageUnavailable, OutcomeUnknown) as error:
                self._shared_from = time.monotonic() + AGAIN_AFTER
                cause = getattr(error, "storage_error", error)
                log.warning("limits_not_shared", error=type(cause).__name__)
        return self._count(self._here, item, key)

    @staticmethod
    async def _count_in(db: Database, key: str, amount: int, seconds: int) -> None:
        # Addresses and names of accounts need not be readable there.
        digest = hashlib.sha256(key.encode()).hexdigest()
        if wait := await db.write_first(rate_limits.take, digest, amount, seconds):
            raise TooManyRequests(retry_after=wait)

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
