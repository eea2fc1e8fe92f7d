"""Prints what kills and broken lines cost: lost, doubled, disordered, delivered, and how soon service is back.

The gateway is the real one; Rasa is a script, because it is not what is measured. One table, nothing asserted.
Run: .venv/bin/python -m tests.bench.bench_storm --kills 200 --clients 200 --minutes 5
Only some of it: --parts restart,drops
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm.history import Report
from tests.storm.revived import Person, Revived, add_agents
from tests.storm.storm import UNLIMITED, Storm, kills
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.nursery import Nursery
from tests.support.postgres import postgres_server
from tests.support.processes import wait_until

EVERY, DROP = 8.0, 2.0
TELL_EVERY = 10.0
Disturb = Callable[[Storm], Awaitable[None]]
OF_SHIPPED = {"BATON_TURN_LEASE": "30"}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    found: str


@contextmanager
def ground(nursery: Nursery | None, env: dict[str, str]) -> Iterator[tuple[GatewayProcess, TurnServer]]:
    """A gateway that is not started yet, on a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="baton-storm-") as folder, TurnServer() as rasa:
        gateway = GatewayProcess(Path(folder), rasa.port, nursery, UNLIMITED | env)
        try:
            yield gateway, rasa
        finally:
            if gateway.running:
                gateway.kill()


def judged(what: str, report: Report) -> list[Row]:
    counts = {name: len(getattr(report, name)) for name in ("lost", "duplicated", "disordered", "two_owners")}
    others = {name: len(found) for name, found in report.faults.items() if name not in counts}
    return [
        Row(f"{what}: messages", f"{report.acknowledged} acknowledged of {report.attempted} tried"),
        Row(f"{what}: faults", ", ".join(f"{count} {name}" for name, count in (counts | others).items())),
    ]


def watched(what: str, disturb: Disturb) -> Disturb:
    """The same, telling on standard error how far it is: some of these take many minutes."""

    async def disturb_and_tell(storm: Storm) -> None:
        async def tell() -> None:
            started = time.monotonic()
            while True:
                await asyncio.sleep(TELL_EVERY)
                seconds, acknowledged = time.monotonic() - started, len(storm.history.acknowledged)
                done = f"{len(storm.back_after)} kills, {acknowledged} messages acknowledged"
                print(f"... {what}: {seconds:.0f} s, {done}", file=sys.stderr, flush=True)

        telling = asyncio.create_task(tell())
        try:
            await disturb(storm)
        finally:
            telling.cancel()

    return disturb_and_tell


def kill_rows(nursery: Nursery, on: str, env: dict[str, str], count: int) -> list[Row]:
    with ground(nursery, env) as (gateway, rasa):
        gateway.start()
        add_agents(Revived(gateway), 2)
        started = time.monotonic()
        report = Storm(gateway, rasa).run(watched(f"kills on {on}", kills(count)))
        seconds = time.monotonic() - started
    return [*judged(f"{count} kills on {on} in {seconds:.0f} s", report)]


def drop_rows(nursery: Nursery, clients: int, minutes: float) -> list[Row]:
    """Every line is cut and new ones are refused for two seconds, again and again."""
    with ground(nursery, {}) as (gateway, rasa), FaultProxy(gateway.port) as line:
        gateway.start()

        async def drops(storm: Storm) -> None:
            end = time.monotonic() + minutes * 60  # from when all have arrived
            while time.monotonic() < end:
                await asyncio.sleep(EVERY - DROP)
                line.fault = Fault(refuse=True)
                await asyncio.to_thread(line.cut)
                await asyncio.sleep(DROP)
                line.fault = Fault()

        storm = Storm(gateway, rasa, customers=clients, agents=0, pause=(2.0, 6.0), front=line.origin)
        report = storm.run(watched("lines that drop", drops))
    shown = sum(len(seen) for seen in storm.history.seen.values())
    missed = sum(entry.count(",") + 1 for entry in report.unread)
    what = f"{clients} clients, {DROP:.0f} s drops every {EVERY:.0f} s, {minutes:g} min"
    return [
        *judged(what, report),
        Row(f"{what}: delivered", f"{100 * shown / max(1, shown + missed):.2f} % of {shown}"),
    ]


def restart_row(times: int) -> Row:
    """A new process from nothing, as the supervisor starts it, until it serves."""
    took = []
    with ground(None, {}) as (gateway, _):
        gateway.start()
        for _number in range(times):
            gateway.kill()
            started = time.monotonic()
            gateway.start()
            took.append(time.monotonic() - started)
    return Row(
        f"gateway killed -> serving again, {times} times", f"p50 {statistics.median(took):.2f} s, max {max(took):.2f} s"
    )


def stuck_row(nursery: Nursery, url: str, folder: Path) -> Row:
    """One of two gateways dies with a turn under way; the other answers when the lease of 30 s is over."""
    with TurnServer() as rasa:
        pair = []
        for name in ("one", "two"):
            (folder / name).mkdir()
            env = UNLIMITED | OF_SHIPPED | {"BATON_DATABASE_URL": url}
            pair.append(GatewayProcess(folder / name, rasa.port, nursery, env))
        dying, other = pair
        try:
            dying.start()
            person = Person(Revived(dying))
            person.arrive()
            rasa.hold.clear()
            person.say("stuck", "message-1")
            wait_until(lambda: rasa.turns)
            dying.kill()
            other.start()
            rasa.hold.set()
            started = time.monotonic()
            Person(Revived(other), person.headers, person.conv).until(texts=1)
            seconds = time.monotonic() - started
        finally:
            for gateway in pair:
                if gateway.running:
                    gateway.kill()
    return Row("stuck turn answered by the other gateway", f"{seconds:.1f} s after the kill")


def show(*rows: Row) -> None:
    """Rows as they come: who stops it half-way keeps what was found."""
    for row in rows:
        print(f"{row.what:<64}  {row.found}", flush=True)


PARTS = ("restart", "kills", "stuck", "drops")


def main() -> int:
    parser = argparse.ArgumentParser(description="Kills and broken lines: what they cost and how soon service is back.")
    parser.add_argument("--kills", type=int, default=200, help="kills on SQLite; a quarter of it on PostgreSQL")
    parser.add_argument("--clients", type=int, default=200, help="clients whose lines drop (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long lines drop (default: %(default)s)")
    parser.add_argument("--restarts", type=int, default=5, help="new processes from nothing (default: %(default)s)")
    parser.add_argument("--parts", default=",".join(PARTS), help="which to measure (default: %(default)s)")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(f"load of this machine: {', '.join(f'{value:.1f}' for value in os.getloadavg())} ({os.cpu_count()} cores)")
    nursery = Nursery()
    try:
        if "restart" in parts:
            show(restart_row(options.restarts))
        if "kills" in parts:
            show(*kill_rows(nursery, "SQLite", {}, options.kills))
        if "kills" in parts or "stuck" in parts:
            show_on_postgresql(nursery, parts, max(1, options.kills // 4))
        if "drops" in parts:
            show(*drop_rows(nursery, options.clients, options.minutes))
    finally:
        nursery.close()
    return 0


def show_on_postgresql(nursery: Nursery, parts: Sequence[str], kill_count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="baton-storm-") as name, postgres_server() as server:
        if "kills" in parts:
            with server.database() as url:
                show(*kill_rows(nursery, "PostgreSQL", {"BATON_DATABASE_URL": url}, kill_count))
        if "stuck" in parts:
            with server.database() as url:
                show(stuck_row(nursery, url, Path(name)))


if __name__ == "__main__":
    sys.exit(main())
