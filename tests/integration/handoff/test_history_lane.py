"""Many supervisors look at the history at once: they wait for each other, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection

from handoff.conversation import Agent, Role
from handoff.insight.history import service
from handoff.insight.history.report import Numbers, earlier_totals
from handoff.insight.history.rows import Scope
from handoff.insight.targets import Targets
from handoff.settings import Settings
from handoff.store.clock import read_clock
from handoff.store.database import open_database

BOSS = Agent("boss", "boss", "Boss", Role.SUPERVISOR, 5, 0, False)


async def test_slow_histories_leave_reading_threads_to_everybody_else(
    tmp_path: Path, migrated_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(migrated_database, tmp_path / "baton.db")
    (tmp_path / "faq").mkdir()
    go_on, begun = threading.Event(), []

    def slow(conn: Connection, scope: Scope) -> Numbers:
        begun.append(scope)
        assert go_on.wait(30)
        return earlier_totals(conn, scope)

    monkeypatch.setattr(service, "earlier_totals", slow)
    db = open_database(Settings(data_dir=tmp_path))
    try:
        history = service.History(db, Targets(), tmp_path / "faq")
        looks = [asyncio.create_task(history.report(BOSS, service.Asked())) for _ in range(8)]
        async with asyncio.timeout(30):
            while len(begun) < service.AT_ONCE:
                await asyncio.sleep(0.005)
            await db.read(read_clock)  # with every reading thread taken this would wait for the histories
            assert len(begun) == service.AT_ONCE and not any(look.done() for look in looks)
            go_on.set()
            reports = await asyncio.gather(*looks)
        assert len(begun) == 8 and all(report.earlier for report in reports)
    finally:
        go_on.set()
        db.close()
