"""The turn runner: leases waiting customer messages, asks the bot, and hands what it said to `turn_ends`."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import Connection, Row, and_, bindparam, exists, select

from handoff import texts, turn_ends
from handoff.conversation import (
    Conversation,
    Mode,
    Turn,
    sender_of,
)
from handoff.errors import BatonError, BotTimeout, BotUnavailable
from handoff.gathering import Gathered
from handoff.periodic import Periodic
from handoff.pokes import QUEUE, TURNS, Pokes, wait_for
from handoff.rasa import Answer, Bot, TurnRequest
from handoff.routing.rules import Rules
from handoff.settings import Settings
from handoff.store import handoffs, turns
from handoff.store import tables as t
from handoff.store.append import append, get_conversation
from handoff.store.database import Database
from handoff.throttle import Throttle

log = structlog.get_logger(__name__)

RETRY_DELAY = 0.5
IDLE = 0.5
# Turns that come almost together are leased together.
GATHER = 0.005
REAP_EVERY = 2.0

_ASKED = (
    select(
        t.turn.c.id,
        t.turn.c.conv_id,
        t.conversation.c.episode,
        t.conversation.c.lang,
        t.conversation.c.channel,
        t.customer.c.vip,
        t.event.c.text,
        exists(
            select(t.handoff.c.id).where(t.handoff.c.conv_id == t.turn.c.conv_id, t.handoff.c.ended_at.is_not(None))
        ).label("had_person"),
    )
    .join(t.conversation, t.conversation.c.id == t.turn.c.conv_id)
    .join(t.customer, t.customer.c.id == t.conversation.c.customer_id)
    .join(t.event, and_(t.event.c.conv_id == t.turn.c.conv_id, t.event.c.seq == t.turn.c.in_seq))
    .where(t.turn.c.id.in_(bindparam("ids", expanding=True)))
)


class TurnRunner:
    """Works off the ``turn`` table, ``concurrency`` turns at a time, one per conversation."""

    def __init__(self, db: Database, bot: Bot, pokes: Pokes, settings: Settings, concurrency: int = 8) -> None:
        self._db = db
        self._bot = bot
        self._pokes = pokes
        self._settings = settings
        self._rules = Rules.of(settings)
        self._free = Throttle(concurrency)
        self._answered = Gathered(db, turn_ends.finish_together, self._finish, urgent=False)
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until cancelled; a turn under way is then finished by the next process."""
        await self._db.write(turns.release_all)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reap())
                group.create_task(self._dispatch())
        finally:
            under_way = list(self._running)
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _reap(self) -> None:
        await Periodic("turns.reaper", self._reap_once, REAP_EVERY).run()

    async def _reap_once(self) -> None:
        if await self._db.write(turns.release_expired):
            self._pokes.poke(TURNS)
        await self._tell_backlog()

    async def _tell_backlog(self) -> None:
        """Customers who wait for the bot too long are told so, and offered a person; the turn still runs."""
        for turn_id, conv_id in await self._db.read(turns.overdue, self._settings.busy_after):
            if await self._db.write(tell_busy, turn_id, conv_id):
                self._pokes.poke(conv_id)

    async def _dispatch(self) -> None:
        with self._pokes.listen(TURNS) as flag:
            while True:
                places = await self._free.acquire_all()
                claimed = await self._claim(places)
                self._free.release(places - len(claimed))
                for turn, request in claimed:
                    task = asyncio.create_task(self._work(turn, request))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
                if len(claimed) < places:
                    await wait_for(flag, IDLE)
                    await asyncio.sleep(GATHER)

    async def _claim(self, most: int) -> list[tuple[Turn, TurnRequest]]:
        try:
            return await self._db.write(claim, self._settings.turn_lease, most)
        except BatonError as error:
            log.warning("claim_failed", code=error.code, error=error.message)
            return []

    async def _work(self, turn: Turn, request: TurnRequest) -> None:
        try:
            await self._answer(turn, request)
        except BatonError as error:
            # The lease runs out and the turn is tried again.
            log.error("turn_not_recorded", turn=turn.id, code=error.code, error=error.message)
        except asyncio.CancelledError:
            # We stop: whoever comes next need not wait for the lease to run out. The same turn id makes it safe.
            await asyncio.shield(self._db.write(turns.retry_turn, turn, 0.0))
            raise
        except Exception:
            log.exception("turn_crashed", turn=turn.id)
        finally:
            self._free.release()
            self._pokes.poke_here(TURNS)  # the others look for themselves

    async def _answer(self, turn: Turn, request: TurnRequest) -> None:
        try:
            answer = await self._bot.turn(request)
        except BotUnavailable as error:
            if isinstance(error, BotTimeout):
                self._free.timed_out()
            await self._give_up_or_retry(turn, error)
            return
        self._free.went_well()
        conversation = await self._answered.do((turn, answer))
        self._announce(conversation)

    async def _give_up_or_retry(self, turn: Turn, error: BotUnavailable) -> None:
        final = isinstance(error, BotTimeout) or turn.attempt > self._settings.turn_retries
        log.warning("bot_unavailable", turn=turn.id, attempt=turn.attempt, final=final, error=error.message)
        if not final:
            delay = RETRY_DELAY * 2 ** (turn.attempt - 1) * random.uniform(0.5, 1.5)
            await self._db.write(turns.retry_turn, turn, delay)
            return
        self._announce(await self._db.write(turn_ends.fail, turn, self._rules))

    def _finish(self, conn: Connection, answered: tuple[Turn, Answer]) -> Conversation:
        return turn_ends.finish(conn, *answered, self._rules)

    def _announce(self, conversation: Conversation) -> None:
        self._pokes.poke(conversation.id)
        if conversation.mode is Mode.QUEUED:
            self._pokes.poke(QUEUE)


def claim(conn: Connection, lease: float, most: int) -> list[tuple[Turn, TurnRequest]]:
    """Lease up to ``most`` turns, each with what the bot is to be asked."""
    leased = turns.claim_turns(conn, lease, most)
    if not leased:
        return []
    rows = conn.execute(_ASKED, {"ids": [turn.id for turn in leased]})
    asked = {row.id: row for row in rows}
    return [(turn, _request(conn, asked[turn.id])) for turn in leased]


def _request(conn: Connection, row: Row[Any]) -> TurnRequest:
    return TurnRequest(
        sender=sender_of(row.conv_id, row.episode),
        turn_id=row.id,
        text=row.text,
        lang=row.lang,
        vip=row.vip,
        channel=row.channel,
        carry=handoffs.carried_over(conn, row.conv_id) if row.had_person else {},
    )


def tell_busy(conn: Connection, turn_id: str, conv_id: str) -> bool:
    """Say that the answer takes longer, unless it came meanwhile; once for each turn."""
    conversation = get_conversation(conn, conv_id)
    if conversation.mode is not Mode.BOT or not turns.is_unfinished(conn, turn_id):
        return False
    draft = texts.notice("busy", conversation.lang, f"{turn_id}:busy")
    words = texts.text("words", "asked_for_person", conversation.lang)
    offer = {**draft.payload, "buttons": [{"title": words, "payload": words}]}
    append(conn, conv_id, replace(draft, payload=offer), modes=[Mode.BOT])
    return True
