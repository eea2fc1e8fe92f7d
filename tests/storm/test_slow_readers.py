"""Scenario 24: two hundred readers at one byte a second, and a flood from one client, beside people who just write."""

from __future__ import annotations

import asyncio
import json
import select
import socket
import struct
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil
import pytest
import websockets

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.people import WEB
from tests.storm.revived import Person, Revived
from tests.storm.test_scenarios import only_sqlite, somebody
from tests.support.processes import wait_until

READERS = 200
MEGABYTE = 1024 * 1024
PING, BIG = '{"type":"ping"}', json.dumps({"type": "x" * 64_000})


@pytest.mark.long
@only_sqlite
@pytest.mark.timeout(400)
def test_scenario_24_two_hundred_slow_readers_and_a_flood(gateway: GatewayProcess, rasa: TurnServer) -> None:
    """Each slow reader has megabytes waiting for it. All are cut off, memory stays, and others get what is theirs."""
    gateway.start()
    calls = Revived(gateway)
    greedy, flooding, other = somebody(calls), somebody(calls), somebody(calls)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: greedy.say(f"{number}" + "字" * 3900, f"message-{number:04}"), range(230)))
    wait_until(lambda: not stored.busy(gateway.database), 180)
    before = psutil.Process(gateway.pid).memory_info().rss
    with slow_readers(gateway, greedy) as lines, most_memory(gateway.pid) as memory:
        assert held(gateway, lines) > READERS // 2  # on a busy machine the first are cut before the last have come
        flood = threading.Thread(target=lambda: asyncio.run(_flood(gateway, flooding)))
        flood.start()
        for number in range(20):
            assert other.say(f"{number}", f"message-{number:04}").status_code == 200
        other.until(texts=20)
        wait_until(lambda: held(gateway, lines) == 0, 180, "for the slow readers to be cut off")
        flood.join(120)
        assert not flood.is_alive(), "the flood was not cut off"
    assert max(memory) - before < 96 * MEGABYTE
    assert stored.read(gateway.database).faults == []


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
    await _flood(gateway, flooding)
    for number in range(1, 11):
        assert other.say(f"{number}", f"message-{number:04}").status_code == 200
    other.until(texts=11)
    assert psutil.Process(gateway.pid).memory_info().rss - before < 64 * 1024 * 1024
    assert stored.read(gateway.database).faults == []


async def _flood(gateway: GatewayProcess, person: Person) -> None:
    """Ten thousand frames as fast as they go, then frames of 64 KiB; returns once both lines were cut."""
    for frame, times in ((PING, 10_000), (BIG, 200)):
        async with asyncio.timeout(100):
            with pytest.raises(websockets.ConnectionClosed):
                async with websockets.connect(f"ws://127.0.0.1:{gateway.port}{WEB}/socket", open_timeout=60) as line:
                    await line.send(hello_of(person))
                    for _ in range(times):
                        await line.send(frame)
                    while True:
                        await line.recv()


@contextmanager
def slow_readers(gateway: GatewayProcess, person: Person) -> Iterator[list[socket.socket]]:
    """Sockets that have said hello and read one byte a second; their buffers are as small as the system allows."""
    with ThreadPoolExecutor(20) as pool:
        lines = list(pool.map(lambda _: _said_hello(gateway, person), range(READERS)))
    done = threading.Event()
    reading = threading.Thread(target=_read_slowly, args=(lines, done))
    reading.start()
    try:
        yield lines
    finally:
        done.set()
        reading.join(10)
        for line in lines:
            line.close()


def _said_hello(gateway: GatewayProcess, person: Person) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", gateway.port))
    key = b64encode(bytes(16)).decode()
    line.sendall(
        f"GET {WEB}/socket HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    # The upgrade is answered first; what it says is not read.
    assert select.select([line], [], [], 60)[0], "the upgrade was not answered"
    hello = hello_of(person).encode()
    line.sendall(struct.pack("!BBH", 0x81, 0x80 | 126, len(hello)) + bytes(4) + hello)
    return line


def _read_slowly(lines: list[socket.socket], done: threading.Event) -> None:
    while not done.wait(1.0):
        for line in lines:
            try:
                line.recv(1, socket.MSG_DONTWAIT)
            except OSError:
                continue  # nothing there yet, or cut off


def hello_of(person: Person) -> str:
    token = person.headers["Authorization"].removeprefix("Bearer ")
    return json.dumps({"type": "hello", "token": token, "since": 0, "epoch": None})


@contextmanager
def most_memory(pid: int) -> Iterator[list[int]]:
    """Bytes that the process held, looked at ten times a second while the block runs."""
    seen, done = [psutil.Process(pid).memory_info().rss], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            seen.append(psutil.Process(pid).memory_info().rss)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield seen
    finally:
        done.set()
        watching.join(10)


def held(gateway: GatewayProcess, lines: list[socket.socket]) -> int:
    """How many of these connections the gateway still has. The slow end hears of its end only when it has read all."""
    ours = {line.getsockname()[1] for line in lines}
    theirs = psutil.Process(gateway.pid).net_connections("tcp")
    return sum(bool(line.raddr) and line.raddr.port in ours for line in theirs)
