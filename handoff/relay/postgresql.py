"""Pokes through PostgreSQL's NOTIFY, outside of every writing transaction: inside, it would lock all commits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
from sqlalchemy import URL

from handoff.relay.transport import CHANNEL, TransportLost

LOOK_EVERY = 15.0


class PostgresqlTransport:
    """Two connections of its own: one listens, one speaks."""

    name = "postgresql"

    def __init__(self, url: URL) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._speaking: psycopg.AsyncConnection[object] | None = None

    async def publish(self, payload: str) -> None:
        try:
            if self._speaking is None:
                self._speaking = await self._connect()
            await self._speaking.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
        except (psycopg.Error, OSError) as error:
            await self._hang_up()
            raise TransportLost(type(error).__name__) from error

    async def listen(self) -> AsyncIterator[str]:
        try:
            async with await self._connect() as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                yield ""
                while True:
                    async for notify in connection.notifies(timeout=LOOK_EVERY):
                        yield notify.payload
                    await connection.execute("SELECT 1")  # a dead line is silent too
        except (psycopg.Error, OSError) as error:
            raise TransportLost(type(error).__name__) from error

    async def close(self) -> None:
        await self._hang_up()

    async def _connect(self) -> psycopg.AsyncConnection[object]:
        return await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=5,
            application_name="baton-pokes",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )

    async def _hang_up(self) -> None:
        if self._speaking is not None:
            connection, self._speaking = self._speaking, None
            await connection.close()
