"""Killed before and after every commit and every call to Rasa: the same end each time.

A scenario is run once to count the places where the gateway can die; then again for each, dead at that place, its
callers trying again with their keys. The idea is that of ``due-work-harness``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from sqlalchemy import select

from handoff.store import tables as t
from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.people import ASK_FOR_PERSON
from tests.storm.revived import Clerk, Person, Revived, add_agents
from tests.storm.storm import UNLIMITED, hand_over_when_asked
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.long

PLACES = ("commit.before", "commit.after", "call.before", "call.after")
# A slow machine must not write into the end that it was slow.
OWN = {"BATON_TURN_LEASE": "1", "BATON_BUSY_AFTER": "3600"}
End = dict[str, list[Any]]


def scenario(calls: Revived) -> Person:
    """From a question to a person and back to the bot."""
    person, clerk = Person(calls), Clerk(calls, "agent0")
    person.arrive()
    person.say("在吗", "message-1")
    person.until(texts=1)
    person.say(f"我要{ASK_FOR_PERSON}", "message-2")
    person.until(texts=2, code="queued")
    clerk.arrive()
    fence = clerk.take(person.conv)
    assert clerk.write(person.conv, fence, "您好", "reply-0001").status_code == 200
    assert clerk.write(person.conv, fence, "老客户", "note-0001", "notes").status_code == 200
    assert person.say("谢谢", "message-3").status_code == 200
    assert clerk.let_go(person.conv, fence).status_code == 200
    person.say("再问一句", "message-4")
    person.until(texts=3)
    return person


def end_of(gateway: GatewayProcess, conv: str) -> End:
    """What must be the same however often the gateway died on the way."""
    truth = stored.read(gateway.database)
    with stored.looking(gateway.database) as conn:
        handoffs = conn.execute(select(t.handoff).where(t.handoff.c.conv_id == conv)).all()
        steps = conn.execute(
            select(t.handoff_event.c.kind)
            .where(t.handoff_event.c.handoff_id.in_([row.id for row in handoffs]))
            .order_by(t.handoff_event.c.seq)
        )
        turns = conn.execute(select(t.turn.c.state).where(t.turn.c.conv_id == conv).order_by(t.turn.c.in_seq))
        return {
            "events": [(event.seq, event.author, event.kind, event.text) for event in truth.of(conv)],
            "handoffs": [(row.state, row.outcome, row.reason) for row in handoffs],
            "life": [row.kind for row in steps],
            "turns": [row.state for row in turns],
            "faults": truth.faults,
        }


class Stage:
    """Runs the scenario on a fresh copy of a database that has one agent in it."""

    def __init__(self, folder: Path, nursery: Nursery, postgres: PostgresServer | None) -> None:
        self._folder = folder
        self._nursery = nursery
        self._postgres = postgres
        self._template = folder / "template"
        self._runs = 0

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Make the database that every run starts from."""
        self._template.mkdir()
        if self._postgres is None:
            self._make(GatewayProcess(self._template, 9, self._nursery, UNLIMITED))
            yield
            return
        with self._postgres.database() as url:
            self._make(GatewayProcess(self._template, 9, self._nursery, UNLIMITED | {"BATON_DATABASE_URL": url}))
            self._template_url = url
            yield

    @staticmethod
    def _make(gateway: GatewayProcess) -> None:
        gateway.start()
        add_agents(Revived(gateway), 1)
        gateway.kill()

    def run(self, **failpoint: str) -> tuple[End, int]:
        """The end of the scenario, and how often the gateway died in it."""
        self._runs += 1
        folder = self._folder / str(self._runs)
        folder.mkdir()
        if self._postgres is None:
            for path in self._template.glob("baton.db*"):
                copy(path, folder)
            return self._play(folder, {}, failpoint)
        with self._postgres.database(self._template_url.rpartition("/")[2]) as url:
            return self._play(folder, {"BATON_DATABASE_URL": url}, failpoint)

    def _play(self, folder: Path, store: dict[str, str], failpoint: dict[str, str]) -> tuple[End, int]:
        with TurnServer() as rasa:
            rasa.script = hand_over_when_asked
            gateway = GatewayProcess(folder, rasa.port, self._nursery, UNLIMITED | store | OWN)
            calls = Revived(gateway)
            try:
                calls.start(**failpoint)
                person = scenario(calls)
                return end_of(gateway, person.conv), calls.deaths
            finally:
                if gateway.running:
                    gateway.kill()


def deaths_at(stage: Stage, folder: Path, every: int) -> dict[str, int]:
    """Play the scenario dead at every ``every``-th visit of each place; returns how many deaths each place had."""
    count = folder / "visits"
    expected, _ = stage.run(FAILPOINT_COUNT=str(count))
    assert expected["faults"] == []
    assert expected["turns"] == ["done"] * 3
    visits = Counter(count.read_text().split())
    deaths: dict[str, int] = dict.fromkeys(PLACES, 0)
    for place in PLACES:
        step = every if place.startswith("commit") else max(1, every // 4)
        offset = 1 if place.endswith("before") else 1 + step // 2
        for visit in range(offset, visits[place] + 1, step):
            end, died = stage.run(FAILPOINT=f"{place}@{visit}:kill")
            assert end == expected, f"dead at {place}@{visit}"
            deaths[place] += died
    return deaths


@pytest.mark.timeout(600)
def test_dead_at_some_boundaries_the_end_is_the_same(tmp_path: Path, nursery: Nursery) -> None:
    stage = Stage(tmp_path, nursery, None)
    with stage.prepared():
        deaths = deaths_at(stage, tmp_path, 16)
    assert all(deaths.values()), deaths


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("on", ["sqlite", "postgresql"])
def test_dead_at_every_boundary_the_end_is_the_same(
    tmp_path: Path, nursery: Nursery, on: str, request: pytest.FixtureRequest
) -> None:
    stage = Stage(tmp_path, nursery, None if on == "sqlite" else request.getfixturevalue("postgres"))
    with stage.prepared():
        deaths = deaths_at(stage, tmp_path, 1)
    assert all(deaths.values()), deaths
