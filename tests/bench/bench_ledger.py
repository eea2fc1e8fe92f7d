"""Prints the figures of the store: acks under load, contested claims, idle sockets, everybody coming back at once.

Real gateway processes, a real PostgreSQL, and a bot that answers at once in a process of its own.
Run: .venv/bin/python -m tests.bench.bench_ledger --seconds 20
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send

from tests.bench.ledger_load import acks, claims, database_of, sockets
from tests.integration.handoff.gateway_process import GatewayProcess, free_port, wait_until
from tests.support.postgres import PostgresServer, postgres_server

LIMITS = {
    "BATON_SESSIONS_PER_MINUTE": "1000000",
    "BATON_SOCKETS_PER_ADDRESS": "100000",
    "BATON_MAX_UNANSWERED": "100000",
}


@dataclass(frozen=True)
class Row:
    what: str
    figure: str
    target: str
    met: bool


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=20.0, help="how long messages flow")
    words.add_argument("--sockets", type=int, default=1000)
    words.add_argument("--handoffs", type=int, default=100, help="times 20 agents make the contested claims")
    words.add_argument("--parts", default="claims,acks,sockets", help="which to measure")
    words.add_argument("--on", default="SQLite,PostgreSQL", help="on which databases acks are measured")
    words.add_argument("--profile", default="", help="folder for a py-spy profile of the gateway while messages flow")
    asked = words.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    print(f"load of this machine: {', '.join(f'{value:.1f}' for value in os.getloadavg())} ({os.cpu_count()} cores)")
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder, postgres_server() as postgres, bot() as port:
        root = Path(folder)
        for part in asked.parts.split(","):
            measured = {
                "claims": lambda: _claims(root, postgres, asked.handoffs),
                "acks": lambda: _acks(root, postgres, port, asked),
                "sockets": lambda: _sockets(root, port, asked.sockets),
            }[part]()
            for row in measured:
                verdict = "met" if row.met else "MISSED"
                print(f"{row.what:<48}  {row.figure:<76} {verdict:<7} {row.target}", flush=True)


def _acks(root: Path, postgres: PostgresServer, bot_port: int, asked: argparse.Namespace) -> Iterator[Row]:
    for name, rate, target in (("SQLite", 50, 50.0), ("PostgreSQL", 200, 100.0)):
        if name not in asked.on.split(","):
            continue
        with gateway(root, bot_port, postgres if name == "PostgreSQL" else None) as process:
            warm_up = acks(process.origin, process.pid, rate=rate, seconds=3, customers=50)
            asyncio.run(warm_up)  # the first of everything is slow
            with profiled(process.pid, asked.profile, f"acks-{name}", asked.seconds):
                found = asyncio.run(acks(process.origin, process.pid, rate=rate, seconds=asked.seconds, customers=200))
        figure = f"p50 {found.p50:.1f}, p99 {found.p99:.1f}, most {found.most:.0f} ms"
        figure += f"; {found.cpu:.1f} ms CPU each, {found.ours:.1f} of the client; {found.sent} sent"
        if found.late > 50:
            figure += f" (client late by {found.late:.0f} ms: the machine is busy)"
        figure += f", {found.refused} refused" if found.refused else ""
        met = found.p99 <= target and not found.refused
        yield Row(f"ack at {rate} messages/s, {name}", figure, f"p99 <= {target:.0f} ms", met)


def _claims(root: Path, postgres: PostgresServer, handoffs: int) -> Iterator[Row]:
    for name, gateways in (("SQLite, 1 gateway", 1), ("PostgreSQL, 2 gateways", 2)):
        folder = root / f"claims{gateways}"
        folder.mkdir()
        with postgres.database() as url:
            settings = database_of(folder, url if gateways == 2 else "")
            found = asyncio.run(claims(settings, gateways=gateways, agents=20, handoffs=handoffs))
        figure = f"{found.twice} of {found.handoffs} won twice or never, {found.over} over capacity"
        figure += f", {found.per_second:.0f} clicks/s, rules {'hold' if found.sound else 'BROKEN'}"
        met = found.sound and not found.twice and not found.over
        yield Row(f"{found.clicks} contested claims, {name}", figure, "0 double", met)


def _sockets(root: Path, bot_port: int, number: int) -> Iterator[Row]:
    with gateway(root, bot_port, None) as process:
        found = asyncio.run(sockets(process.origin, process.pid, number, lambda: _restart(process)))
    figure = f"{found.with_all_mb:.0f} MB with all, {found.before_mb:.0f} MB before"
    yield Row(f"{number} idle sockets", figure, "<= 250 MB", found.with_all_mb <= 250)
    figure = f"the last after {found.again_s:.1f} s, {found.missing} missing"
    met = found.again_s <= 10 and not found.missing
    yield Row(f"{number} clients come back at once", figure, "all caught up <= 10 s", met)


@contextmanager
def profiled(pid: int, folder: str, name: str, seconds: float) -> Iterator[None]:
    """Where the process spends its time meanwhile, as py-spy's raw stacks; nothing when no ``folder`` is named."""
    if not folder:
        yield
        return
    spy, file = str(Path(sys.executable).parent / "py-spy"), str(Path(folder) / f"{name}.txt")
    command = [spy, "record", "--pid", str(pid), "--duration", str(int(seconds)), "--threads", "--output", file]
    with subprocess.Popen(
        [*command, "--format", "raw"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as watching:
        yield
        watching.wait()


@contextmanager
def gateway(root: Path, bot_port: int, postgres: PostgresServer | None) -> Iterator[GatewayProcess]:
    folder = Path(tempfile.mkdtemp(dir=root))
    if postgres is None:
        yield from _serving(GatewayProcess(folder, bot_port, env=LIMITS))
        return
    with postgres.database() as url:
        yield from _serving(GatewayProcess(folder, bot_port, env=LIMITS | {"BATON_DATABASE_URL": url}))


def _serving(process: GatewayProcess) -> Iterator[GatewayProcess]:
    process.start().close()
    try:
        yield process
    finally:
        if process.running:
            process.kill()


def _restart(process: GatewayProcess) -> None:
    process.kill()
    process.start().close()


@contextmanager
def bot() -> Iterator[int]:
    """Port of a bot in a process of its own, so that it does not slow the clients down."""
    start = multiprocessing.get_context("spawn")
    here, there = start.Pipe()
    child = start.Process(target=_answer_turns, args=(there,), daemon=True)
    child.start()
    try:
        yield int(here.recv())
    finally:
        here.send("stop")
        child.join(10)


def _answer_turns(line: Pipe) -> None:
    """A bot that says the least, by the barest server: its cost is on the same two cores as what is measured."""
    port = free_port()
    config = uvicorn.Config(_bare_bot, port=port, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started)
    line.send(port)
    line.recv()
    server.should_exit = True
    thread.join(10)


async def _bare_bot(_scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    turn_id = json.loads(body)["turn_id"] if body else ""
    answer = json.dumps({"turn_id": turn_id, "messages": [{"text": "an answer"}]}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    main()
