"""Nasty scenarios that need a real process; docs/testing.md says which test plays which of the twenty-five."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
import websockets

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.drills import Ground, late_answer_after_the_claim, pokes_are_lost
from tests.storm.people import ASK_FOR_PERSON, WEB
from tests.storm.revived import Clerk, Person, Revived, add_agents
from tests.storm.storm import hand_over_when_asked
from tests.support.processes import wait_until

Change = Callable[[dict[str, Any], dict[str, Any]], Any]
BAD_ANSWERS: dict[str, Change] = {
    "nothing": lambda body, answer: {"turn_id": body["turn_id"], "messages": []},
    "another turn": lambda body, answer: answer | {"turn_id": "another"},
    "no object": lambda body, answer: ["answer"],
    "five megabytes": lambda body, answer: answer | {"messages": [{"text": "长" * 1_700_000}]},
}
only_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def somebody(calls: Revived) -> Person:
    person = Person(calls)
    person.arrive()
    return person


@pytest.mark.long
@only_sqlite
def test_scenario_02_killed_before_the_commit(gateway: GatewayProcess) -> None:
    """Nothing is there, nothing was acknowledged; the same message sent again is there once."""
    gateway.start()
    calls = Revived(gateway)
    person = somebody(calls)
    for visit in range(4, 10):  # the start itself commits a few times
        gateway.kill()
        calls.start(FAILPOINT=f"commit.before@{visit}:kill")
        assert person.say(f"{visit}", f"message-{visit}").status_code == 200
    assert calls.deaths >= 3
    said = [event["text"] for event in person.events() if event["author"] == "customer"]
    assert said == [f"{visit}" for visit in range(4, 10)]


@only_sqlite
def test_scenario_07_without_pokes_everything_arrives(gateway: GatewayProcess, rasa: TurnServer) -> None:
    pokes_are_lost(Ground(gateway, rasa))


@pytest.mark.long
@only_sqlite
def test_scenario_14_a_late_answer_after_the_claim(gateway: GatewayProcess, rasa: TurnServer) -> None:
    late_answer_after_the_claim(Ground(gateway, rasa))


@pytest.mark.long
@only_sqlite
def test_scenario_20_bad_answers_of_rasa_end_with_a_person(gateway: GatewayProcess, rasa: TurnServer) -> None:
    """Bounded in size and in tries; the conversation is not stuck, and the next one is answered."""
    gateway.start()
    calls = Revived(gateway)
    for name, change in BAD_ANSWERS.items():
        rasa.script = change
        person = somebody(calls)
        person.say(name, "message-1")
        person.until(code="bot_failed")
        assert [event["author"] for event in person.events()] == ["customer", "system"], name
    rasa.script = hand_over_when_asked
    assert stored.read(gateway.database).faults == []


@only_sqlite
def test_scenario_25_an_agent_disabled_in_the_middle_of_a_chat(gateway: GatewayProcess, rasa: TurnServer) -> None:
    """The chat waits again, the old session is dead, and all that over a restart."""
    gateway.start()
    rasa.script = hand_over_when_asked
    calls = Revived(gateway)
    add_agents(calls, 2)
    person, clerk, other = somebody(calls), Clerk(calls, "agent0"), Clerk(calls, "agent1")
    clerk.arrive()
    other.arrive()
    person.say(f"我要{ASK_FOR_PERSON}", "message-1")
    person.until(code="queued")
    fence = clerk.take(person.conv)
    gateway.kill()
    secret = {"X-Baton-Secret": "test-secret"}
    assert calls.call("POST", "/internal/agents/agent0/disable", headers=secret).status_code == 200
    gateway.kill()
    assert clerk.write(person.conv, fence, "还在", "reply-0001").status_code == 401
    assert other.take(person.conv) > fence
    assert stored.read(gateway.database).faults == []


@pytest.mark.long
@only_sqlite
@pytest.mark.timeout(300)
def test_scenario_24_slow_readers_are_cut_and_harm_nobody(gateway: GatewayProcess, rasa: TurnServer) -> None:
    """Ten sockets that never read, each with megabytes waiting for it: cut off, while others are served."""
    gateway.start()
    calls = Revived(gateway)
    greedy, other = somebody(calls), somebody(calls)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: greedy.say(f"{number}" + "字" * 3900, f"message-{number:04}"), range(230)))
    wait_until(lambda: not stored.busy(gateway.database), 120)
    lines = [deaf_socket(gateway, greedy) for _ in range(10)]
    assert held(gateway, lines) == 10
    for number in range(20):
        other.say(f"{number}", f"message-{number:04}")
    other.until(texts=20)
    wait_until(lambda: held(gateway, lines) == 0, 120, "for the slow readers to be cut off")
    for line in lines:
        line.close()
    assert gateway.running


@pytest.mark.long
@only_sqlite
async def test_scenario_24_a_flood_from_one_client_is_cut_and_memory_stays(
    gateway: GatewayProcess, rasa: TurnServer
) -> None:
    """Ten thousand frames as fast as they go, and frames of 64 KiB: the offender is closed, others are served."""
    gateway.start()
    calls = Revived(gateway)
    flooding, other = somebody(calls), somebody(calls)
    other.say("before", "message-0000")
    other.until(texts=1)
    before = psutil.Process(gateway.pid).memory_info().rss
    token = flooding.headers["Authorization"].removeprefix("Bearer ")
    hello = json.dumps({"type": "hello", "token": token, "since": 0, "epoch": None})
    for frame, times in (('{"type":"ping"}', 10_000), (json.dumps({"type": "x" * 64_000}), 200)):
        async with asyncio.timeout(60):
            with pytest.raises(websockets.ConnectionClosed):
                async with websockets.connect(f"ws://127.0.0.1:{gateway.port}{WEB}/socket") as line:
                    await line.send(hello)
                    for _ in range(times):
                        await line.send(frame)
                    while True:
                        await line.recv()
    for number in range(1, 11):
        assert other.say(f"{number}", f"message-{number:04}").status_code == 200
    other.until(texts=11)
    assert psutil.Process(gateway.pid).memory_info().rss - before < 64 * 1024 * 1024
    assert stored.read(gateway.database).faults == []


def deaf_socket(gateway: GatewayProcess, person: Person) -> socket.socket:
    """A WebSocket that has said hello and will never read; its buffer is as small as the system allows."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", gateway.port))
    key = b64encode(bytes(16)).decode()
    line.sendall(
        f"GET {WEB}/socket HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    token = person.headers["Authorization"].removeprefix("Bearer ")
    hello = json.dumps({"type": "hello", "token": token, "since": 0, "epoch": None}).encode()
    masked = struct.pack("!BBH", 0x81, 0x80 | 126, len(hello)) + bytes(4) + hello
    time.sleep(0.05)  # the upgrade is answered first; what it says is not read
    line.sendall(masked)
    return line


def held(gateway: GatewayProcess, lines: list[socket.socket]) -> int:
    """How many of these connections the gateway still has. The deaf end cannot know: it reads nothing, not even FIN."""
    ours = {line.getsockname()[1] for line in lines}
    theirs = psutil.Process(gateway.pid).net_connections("tcp")
    return sum(bool(line.raddr) and line.raddr.port in ours for line in theirs)
