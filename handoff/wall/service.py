"""Use-cases of the wall: one look for every screen that hangs, and the acknowledging of alerts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from handoff.clean_text import clean_text
from handoff.conversation import Agent
from handoff.errors import Forbidden, NotFound
from handoff.insight.targets import Targets
from handoff.pokes import QUEUE, Pokes
from handoff.routing.rules import OVERSEERS
from handoff.store.database import Database
from handoff.wall import alerts
from handoff.wall.alerts import Acknowledgement, Alert
from handoff.wall.facts import Anger, Facts, Health
from handoff.wall.feelings import anger_now
from handoff.wall.findings import Finding, Severity, findings
from handoff.wall.health import Probe
from handoff.wall.reading import read_facts

MAX_NOTE = 500
HISTORY = 50
# Screens that ask within this many seconds share one look at the database.
SHARED = 1.0
ANGER_EVERY = 60.0

State = Literal["good", "seen", "attention", "bad"]


@dataclass(frozen=True)
class Snapshot:
    """Everything on the wall at one moment, and its one-line verdict."""

    facts: Facts
    health: Health
    targets: Targets
    alerts: tuple[Alert, ...]

    @property
    def open_alerts(self) -> int:
        """How many things somebody must still see to."""
        return sum(one.open for one in self.alerts)

    @property
    def state(self) -> State:
        """``good`` with no alert, ``seen`` when somebody sees to each, ``bad`` when one left is critical."""
        if not self.alerts:
            return "good"
        left = [one.finding.severity for one in self.alerts if one.open]
        if not left:
            return "seen"
        return "bad" if Severity.CRITICAL in left else "attention"


class Wall:
    """What is going on now. Overseers only: the caller checks nothing."""

    def __init__(self, db: Database, pokes: Pokes, probe: Probe, targets: Targets) -> None:
        self._db, self._pokes, self._probe, self._targets = db, pokes, probe, targets
        self._looking = asyncio.Lock()
        self._seen: Snapshot | None = None
        self._seen_at = float("-inf")
        self._anger = Anger()
        self._anger_at = float("-inf")

    async def look(self, agent: Agent) -> Snapshot:
        """The wall, at most a second old; `Forbidden` for others than supervisors and administrators."""
        _demand(agent)
        async with self._looking:
            if self._seen is None or time.monotonic() - self._seen_at > SHARED:
                self._seen = await self.look_now()
                self._seen_at = time.monotonic()
            return self._seen

    async def look_now(self) -> Snapshot:
        """The wall as it is after this call."""
        health = await self._probe.look()
        return await self._db.read(self._snapshot, health, await self._angry())

    async def watch(self) -> Sequence[Finding]:
        """Remember since when things are wrong; called every few seconds by `handoff.wall.watch`."""
        found = [one.finding for one in (await self.look_now()).alerts]
        remembered = await self._db.read(alerts.known)
        if found or remembered:
            await self._db.write(alerts.keep, found)
        return found

    async def acknowledge(self, agent: Agent, key: str, note: str = "") -> Snapshot:
        """This account sees to the alert; `NotFound` when nothing of the kind is wrong any more."""
        _demand(agent)
        words = clean_text(note, MAX_NOTE) if note.strip() else ""
        now = await self.look_now()
        finding = next((one.finding for one in now.alerts if one.finding.key == key), None)
        if finding is None:
            raise NotFound()
        await self._db.write(alerts.acknowledge, agent.id, finding, words)
        self._seen = None
        self._pokes.poke(QUEUE)
        return await self.look(agent)

    async def history(self, agent: Agent, limit: int = HISTORY) -> list[Acknowledgement]:
        """Who saw to what, newest first."""
        _demand(agent)

        def work(conn: Connection) -> list[Acknowledgement]:
            return alerts.acknowledgements(conn, limit=limit)

        return await self._db.read(work)

    async def _angry(self) -> Anger:
        if time.monotonic() - self._anger_at > ANGER_EVERY:
            self._anger, self._anger_at = await self._db.read(anger_now), time.monotonic()
        return self._anger

    def _snapshot(self, conn: Connection, health: Health, anger: Anger) -> Snapshot:
        facts = read_facts(conn, self._targets, anger)
        found = findings(facts, health, self._targets)
        return Snapshot(facts, health, self._targets, tuple(alerts.with_history(conn, found, facts.at)))


def _demand(agent: Agent) -> None:
    if agent.role not in OVERSEERS:
        raise Forbidden()
