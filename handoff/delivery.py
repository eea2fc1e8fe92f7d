"""The outbox worker: leases what must leave for other platforms, sends it in order, and records what became of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import structlog
from sqlalchemy import Connection

from handoff import failpoints, texts
from handoff.conversation import Draft, Event, Mode
from handoff.errors import BatonError
from handoff.periodic import Periodic
from handoff.pokes import DELIVERIES, QUEUE, TURNS, Pokes, wait_for
from handoff.store import deliveries
from handoff.store.append import append, get_conversation
from handoff.store.database import Database
from handoff.store.deliveries import Batch, DeliveryState, Lost

log = structlog.get_logger(__name__)

# Longer than a send with its slowest calls: two tokens fetched, two tries.
LEASE = 60.0
IDLE = 0.5
REAP_EVERY = 5.0
FIRST_DELAY = 1.0
LONGEST_DELAY = 300.0
MAX_ATTEMPTS = 30
STOP_AFTER = 5.0

PartSent = Callable[[int], Awaitable[None]]


class SendLater(Exception):
    """It was surely not sent, and may go later: after ``delay`` seconds, or the usual back-off."""

    def __init__(self, reason: str, delay: float | None = None) -> None:
        super().__init__(reason)
        self.delay = delay


class SendBlocked(Exception):
    """It was not sent and cannot be before the customer writes again.

    ``still(conn)`` is asked once more when that is recorded: a message of the customer may have come meanwhile.
    ``note`` names what the agent who holds the conversation is told.
    """

    def __init__(
        self,
        reason: str,
        still: Callable[[Connection], bool] = lambda _conn: True,
        *,
        note: str = "waits_for_customer",
    ) -> None:
        super().__init__(reason)
        self.still = still
        self.note = note


class SendRefused(Exception):
    """It was not sent and never will be."""


class SendUnknown(Exception):
    """Nobody knows whether it was sent."""


class LeaseLost(Exception):
    """Another worker took the batch over; stop at once."""


class Sender(Protocol):
    """One platform's way out. ``send`` raises one of the four `Send…` errors or returns the platform's id."""

    def together(self, events: Sequence[Event]) -> int:
        """How many of these neighbouring events, from the first, go out as one platform message (at least 1)."""

    async def send(self, batch: Batch, part_sent: PartSent) -> str | None:
        """Send the batch from part ``batch.parts_sent`` on; ``part_sent(n)`` after each part keeps the count."""


class DeliveryWorker:
    """Works off the ``delivery`` table for the endpoints it has senders for, one batch per conversation at a time."""

    def __init__(
        self, db: Database, pokes: Pokes, senders: Mapping[str, Sender], *, lease: float = LEASE, concurrency: int = 8
    ) -> None:
        self._db = db
        self._pokes = pokes
        self._senders = senders
        self._lease = lease
        self._free = asyncio.Semaphore(concurrency)
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until cancelled; calls under way get a few seconds to end, else they become uncertain."""
        if not self._senders:
            return
        await self._db.write(note_lost, deliveries.doubt_all_leased)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reap())
                group.create_task(self._dispatch())
        finally:
            under_way = list(self._running)
            if under_way:
                await asyncio.wait(under_way, timeout=STOP_AFTER)
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _reap(self) -> None:
        await Periodic("deliveries.reaper", self._reap_once, REAP_EVERY).run()

    async def _reap_once(self) -> None:
        lost = await self._db.write(note_lost, deliveries.doubt_expired)
        self._pokes.poke(*(item.conv_id for item in lost))

    async def _dispatch(self) -> None:
        # Whoever writes an event pokes one of these, so no writer has to know of the outbox.
        with self._pokes.listen(DELIVERIES, TURNS, QUEUE) as flag:
            while True:
                await self._free.acquire()
                batch = await self._claim()
                if batch is None:
                    self._free.release()
                    await wait_for(flag, IDLE)
                    continue
                task = asyncio.create_task(self._work(batch))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _claim(self) -> Batch | None:
        try:
            if not await self._db.read(deliveries.something_ready, self._senders):
                return None
            return await self._db.write(deliveries.lease_batch, self._senders, self._lease, self._together)
        except BatonError as error:
            log.warning("delivery_claim_failed", code=error.code, error=error.message)
            return None

    def _together(self, endpoint: str, events: Sequence[Event]) -> int:
        return self._senders[endpoint].together(events)

    async def _work(self, batch: Batch) -> None:
        try:
            await self._send(batch)
        except BatonError as error:
            # The lease runs out and the batch becomes uncertain.
            log.error("delivery_not_recorded", delivery=batch.key, code=error.code, error=error.message)
        except LeaseLost:
            log.warning("delivery_lease_lost", delivery=batch.key)
        except Exception:
            # The same: nobody can say whether it went out.
            log.exception("delivery_crashed", delivery=batch.key)
        finally:
            self._free.release()
            self._pokes.poke(DELIVERIES, batch.conv_id)

    async def _send(self, batch: Batch) -> None:
        async def part_sent(count: int) -> None:
            if not await self._db.write(deliveries.keep_part, batch, count, self._lease):
                raise LeaseLost

        try:
            failpoints.reached("call.before")
            provider_id = await self._senders[batch.endpoint].send(batch, part_sent)
            failpoints.reached("call.after")
        except SendLater as later:
            await self._later(batch, later)
        except SendBlocked as blocked:
            log.info("delivery_waits", delivery=batch.key, reason=str(blocked))
            await self._db.write(hold, batch, blocked)
        except SendRefused as refused:
            await self._give_up(batch, str(refused))
        except SendUnknown as unknown:
            log.warning("delivery_uncertain", delivery=batch.key, reason=str(unknown), again=not batch.in_doubt)
            await self._db.write(note_lost, deliveries.doubt_batch, batch, str(unknown), FIRST_DELAY)
        else:
            await self._db.write(deliveries.end_batch, batch, DeliveryState.SENT, provider_id=provider_id)

    async def _later(self, batch: Batch, later: SendLater) -> None:
        if batch.attempt >= MAX_ATTEMPTS:
            await self._give_up(batch, str(later))
            return
        usual = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(batch.attempt - 1, 10)) * random.uniform(0.7, 1.3)
        delay = usual if later.delay is None else later.delay
        log.warning("delivery_later", delivery=batch.key, reason=str(later), seconds=round(delay, 1))
        # A second try of something in doubt stays one: it must not lose its one chance.
        state = DeliveryState.UNCERTAIN if batch.in_doubt else DeliveryState.PENDING
        await self._db.write(deliveries.end_batch, batch, state, error=str(later), delay=delay)

    async def _give_up(self, batch: Batch, reason: str) -> None:
        log.warning("delivery_dead", delivery=batch.key, reason=reason)
        await self._db.write(bury, batch, reason)


def hold(conn: Connection, batch: Batch, blocked: SendBlocked) -> None:
    """The batch waits for the customer's next message; the agent who holds the conversation sees that once."""
    if not blocked.still(conn):
        deliveries.end_batch(conn, batch, DeliveryState.PENDING)
        return
    others = deliveries.count_waiting(conn, batch.conv_id)
    ended = deliveries.end_batch(conn, batch, DeliveryState.WAITING, error=str(blocked))
    if ended and not others and get_conversation(conn, batch.conv_id).mode is Mode.HUMAN:
        note_for_agents(conn, batch.conv_id, blocked.note, f"waits:{batch.events[0].seq}:{batch.attempt}")


def bury(conn: Connection, batch: Batch, reason: str) -> None:
    """The batch can never arrive: dead, and the agents see why, in one step."""
    if deliveries.end_batch(conn, batch, DeliveryState.DEAD, error=reason):
        note_for_agents(conn, batch.conv_id, "not_delivered", f"dead:{batch.events[0].seq}", reason=reason)


def note_lost(conn: Connection, find: Callable[..., list[Lost]], *args: object) -> list[Lost]:
    """Run ``find`` and tell the agents of each conversation it names, in the same transaction."""
    lost = find(conn, *args)
    told: set[tuple[str, bool]] = set()
    for item in lost:
        if (item.conv_id, item.final) in told:
            continue
        told.add((item.conv_id, item.final))
        code = "maybe_not_delivered" if item.final else "maybe_double"
        note_for_agents(conn, item.conv_id, code, f"{code}:{item.seq}")
    return lost


def note_for_agents(conn: Connection, conv_id: str, code: str, key: str, **values: object) -> None:
    """An internal line from the system about delivery; the same ``key`` is written once."""
    lang = get_conversation(conn, conv_id).lang
    payload = {"meta": {"code": code, **values}}
    words = texts.text("note", code, lang, **values)
    draft = Draft("note", "system", words, f"delivery:{key}", payload=payload, internal=True)
    append(conn, conv_id, draft, author_name=texts.text("words", "system", lang))
