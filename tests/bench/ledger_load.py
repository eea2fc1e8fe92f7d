"""Load for `bench_ledger`: messages at a fixed rate, idle sockets, everybody coming back at once, contested claims."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import httpx
import psutil
import websockets
from sqlalchemy import Connection

from handoff.conversation import Agent, HandoffRequest, Role
from handoff.desk import Desk
from handoff.errors import BatonError
from handoff.pokes import Pokes
from handoff.queue import open_handoff
from handoff.settings import Settings
from handoff.store.agents import insert_agent
from handoff.store.check import check
from handoff.store.customers import create_customer, open_conversation
from handoff.store.database import open_database
from handoff.store.snapshot import snapshot

WEB = "/api/v1/web"


@dataclass(frozen=True)
class Acks:
    """Times in milliseconds from the moment a message was due (not sent: a late client must not look quick).

    ``late`` is the most that this client itself was behind, ``cpu`` what one message costs the gateway, ``ours`` what
    it costs this client, which sits on the same cores.
    """

    rate: int
    sent: int
    refused: int
    p50: float
    p99: float
    most: float
    late: float
    cpu: float
    ours: float


async def acks(origin: str, pid: int, *, rate: int, seconds: float, customers: int) -> Acks:
    """Send ``rate`` messages a second, spread over ``customers``; an ack comes after the commit.

    By aiohttp: httpx costs more for each message than the gateway does, and would measure itself.
    """
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(origin, connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as http:
        people = [await _aio_session(http) for _ in range(customers)]
        times: list[float] = []
        refused, late = 0, 0.0

        async def send(number: int, due: float) -> None:
            nonlocal refused, late
            late = max(late, time.perf_counter() - due)
            body = {"client_msg_id": uuid.uuid4().hex, "text": f"message {number}"}
            headers = {"Authorization": f"Bearer {people[number % customers]}"}
            for _ in range(5):  # a client that hears nothing asks again, under the same id
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with http.post(f"{WEB}/messages", json=body, headers=headers) as answer:
                        if answer.status == 200:
                            times.append((time.perf_counter() - due) * 1000)
                            return
            refused += 1

        used, ours, start = _cpu(pid), time.process_time(), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(int(rate * seconds)):
                due = start + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(send(number, due))
    used = (_cpu(pid) - used) * 1000 / max(1, len(times))
    ours = (time.process_time() - ours) * 1000 / max(1, len(times))
    times.sort()
    return Acks(rate, len(times), refused, _at(times, 0.5), _at(times, 0.99), times[-1], late * 1000, used, ours)


async def _aio_session(http: aiohttp.ClientSession) -> str:
    async with http.post(f"{WEB}/session", json={"lang": "en"}) as answer:
        answer.raise_for_status()
        return str((await answer.json())["token"])


def _cpu(pid: int) -> float:
    spent = psutil.Process(pid).cpu_times()
    return spent.user + spent.system


@dataclass(frozen=True)
class Sockets:
    """Megabytes of the gateway's memory; seconds until the last of all was caught up again."""

    number: int
    before_mb: float
    with_all_mb: float
    again_s: float
    missing: int


async def sockets(origin: str, pid: int, number: int, restart: Callable[[], None]) -> Sockets:
    """Open ``number`` sockets, let them idle, restart the gateway, and let all come back with their cursors."""
    memory = psutil.Process(pid)
    before = memory.memory_info().rss / 1e6
    async with httpx.AsyncClient(base_url=origin, timeout=60) as http:
        people = [await _session(http) for _ in range(number)]
        for token, _conv in people:
            body = {"client_msg_id": uuid.uuid4().hex, "text": "hi"}
            (
                await http.post(f"{WEB}/messages", json=body, headers={"Authorization": f"Bearer {token}"})
            ).raise_for_status()
    gate = asyncio.Semaphore(100)
    opened = await asyncio.gather(*(_connect(origin, token, 1, gate) for token, _ in people))
    await asyncio.sleep(3)
    full = memory.memory_info().rss / 1e6
    await asyncio.gather(*(line.close() for line in opened))
    await asyncio.to_thread(restart)
    start = time.perf_counter()
    caught = await asyncio.gather(*(_catch_up(origin, token) for token, _ in people), return_exceptions=True)
    return Sockets(number, before, full, time.perf_counter() - start, sum(item is not True for item in caught))


@dataclass(frozen=True)
class Claims:
    clicks: int
    handoffs: int
    twice: int
    over: int
    sound: bool
    per_second: float


async def claims(settings: Settings, *, gateways: int, agents: int, handoffs: int) -> Claims:
    """Each of ``agents`` clicks on each handoff at the same instant, through ``gateways`` stores."""
    databases = [open_database(settings) for _ in range(gateways)]
    desks = [Desk(database, Pokes(), settings) for database in databases]
    people = [databases[0].write_now(_agent, f"agent{number}", handoffs) for number in range(agents)]
    ids = [databases[0].write_now(_waiting) for _ in range(handoffs)]

    async def click(number: int, handoff_id: str) -> str | None:
        try:
            await desks[number % gateways].claim(people[number], handoff_id)
        except BatonError:
            return None
        return people[number].id

    twice, start = 0, time.perf_counter()
    for handoff_id in ids:
        winners = [name for name in await asyncio.gather(*(click(n, handoff_id) for n in range(agents))) if name]
        twice += len(winners) != 1
    took = time.perf_counter() - start
    over = databases[0].read_now(_over_capacity)
    for database in databases:
        database.close()
    with snapshot(settings.database) as conn:
        sound = check(conn).sound
    return Claims(agents * handoffs, handoffs, twice, over, sound, agents * handoffs / took)


def _agent(conn: Connection, name: str, cap: int) -> Agent:
    return insert_agent(conn, name=name, display_name=name, role=Role.AGENT, password_hash="none", cap=cap)


def _waiting(conn: Connection) -> str:
    conversation = open_conversation(conn, create_customer(conn, channel="web"), "web", "zh")
    return open_handoff(conn, conversation, HandoffRequest("angry")).id


def _over_capacity(conn: Connection) -> int:
    return int(conn.exec_driver_sql("SELECT count(*) FROM agent WHERE load > cap").scalar_one())


async def _session(http: httpx.AsyncClient) -> tuple[str, str]:
    answer = await http.post(f"{WEB}/session", json={"lang": "en"})
    answer.raise_for_status()
    body = answer.json()
    return body["token"], body["conversation_id"]


async def _connect(origin: str, token: str, since: int, gate: asyncio.Semaphore) -> websockets.ClientConnection:
    async with gate:
        url = f"{origin.replace('http', 'ws', 1)}{WEB}/socket"
        line = await websockets.connect(url, open_timeout=60, ping_interval=None)
        await line.send(json.dumps({"type": "hello", "token": token, "since": since, "epoch": None}))
        while json.loads(await asyncio.wait_for(line.recv(), 60))["type"] != "ready":
            pass
        return line


async def _catch_up(origin: str, token: str) -> bool:
    """Come back from the beginning, as often as it takes, until the message is there."""
    while True:
        try:
            line = await _connect(origin, token, 0, asyncio.Semaphore())
            while json.loads(await asyncio.wait_for(line.recv(), 30))["type"] != "event":
                pass
            await line.close()
            return True
        except (OSError, websockets.WebSocketException):
            await asyncio.sleep(0.2)


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def database_of(folder: Path, url: str) -> Settings:
    return Settings(data_dir=folder, database_url=url, agent_capacity=100)


__all__ = ["Acks", "Claims", "Sockets", "acks", "claims", "database_of", "sockets"]
