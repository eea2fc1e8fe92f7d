"""Prints how WeChat's callbacks fare under load: none lost, how soon `success` comes, and what one costs the gateway.

A real gateway process, callers in a process of their own that never wait for an answer before the next post, a
platform that takes what is sent back; with a bot that answers, and with nobody where Rasa should be.
Run: .venv/bin/python -m tests.bench.bench_wechat --rate 500 --seconds 10
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.bench.bench_ledger import bot
from tests.bench.wechat_load import ACCOUNTS, Load, platform, run_load
from tests.integration.handoff.gateway_process import GatewayProcess
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.processes import free_port

P99_MS = 300.0


@dataclass(frozen=True)
class Row:
    what: str
    load: Load
    lost: int
    caught_up_s: float | None

    def line(self) -> str:
        found = self.load
        verdict = "met" if not self.lost and not found.refused and found.p99 < P99_MS else "MISSED"
        behind = f"; callers late by {found.late:.0f} ms" if found.late > 50 else ""
        caught = "later" if self.caught_up_s is None else f"{self.caught_up_s:.0f} s after"
        return (
            f"{self.what:<34} {found.answered} answered, {self.lost} lost, {found.refused} refused; "
            f"p50 {found.p50:.0f}, p99 {found.p99:.0f}, most {found.most:.0f} ms; "
            f"{found.cpu:.2f} ms CPU each; all in conversations {caught}{behind}  {verdict}"
        )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rate", type=int, default=500, help="callbacks a second (default: %(default)s)")
    words.add_argument("--seconds", type=float, default=10.0, help="for how long (default: %(default)s)")
    words.add_argument("--people", type=int, default=1000, help="who write them (default: %(default)s)")
    words.add_argument("--bots", default="answers,dead", help="which bots: answers, dead")
    words.add_argument("--patience", type=float, default=180.0, help="seconds to wait until all are in conversations")
    words.add_argument("--databases", default="sqlite", help="which databases: sqlite, postgresql")
    asked = words.parse_args()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"load of this machine: {load} ({os.cpu_count()} cores); target: 0 lost, p99 < {P99_MS:.0f} ms", flush=True)
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        for database in asked.databases.split(","):
            with postgres_server() if database == "postgresql" else nullcontext() as server:
                for kind in asked.bots.split(","):
                    name = f"{asked.rate}/s, {database}, Rasa {kind}"
                    print(_measure(name, Path(folder), kind, server, asked).line(), flush=True)


def _measure(name: str, root: Path, kind: str, server: PostgresServer | None, asked: argparse.Namespace) -> Row:
    folder = Path(tempfile.mkdtemp(dir=root))
    accounts = folder / "wechat.toml"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    accounts.chmod(0o600)
    with (
        bot() if kind == "answers" else nullcontext(free_port()) as rasa,
        platform() as api,
        server.database() if server else nullcontext("") as url,
    ):
        env = {"BATON_WECHAT_ACCOUNTS": str(accounts), "BATON_WECHAT_API": f"http://127.0.0.1:{api}"}
        env |= {"BATON_DATABASE_URL": url} if url else {}
        process = GatewayProcess(folder, rasa, env=env)
        process.start().close()
        try:
            load = _in_a_process(process, asked)
            caught_up = _caught_up(process.database, load.answered, asked.patience)
        finally:
            process.kill()
        kept = _stored(process.database) + _count(process.database, "SELECT count(*) FROM wechat_waiting")
        return Row(name, load, load.answered - kept, caught_up)


def _in_a_process(process: GatewayProcess, asked: argparse.Namespace) -> Load:
    """The callers, warmed up by a second of the same, where they take no time from the gateway's process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        warmed = pool.apply(run_load, (process.port, process.pid, asked.rate, 1.0, asked.people, "warm"))
        found = pool.apply(run_load, (process.port, process.pid, asked.rate, asked.seconds, asked.people, "load"))
    return replace(found, answered=found.answered + warmed.answered)


def _stored(database: str) -> int:
    """Customers' messages in conversations."""
    return _count(database, "SELECT count(*) FROM event WHERE author = 'customer'")


def _caught_up(database: str, expected: int, patience: float) -> float | None:
    """Seconds until everything answered `success` stands in its conversation; None when that took too long."""
    start = time.monotonic()
    while time.monotonic() - start < patience:
        if _stored(database) >= expected:
            return time.monotonic() - start
        time.sleep(0.5)
    return None


def _count(database: str, query: str) -> int:
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as conn:
            return int(conn.execute(text(query)).scalar_one())
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
