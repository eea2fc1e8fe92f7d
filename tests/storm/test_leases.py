"""Several gateways on one PostgreSQL: stopped past a lease, killed with one, with clocks that disagree by two hours."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from handoff.store import tables as t
from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.clocks import an_hour
from tests.storm.history import check
from tests.storm.people import ASK_FOR_PERSON
from tests.storm.revived import Clerk, Person, Revived, add_agents
from tests.storm.storm import UNLIMITED, Storm, hand_over_when_asked
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer
from tests.support.processes import wait_until

pytestmark = pytest.mark.long

Two = tuple[GatewayProcess, GatewayProcess]


@pytest.fixture
def two(tmp_path: Path, rasa: TurnServer, nursery: Nursery, postgres: PostgresServer) -> Iterator[Two]:
    """Two gateways with a lease of one second, not started yet."""
    with postgres.database() as url:
        pair = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            env = UNLIMITED | {"BATON_DATABASE_URL": url, "BATON_TURN_LEASE": "1"}
            pair.append(GatewayProcess(tmp_path / name, rasa.port, nursery, env))
        yield pair[0], pair[1]
        for gateway in pair:
            if gateway.running:
                gateway.kill()


def test_a_gateway_stopped_past_its_lease_changes_nothing_when_it_wakes(two: Two, rasa: TurnServer) -> None:
    """Scenario 21: the sleeper's late finish is refused; the customer has one answer."""
    sleeper, other = two
    sleeper.start()
    person = Person(Revived(sleeper))
    person.arrive()
    rasa.hold.clear()
    person.say("在吗", "message-1")
    wait_until(lambda: rasa.turns, 30, "for the turn to be under way")
    sleeper.send(signal.SIGSTOP)
    try:
        other.start()
        awake = Person(Revived(other), person.headers, person.conv)
        wait_until(lambda: len(rasa.turns) >= 2, 60, "for the other gateway to take the turn over")
        rasa.hold.set()
        awake.until(texts=1)
    finally:
        sleeper.send(signal.SIGCONT)
    awake.say("还在吗", "message-2")
    awake.until(texts=2)
    assert sleeper.running
    assert person.say("三", "message-3").status_code == 200
    person.until(texts=3)
    truth = stored.read(other.database)
    asked = [event.seq for event in truth.events if event.author == "customer"]
    assert _answers(truth) == dict.fromkeys(asked, 1)
    assert truth.faults == []
    assert len({turn["turn_id"] for turn in rasa.turns}) == 3


def test_a_gateway_killed_with_a_lease_leaves_its_turn_to_the_other(two: Two, rasa: TurnServer) -> None:
    dying, other = two
    dying.start()
    other.start()
    person = Person(Revived(other))
    person.arrive()
    rasa.hold.clear()
    person.say("在吗", "message-1")
    wait_until(lambda: rasa.turns, 30, "for the turn to be under way")
    dying.kill()
    rasa.hold.set()
    person.until(texts=1)
    truth = stored.read(other.database)
    assert _answers(truth) == {1: 1}


def test_clocks_two_hours_apart_change_nothing(two: Two, rasa: TurnServer) -> None:
    """Leases, sessions and waits count by the database's clock alone."""
    rasa.script = hand_over_when_asked
    fast, slow = two
    fast.start(**an_hour(1))
    slow.start(**an_hour(-1))
    add_agents(Revived(fast), 1)
    person, clerk = Person(Revived(fast)), Clerk(Revived(slow), "agent0")
    person.arrive()
    person.say("在吗", "message-1")
    elsewhere = Person(Revived(slow), person.headers, person.conv)
    elsewhere.until(texts=1)
    elsewhere.say(f"我要{ASK_FOR_PERSON}", "message-2")
    person.until(texts=2, code="queued")
    clerk.arrive()
    line = next(item for item in clerk.queue() if item["conv_id"] == person.conv)
    assert 0 <= line["waited"] < 120
    fence = clerk.take(person.conv)
    assert Clerk(Revived(fast), "agent0", clerk.headers | {"Origin": fast.origin}).queue()
    assert clerk.write(person.conv, fence, "您好", "reply-0001").status_code == 200
    with stored.looking(fast.database) as conn:
        times = conn.execute(select(t.event.c.created_at).order_by(t.event.c.seq)).scalars().all()
    assert times == sorted(times) and times[-1] - times[0] < 120
    assert len(rasa.turns) == 2


@pytest.mark.long
@pytest.mark.timeout(600)
def test_two_gateways_killed_in_turn_under_load(two: Two, rasa: TurnServer) -> None:
    """A rolling restart, and a worse one: people of one gateway see what people of the other write."""
    one, other = two
    one.start()
    other.start()
    add_agents(Revived(one), 2)

    async def in_turn(storm: Storm) -> None:
        chance = random.Random(9)
        for number in range(20):
            gateway = (one, other)[number % 2]
            await storm.progress(chance.randint(2, 8))
            how = signal.SIGTERM if number % 4 == 3 else signal.SIGKILL
            await asyncio.to_thread(gateway.kill, how)
            await asyncio.to_thread(gateway.start)

    storm = Storm(one, rasa)
    report = storm.run(in_turn)
    assert report.faults == {}, str(report)
    assert check(storm.history, stored.read(other.database).events).faults == {}


def _answers(truth: stored.Truth) -> dict[int, int]:
    """How many answers each question has."""
    given = [event.answers for event in truth.events if event.answers is not None]
    return {seq: given.count(seq) for seq in given}
