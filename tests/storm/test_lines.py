"""Broken lines between browser, gateway, Rasa and PostgreSQL: late, cut, reset, silent, refused."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.people import WEB
from tests.storm.revived import Person, Revived, add_agents
from tests.storm.storm import UNLIMITED, Storm
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer
from tests.support.processes import wait_until

pytestmark = pytest.mark.long

FAULTS = {
    "late": Fault(latency=0.3),
    "cut on the way there": Fault(up=60),
    "cut on the way back": Fault(down=2),
    "cut in the middle of the answer": Fault(down=200),
    "reset on the way back": Fault(down=2, reset=True),
    "silent": Fault(silent=True),
    "refused": Fault(refuse=True),
}

QUICK = ("late", "cut on the way back")


def settled(gateway: GatewayProcess) -> stored.Truth:
    wait_until(lambda: not stored.busy(gateway.database), 60, "for the bot to owe nothing")
    truth = stored.read(gateway.database)
    assert truth.faults == []
    return truth


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_between_browser_and_gateway_no_fault_stores_twice(gateway: GatewayProcess, rasa: TurnServer) -> None:
    """The classic: the answer is lost, the widget tries again with its id, the message is there once."""
    gateway.start()
    with FaultProxy(gateway.port) as line:
        person = Person(Revived(gateway))
        person.arrive()
        for number, (name, fault) in enumerate(FAULTS.items(), 1):
            body = {"client_msg_id": f"message-{number}", "text": name}
            with line.failing(fault), httpx.Client(base_url=line.origin, headers=person.headers, timeout=1) as http:
                for _ in range(2):
                    try:
                        http.post(f"{WEB}/messages", json=body)
                    except httpx.HTTPError:
                        continue
            assert person.say(name, f"message-{number}").status_code == 200
            person.until(texts=number)
    said = [event.text for event in settled(gateway).events if event.author == "customer"]
    assert said == list(FAULTS)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "fault", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in FAULTS]
)
def test_between_gateway_and_rasa_there_is_one_answer_or_a_person(
    tmp_path: Path, rasa: TurnServer, nursery: Nursery, store: dict[str, str], fault: str
) -> None:
    with FaultProxy(rasa.port) as line:
        gateway = GatewayProcess(tmp_path, line.port, nursery, UNLIMITED | {"BATON_TURN_TIMEOUT": "2"})
        gateway.start()
        try:
            person = Person(Revived(gateway))
            person.arrive()
            with line.failing(FAULTS[fault]):
                person.say("在吗", "message-1")
                wait_until(lambda: len(person.events()) >= 2, 30, "for an answer or a person")
            truth = settled(gateway)
            told = [(event.author, event.kind) for event in truth.public(person.conv)]
            assert told in (
                [("customer", "message"), ("bot", "message")],
                [("customer", "message"), ("system", "notice")],
            )
            assert (told[1][0] == "bot") == (fault == "late")
            assert len({turn["turn_id"] for turn in rasa.turns}) <= 1
        finally:
            gateway.kill()


@pytest.mark.long
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_people_whose_line_drops_again_and_again_miss_nothing(gateway: GatewayProcess, rasa: TurnServer) -> None:
    gateway.start()
    add_agents(Revived(gateway), 1)
    with FaultProxy(gateway.port) as line:

        async def drops(storm: Storm) -> None:
            chance = random.Random(3)
            for _ in range(12):
                await storm.progress(chance.randint(1, 4))
                await asyncio.sleep(chance.uniform(0.0, 0.2))
                line.fault = chance.choice([Fault(), Fault(down=chance.randint(1, 900)), Fault(refuse=True)])
                await asyncio.to_thread(line.cut, reset=chance.random() < 0.5)
                await asyncio.sleep(chance.uniform(0.1, 0.3))
                line.fault = Fault()

        report = Storm(gateway, rasa, customers=4, agents=1, front=line.origin).run(drops)
    assert report.faults == {}, str(report)
    assert report.acknowledged >= 12


@pytest.fixture
def behind_a_line(
    tmp_path: Path, rasa: TurnServer, nursery: Nursery, postgres: PostgresServer
) -> Iterator[tuple[GatewayProcess, FaultProxy]]:
    """A gateway whose PostgreSQL is at the end of a line that can fail."""
    with postgres.database() as url, FaultProxy(postgres.port) as line:
        bad = url.replace(f":{postgres.port}/", f":{line.port}/")
        gateway = GatewayProcess(tmp_path, rasa.port, nursery, UNLIMITED | {"BATON_DATABASE_URL": bad})
        gateway.start()
        yield gateway, line
        if gateway.running:
            gateway.kill()


def test_between_gateway_and_postgresql_the_pool_heals(
    behind_a_line: tuple[GatewayProcess, FaultProxy], rasa: TurnServer
) -> None:
    """Lines cut under load, also at COMMIT: retried by key, every message is there once."""
    gateway, line = behind_a_line
    add_agents(Revived(gateway), 1)

    async def cuts(storm: Storm) -> None:
        chance = random.Random(5)
        for _ in range(10):
            await storm.progress(chance.randint(1, 4))
            await asyncio.to_thread(line.cut, reset=chance.random() < 0.7)

    report = Storm(gateway, rasa, customers=4, agents=1).run(cuts)
    assert report.faults == {}, str(report)
    assert report.acknowledged >= 10
    assert gateway.running


@pytest.mark.long
def test_postgresql_killed_under_load(
    tmp_path: Path, rasa: TurnServer, nursery: Nursery, postgres: PostgresServer
) -> None:
    """The server dies with -9 and comes back: no ack is lost, the gateway lives on by itself."""
    with postgres.database() as url:
        gateway = GatewayProcess(tmp_path, rasa.port, nursery, UNLIMITED | {"BATON_DATABASE_URL": url})
        gateway.start()

        async def crash(storm: Storm) -> None:
            for _ in range(2):
                await storm.progress(5)
                await asyncio.to_thread(postgres.stop, signal.SIGKILL)
                await asyncio.sleep(0.3)
                await asyncio.to_thread(postgres.start)

        try:
            report = Storm(gateway, rasa, customers=4, agents=0).run(crash)
            assert report.faults == {}, str(report)
            assert gateway.running
        finally:
            gateway.kill()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_held_answer_does_not_hold_other_customers(gateway: GatewayProcess, rasa: TurnServer) -> None:
    """While Rasa is silent, messages are taken and acknowledged at once."""
    gateway.start()
    person = Person(Revived(gateway))
    person.arrive()
    rasa.hold.clear()
    for number in range(3):
        assert person.say(f"{number}", f"message-{number}").status_code == 200
    assert [event["author"] for event in person.events()] == ["customer"] * 3
    rasa.hold.set()
    person.until(texts=3)
