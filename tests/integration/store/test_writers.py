"""Many pieces of work in one commit: each whole or not at all, urgent ones first, nobody left waiting."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import OperationalError

from handoff import failpoints
from handoff.errors import NotFound, StorageUnavailable
from handoff.settings import Settings
from handoff.store.database import Database, open_database
from handoff.store.tables import meta


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings)
    yield opened
    opened.close()


def put(conn: Connection, key: str) -> str:
    conn.execute(insert(meta).values(key=key, value=key))
    return key


def put_and_refuse(conn: Connection, key: str) -> None:
    put(conn, key)
    raise NotFound("after it wrote")


def keys(conn: Connection) -> list[str]:
    found = conn.execute(select(meta.c.key).where(meta.c.key.like("t-%")).order_by(meta.c.key))
    return list(found.scalars())


@asynccontextmanager
async def held(db: Database) -> AsyncIterator[Callable[[], None]]:
    """The writing thread is busy until the given function is called, so that what comes meanwhile gathers."""
    busy, go_on = threading.Event(), threading.Event()

    def wait(_conn: Connection) -> None:
        busy.set()
        go_on.wait(30)

    task = asyncio.ensure_future(db.write(wait))
    assert await asyncio.to_thread(busy.wait, 30)
    try:
        yield go_on.set
    finally:
        go_on.set()
        await asyncio.gather(task, return_exceptions=True)


async def started() -> None:
    """Let every task that was just made put its job."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_one_that_fails_leaves_its_neighbours_alone(db: Database) -> None:
    async with held(db) as go_on:
        jobs = [
            asyncio.ensure_future(job)
            for job in (db.write(put, "t-1"), db.write(put_and_refuse, "t-2"), db.write(put, "t-3"))
        ]
        await started()
        go_on()
        results = await asyncio.gather(*jobs, return_exceptions=True)
    assert results[0] == "t-1" and results[2] == "t-3"
    assert isinstance(results[1], NotFound)
    assert await db.read(keys) == ["t-1", "t-3"]


async def test_a_commit_that_fails_fails_them_all(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(place: str) -> None:
        if place == "commit.before":
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))

    async with held(db) as go_on:
        jobs = [asyncio.ensure_future(db.write(put, f"t-{number}")) for number in range(3)]
        await started()
        monkeypatch.setattr(failpoints, "reached", full)
        go_on()
        results = await asyncio.gather(*jobs, return_exceptions=True)
    monkeypatch.undo()
    assert [type(result) for result in results] == [StorageUnavailable] * 3
    assert await db.read(keys) == []
    assert await db.write(put, "t-again") == "t-again"


async def test_urgent_work_goes_first_and_the_rest_has_its_turn(db: Database) -> None:
    order: list[str] = []

    def note(_conn: Connection, name: str) -> None:
        order.append(name)

    async with held(db) as go_on:
        jobs = [asyncio.ensure_future(db.write(note, f"other{number}")) for number in range(2)]
        jobs += [asyncio.ensure_future(db.write_first(note, f"urgent{number}")) for number in range(6)]
        await started()
        go_on()
        await asyncio.gather(*jobs)
    assert order[0] == "urgent0"
    assert order.index("urgent3") < order.index("other0") < order.index("urgent4")


async def test_who_went_away_before_their_turn_is_not_written(db: Database) -> None:
    async with held(db) as go_on:
        gone, stays = (asyncio.ensure_future(db.write(put, name)) for name in ("t-gone", "t-stays"))
        await started()
        gone.cancel()
        await started()
        go_on()
        assert await stays == "t-stays"
    assert await db.read(keys) == ["t-stays"]


async def test_closing_waits_for_what_was_queued(settings: Settings) -> None:
    db = open_database(settings)
    jobs = [asyncio.ensure_future(db.write(put, f"t-{number}")) for number in range(5)]
    await started()
    await asyncio.to_thread(db.close)
    assert await asyncio.gather(*jobs) == [f"t-{number}" for number in range(5)]
    again = open_database(settings)
    assert again.read_now(keys) == [f"t-{number}" for number in range(5)]
    again.close()
