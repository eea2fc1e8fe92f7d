"""The gateway process dies with -9: what was acknowledged is there, once, and every question gets one answer."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer, wait_until
from tests.support.nursery import Nursery

WEB = "/api/v1/web"


@pytest.fixture
def rasa() -> Iterator[TurnServer]:
    with TurnServer() as server:
        yield server


@pytest.fixture
def gateway(tmp_path: Path, rasa: TurnServer, nursery: Nursery) -> Iterator[GatewayProcess]:
    process = GatewayProcess(tmp_path, rasa.port, nursery)
    yield process
    if process.running:
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


def test_stopped_politely_ends_with_zero(tmp_path: Path, rasa: TurnServer) -> None:
    gateway = GatewayProcess(tmp_path, rasa.port)  # the module itself, as the supervisor starts it
    gateway.start()
    assert gateway.kill(signal.SIGTERM) in (0, -signal.SIGTERM)
