"""The retention job: once an hour, in small transactions, forgets what is older than the operator wants to keep."""

from __future__ import annotations

import asyncio

import structlog

from handoff.periodic import Periodic
from handoff.store import retention
from handoff.store.database import Database

log = structlog.get_logger(__name__)

EVERY = 3600.0
DAY = 86400.0
BREATH = 0.05


class Retention:
    """``days`` to keep what people said; 0 keeps it for ever."""

    def __init__(self, db: Database, days: float) -> None:
        self._db = db
        self._days = days

    async def run(self) -> None:
        """Run until cancelled; several gateways may do it at once without harm."""
        await Periodic("retention", self._round, EVERY, at_once=True).run()

    async def _round(self) -> None:
        forgotten = await self.forget()
        if forgotten:
            log.info("messages_forgotten", number=forgotten, days=self._days)

    async def forget(self) -> int:
        """One round; returns how many messages became tombstones."""
        await self._db.write(retention.forget_keys)
        if not self._days:
            return 0
        total = 0
        while number := await self._db.write(retention.forget_messages, self._days * DAY):
            total += number
            await asyncio.sleep(BREATH)  # customers' messages go first
        await self._db.write(retention.forget_details, self._days * DAY)
        return total
