"""The gateway process dies with -9: what was acknowledged is there, once, and every question gets one answer."""

from __future__ import annotations

import random
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer, wait_until

WEB = "/api/v1/web"


@pytest.fixture
def rasa() -> Iterator[TurnServer]:
    with TurnServer() as server:
        yield server


@pytest.fixture
def gateway(tmp_path: Path, rasa: TurnServer) -> Iterator[GatewayProcess]:
    process = GatewayProcess(tmp_path, rasa.port)
    yield process
    if process._process and process._process.poll() is None:
        process.kill()


def sign_in(http: httpx.Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {http.post(f'{WEB}/session', json={}).json()['token']}"}


def events(http: httpx.Client, me: dict[str, str], since: int = 0) -> list[dict[str, Any]]:
    found = http.get(f"{WEB}/events", params={"since": since}, headers=me).json()["events"]
    return found + events(http, me, found[-1]["seq"]) if len(found) == 100 else found


def send(http: httpx.Client, me: dict[str, str], text: str, msg_id: str) -> httpx.Response:
    return http.post(f"{WEB}/messages", json={"client_msg_id": msg_id, "text": text}, headers=me)


def test_killed_between_message_and_answer(gateway: GatewayProcess, rasa: TurnServer) -> None:
    http = gateway.start()
    me = sign_in(http)
    rasa.hold.clear()
    ack = send(http, me, "在吗", "message-1").json()
    wait_until(lambda: len(rasa.turns) == 1)
    gateway.kill()
    rasa.hold.set()
    http = gateway.start()
    assert send(http, me, "在吗", "message-1").json() == ack
    wait_until(lambda: len(events(http, me)) >= 2)
    assert [e["text"] for e in events(http, me)] == ["在吗", "answer 1 to 在吗"]
    assert {turn["turn_id"] for turn in rasa.turns} == {rasa.turns[0]["turn_id"]}


def test_stopped_politely_ends_with_zero(gateway: GatewayProcess) -> None:
    gateway.start()
    assert gateway.kill(signal.SIGTERM) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_storm_of_kills_loses_and_doubles_nothing(gateway: GatewayProcess, kills: int) -> None:
    """Kills under load: every acknowledged message is stored once and answered once, in one order."""
    http = gateway.start()
    customers = [sign_in(http) for _ in range(4)]
    acked: dict[int, dict[str, int]] = {n: {} for n in range(4)}
    stop = threading.Event()

    def talk(number: int) -> None:
        client = httpx.Client(base_url=http.base_url, timeout=5)
        while not stop.is_set():
            msg_id = uuid.uuid4().hex
            while not stop.is_set():
                try:
                    answer = send(client, customers[number], msg_id, msg_id)
                except httpx.HTTPError:
                    stop.wait(0.05)
                    continue
                if answer.status_code == 200:
                    acked[number][msg_id] = answer.json()["seq"]
                    break
                stop.wait(0.2)

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    chance = random.Random(7)
    for _ in range(kills):
        stop.wait(chance.uniform(0.05, 0.6))
        gateway.kill()
        gateway.start()
    wait_until(lambda: all(acked.values()))
    stop.set()
    for thread in threads:
        thread.join()
    for number, me in enumerate(customers):
        stored = drained(http, me)
        mine = [e for e in stored if e["author"] == "customer"]
        assert [e["seq"] for e in stored] == list(range(1, len(stored) + 1))
        assert len({e["client_msg_id"] for e in mine}) == len(mine)
        assert {e["text"]: e["seq"] for e in mine}.items() >= acked[number].items()
        answered = [e["text"].rpartition(" ")[2] for e in stored if e["author"] == "bot"]
        assert answered == [e["text"] for e in mine]


def drained(http: httpx.Client, me: dict[str, str]) -> list[dict[str, Any]]:
    """The customer's thread once the bot owes nothing more."""
    wait_until(lambda: not http.get(f"{WEB}/events?since=1000000", headers=me).json()["bot_typing"], 60)
    return events(http, me)
