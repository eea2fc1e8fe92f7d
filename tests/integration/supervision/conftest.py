"""The gateway's parts over a real database, with the wall and the quality sample on top."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from handoff.conversation import Conversation, MoodReading
from handoff.insight.targets import Targets
from handoff.quality import QualityDesk
from handoff.rasa_workers import WorkerState
from handoff.store import moods
from handoff.store.wechat_accounts import AccountHealth
from handoff.wall import Wall
from handoff.wall.health import Probe
from tests.integration.handoff.conftest import (
    ON_BOTH,
    World,
    database_url,
    migrated_database,
    migrated_postgres,
    settings,
    world,
)

__all__ = ["ON_BOTH", "database_url", "migrated_database", "migrated_postgres", "settings", "world"]


@dataclass
class Machine:
    """Everything beside the database, as a test wants it to be."""

    workers: list[WorkerState] = field(default_factory=lambda: [WorkerState("http://rasa", True, False)])
    actions: tuple[bool, int | None] = (True, 70)
    accounts: list[AccountHealth] = field(default_factory=list)

    async def states(self) -> list[WorkerState]:
        return self.workers

    async def readiness(self) -> tuple[bool, int | None]:
        return self.actions

    async def health(self) -> list[AccountHealth]:
        return self.accounts

    def rasa_is_gone(self) -> None:
        self.workers = [replace(one, healthy=False) for one in self.workers]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("handoff.wall.health.FRESH", -1.0)
    monkeypatch.setattr("handoff.wall.service.SHARED", -1.0)
    monkeypatch.setattr("handoff.wall.service.ANGER_EVERY", -1.0)
    return Machine()


@pytest.fixture
def wall(world: World, machine: Machine, tmp_path: Path) -> Wall:
    return Wall(world.db, world.pokes, Probe(machine, machine, machine, tmp_path), Targets())


@pytest.fixture
def quality(world: World) -> QualityDesk:
    return QualityDesk(world.db)


async def feels(world: World, conv: Conversation, valence: float, anger: float, label: str) -> None:
    """The customer says something in this mood."""
    said = await world.say(conv, f"{label} {anger}")

    def work(conn: Connection) -> None:
        moods.put_mood(conn, conv.id, MoodReading(said.seq, valence, anger, anger, label))

    await world.db.write(work)


# The numbers run on both databases always; what only has to work on PostgreSQL too runs there in `make test-long`.
LONG_ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
