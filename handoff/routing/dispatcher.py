"""Acts on the routing rules while time passes: offers, offers run out, take-backs, long waits; each one transaction."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import Connection

from handoff import queue
from handoff.errors import BatonError
from handoff.pokes import QUEUE, Pokes, wait_for
from handoff.routing.rules import Rules
from handoff.settings import Settings
from handoff.store import handoffs, long_waits, offers, silence
from handoff.store.append import get_conversation
from handoff.store.database import Database

log = structlog.get_logger(__name__)

EVERY = 2.0
# A busy queue pokes at every change; looking at all of it more often than this helps nobody.
PAUSE = 0.25


class Dispatcher:
    """Every statement is conditional, so that several gateways may run it, and none of it depends on this one."""

    def __init__(self, db: Database, pokes: Pokes, settings: Settings) -> None:
        self._db = db
        self._pokes = pokes
        self._rules = Rules.of(settings)

    async def run(self) -> None:
        """Run until cancelled."""
        with self._pokes.listen(QUEUE) as flag:
            while True:
                await self.once()
                await asyncio.sleep(PAUSE)
                await wait_for(flag, EVERY)

    async def once(self) -> None:
        """Do all that is due now; a step that fails is tried again next time."""
        steps = (self._expire_offers, self._take_back, self._tell_long_waits, self._expire, self._offer)
        for step in steps:
            try:
                await step()
            except BatonError as error:
                log.warning("dispatch_failed", step=step.__name__, code=error.code, error=error.message)

    async def _expire_offers(self) -> None:
        if await self._db.read(offers.lapsed_offers):
            self._poke(await self._db.write(queue.expire_offers, self._rules))

    async def _take_back(self) -> None:
        rules = self._rules
        due = await self._db.read(
            lambda conn: silence.neglected(conn, silent_after=rules.silent_after, grace=rules.presence_grace)
        )
        for item in due:
            if await self._db.write(queue.take_back, item.handoff, item.why):
                log.info("taken_back", handoff=item.handoff.id, why=item.why)
                self._poke([item.handoff.conv_id])

    async def _tell_long_waits(self) -> None:
        for handoff in await self._db.read(long_waits.to_tell, self._rules):
            if await self._db.write(_tell, handoff.id, self._rules):
                self._poke([handoff.conv_id])

    async def _expire(self) -> None:
        for handoff in await self._db.read(long_waits.over, self._rules):
            if await self._db.write(queue.expire, handoff):
                self._poke([handoff.conv_id])

    async def _offer(self) -> None:
        if not self._rules.offers:
            return
        if await self._db.read(handoffs.waiting, self._rules.ageing):
            made: int = await self._db.write(queue.make_offers, self._rules)
            if made:
                self._pokes.poke(QUEUE)

    def _poke(self, conv_ids: list[str]) -> None:
        if conv_ids:
            self._pokes.poke(QUEUE, *conv_ids)


def _tell(conn: Connection, handoff_id: str, rules: Rules) -> bool:
    handoff = handoffs.get_handoff(conn, handoff_id)
    if handoff is None or handoff.ended_at is not None or handoff.claimed_by is not None:
        return False
    queue.tell_long_wait(conn, get_conversation(conn, handoff.conv_id), handoff, rules.ageing)
    return True
