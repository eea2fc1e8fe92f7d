"""Two gateway processes on one PostgreSQL: they race for the same customers, and agree which Rasa has whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.people import WEB
from tests.storm.revived import Clerk, Person, Revived, add_agents
from tests.storm.storm import UNLIMITED
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

AGENTS, CUSTOMERS = 10, 20


@contextmanager
def gateways(
    folder: Path, nursery: Nursery, postgres: PostgresServer, rasas: Sequence[TurnServer], **settings: str
) -> Iterator[list[GatewayProcess]]:
    """Two that serve, each with its own folder; all of the Rasas are named to both, in another order."""
    with postgres.database() as url, ExitStack() as ends:
        pair = []
        for name, order in (("one", rasas), ("two", rasas[::-1])):
            (folder / name).mkdir()
            addresses = ",".join(f"http://127.0.0.1:{rasa.port}" for rasa in order)
            env = UNLIMITED | {"BATON_DATABASE_URL": url, "BATON_RASA_URL": addresses} | settings
            gateway = GatewayProcess(folder / name, rasas[0].port, nursery, env)
            ends.callback(lambda gateway=gateway: gateway.running and gateway.kill())
            gateway.start().close()
            pair.append(gateway)
        yield pair


def test_two_processes_race_for_the_same_customers(
    tmp_path: Path, nursery: Nursery, postgres: PostgresServer, rasa: TurnServer
) -> None:
    """Ten agents, half of them at each gateway, click on each of twenty customers at the same instant."""
    with gateways(tmp_path, nursery, postgres, [rasa], BATON_AGENT_CAPACITY="100") as pair:
        calls = [Revived(gateway) for gateway in pair]
        add_agents(calls[0], AGENTS)
        clerks = [Clerk(calls[number % 2], f"agent{number}") for number in range(AGENTS)]
        for clerk in clerks:
            clerk.arrive()
        asked = [_asking(calls[number % 2]) for number in range(CUSTOMERS)]
        waiting = {item["conv_id"]: item["handoff_id"] for item in clerks[0].queue()}
        with ThreadPoolExecutor(AGENTS) as pool:
            for conv in asked:
                together = Barrier(AGENTS)
                clicks = [pool.submit(_click, clerk, waiting[conv], together) for clerk in clerks]
                answers = [click.result(60) for click in clicks]
                won = [number for number, answer in enumerate(answers) if answer.status_code == 200]
                assert len(won) == 1, [answer.text for answer in answers]
                lost = [answer for answer in answers if answer.status_code != 200]
                assert {answer.json()["error"]["code"] for answer in lost} == {"already_claimed"}
                assert all(f"Agent {won[0]}" in answer.json()["error"]["message"] for answer in lost)
        assert stored.read(pair[0].database).faults == []


def test_two_gateways_with_three_rasas_give_each_conversation_to_one(
    tmp_path: Path, nursery: Nursery, postgres: PostgresServer
) -> None:
    with ExitStack() as open_rasas:
        rasas = [open_rasas.enter_context(TurnServer()) for _ in range(3)]
        with gateways(tmp_path, nursery, postgres, rasas) as pair:
            calls = [Revived(gateway) for gateway in pair]
            people = [Person(calls[number % 2]) for number in range(12)]
            for person in people:
                person.arrive()
            for turn in range(4):
                for number, person in enumerate(people):
                    there = Person(calls[(number + turn) % 2], person.headers, person.conv)
                    assert there.say(f"{turn}", f"message-{turn}").status_code == 200
                for person in people:
                    person.until(texts=turn + 1)
            assert stored.read(pair[0].database).faults == []
        had = {
            person.conv: {rasa.port for rasa in rasas for turn in rasa.turns if turn["sender"].startswith(person.conv)}
            for person in people
        }
    assert all(len(ports) == 1 for ports in had.values()), had
    assert len({port for ports in had.values() for port in ports}) >= 2, "nobody shares the work"
    assert sum(len(rasa.turns) for rasa in rasas) == 48


def _asking(calls: Revived) -> str:
    person = Person(calls)
    person.arrive()
    asked = calls.call("POST", f"{WEB}/handoff", json={"client_msg_id": "a-person"}, headers=person.headers)
    assert asked.status_code == 200, asked.text
    return person.conv


def _click(clerk: Clerk, handoff_id: str, together: Barrier) -> httpx.Response:
    together.wait(60)
    return clerk.claim(handoff_id)
