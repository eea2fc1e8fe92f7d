"""Prints how long the history takes over many conversations, on SQLite and PostgreSQL.

Run: .venv/bin/python -m tests.bench.bench_history --conversations 100000
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, text

from handoff.insight.history.behind import figure_of, rows_behind
from handoff.insight.history.facts import Question
from handoff.insight.history.period import chosen_period
from handoff.insight.history.report import make_report
from handoff.insight.history.rows import Scope
from handoff.insight.targets import Targets
from handoff.settings import Settings
from handoff.store import tables as t
from handoff.store.database import Database, open_database
from tests.support.past import CATEGORIES, Past
from tests.support.postgres import postgres_server

ASKED = (("today", "day"), ("7d", "channel"), ("30d", "day"), ("30d", "agent"), ("30d", "category"))
START = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC).timestamp()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--conversations", type=int, default=100_000, help="conversations that are written")
    words.add_argument("--databases", default="sqlite,postgresql")
    asked = words.parse_args()
    print(f"load of this machine: {', '.join(f'{value:.1f}' for value in os.getloadavg())} ({os.cpu_count()} cores)")
    for name in asked.databases.split(","):
        with _database(name) as db:
            db.write_now(lambda conn: Past(1, START, 50).conversations(int(asked.conversations / 1.25)).write(conn))
            if name == "postgresql":
                db.write_now(_analyze)
            counts = {table.name: _count(db, table) for table in (t.conversation, t.event, t.handoff)}
            print(f"{name}: {', '.join(f'{number:,} {what}' for what, number in counts.items())}")
            for days, by in (
                ("today", "day"),
                ("7d", "channel"),
                ("30d", "day"),
                ("30d", "agent"),
                ("30d", "category"),
            ):
                _measure(db, days, by)


def _analyze(conn: Connection) -> None:
    conn.execute(text("SET LOCAL lock_timeout = 0"))  # the server may be doing the same
    conn.execute(text("ANALYZE"))


def _measure(db: Database, name: str, by: str) -> None:
    period = chosen_period(name, ZoneInfo("Asia/Shanghai"), NOW)
    scope = Scope(Question(period, Targets(), NOW), CATEGORIES)
    begun = time.perf_counter()
    report = db.read_now(make_report, scope, by)
    counted = time.perf_counter()
    behind = db.read_now(rows_behind, scope, figure_of("contained"))
    done = time.perf_counter()
    print(
        f"  {name:>5} by {by:<8} {counted - begun:6.2f} s with the period before; list behind a figure "
        f"{done - counted:5.2f} s ({report.totals['conversations'].n:,.0f} conversations, {behind.total:,} behind)",
        flush=True,
    )


def _count(db: Database, table: object) -> int:
    return int(db.read_now(lambda conn: conn.execute(select(func.count()).select_from(table)).scalar_one()))  # type: ignore[call-overload]  # any table


@contextlib.contextmanager
def _database(name: str) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder, contextlib.ExitStack() as open_things:
        url = ""
        if name == "postgresql":
            server = open_things.enter_context(postgres_server(Path(folder) / "postgres"))
            url = open_things.enter_context(server.database())
        db = open_database(Settings(data_dir=Path(folder), database_url=url))
        try:
            yield db
        finally:
            db.close()


if __name__ == "__main__":
    main()
