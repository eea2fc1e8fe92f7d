"""Pokes through Redis or Valkey: it holds only what may vanish."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from handoff.relay.transport import CHANNEL, TransportLost

ANSWER_WITHIN = 2.0
LOOK_EVERY = 1.0
HEALTH_EVERY = 15

Heard = asyncio.Queue[str | Exception]


class RedisTransport:
    """The package's blocking client on threads: its asyncio one goes on listening after it was cancelled (8.1.0)."""

    name = "redis"

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=ANSWER_WITHIN,
            socket_timeout=ANSWER_WITHIN,
            health_check_interval=HEALTH_EVERY,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),  # the relay waits and tries again itself
        )

    async def publish(self, payload: str) -> None:
        try:
            await asyncio.to_thread(self._redis.publish, CHANNEL, payload)
        except (RedisError, OSError) as error:
            raise TransportLost(type(error).__name__) from error

    async def listen(self) -> AsyncIterator[str]:
        heard: Heard = asyncio.Queue()
        stop = threading.Event()
        reader = _Reader(self._redis, heard, asyncio.get_running_loop(), stop)
        threading.Thread(target=reader.run, name="pokes", daemon=True).start()
        try:
            while True:
                item = await heard.get()
                if isinstance(item, Exception):
                    raise TransportLost(type(item).__name__) from item
                yield item
        finally:
            stop.set()

    async def close(self) -> None:
        await asyncio.to_thread(self._redis.close)


class _Reader:
    """Reads the channel on a thread of its own until told to stop or the line breaks."""

    def __init__(self, redis: Redis, heard: Heard, loop: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        self._redis = redis
        self._heard = heard
        self._loop = loop
        self._stop = stop

    def run(self) -> None:
        channel = self._redis.pubsub()  # type: ignore[no-untyped-call]  # the package leaves it without annotations
        try:
            channel.subscribe(CHANNEL)
            self._say("")
            while not self._stop.is_set():
                message: dict[str, Any] | None = channel.get_message(True, LOOK_EVERY)
                if message is not None and message["type"] == "message":
                    self._say(str(message["data"]))
        except (RedisError, OSError, ValueError) as error:
            self._say(error)
        finally:
            channel.close()

    def _say(self, item: str | Exception) -> None:
        if not self._stop.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._heard.put_nowait, item)
