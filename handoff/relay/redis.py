"""Pokes through Redis or Valkey: it holds only what may vanish."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from handoff.relay.transport import CHANNEL, TransportLost

LOOK_EVERY = 15.0


class RedisTransport:
    """One small pool; a server that does not answer within two seconds counts as gone."""

    name = "redis"

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_connect_timeout=2, socket_timeout=2, decode_responses=True, retry_on_timeout=False
        )

    async def publish(self, payload: str) -> None:
        try:
            await self._redis.publish(CHANNEL, payload)
        except (TimeoutError, RedisError, OSError) as error:
            raise TransportLost(type(error).__name__) from error

    async def listen(self) -> AsyncIterator[str]:
        channel = self._redis.pubsub()
        try:
            await channel.subscribe(CHANNEL)
            yield ""
            while True:
                message: dict[str, Any] | None = await channel.get_message(
                    ignore_subscribe_messages=True, timeout=LOOK_EVERY
                )
                if message is None:
                    await channel.ping()
                elif message["type"] == "message":
                    yield str(message["data"])
        except (TimeoutError, RedisError, OSError) as error:
            raise TransportLost(type(error).__name__) from error
        finally:
            await channel.aclose()  # type: ignore[no-untyped-call]  # the package leaves it without annotations

    async def close(self) -> None:
        await self._redis.aclose()
