"""A database that is away for a moment takes no background worker of the gateway with it."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from handoff.app import build_services
from handoff.periodic import keep_running
from handoff.settings import Settings
from handoff.store.database import Database, open_database
from tests.integration.handoff.conftest import World


async def test_the_bot_answers_again_after_the_database_was_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    conv = await world.customer()
    await world.say(conv, "在吗")
    begin, refused = Database._begin, 0

    def away(self: Database) -> object:
        nonlocal refused
        if refused < 3:
            refused += 1
            raise OperationalError("BEGIN", {}, sqlite3.OperationalError("disk I/O error"))
        return begin(self)

    monkeypatch.setattr(Database, "_begin", away)
    task = asyncio.create_task(keep_running("turns", world.runner.run))
    assert [event.author for event in await world.settled(conv, 2, 30.0)] == ["customer", "bot"]
    assert refused == 3
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_every_worker_outlives_a_database_that_refuses_everything(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = build_services(settings, open_database(settings))

    def refuse(self: Database, *_: object, **__: object) -> object:
        raise OperationalError("BEGIN", {}, sqlite3.OperationalError("disk I/O error"))

    with monkeypatch.context() as patched:
        patched.setattr(Database, "write_now", refuse)
        patched.setattr(Database, "read_now", refuse)
        running = asyncio.create_task(services.run())
        done, _ = await asyncio.wait([running], timeout=1.0)
        assert not done, running.exception()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await services.close()
