"""PostgreSQL's own ways to fail: each is retried where that is safe, or named; none is a half-done change."""

from __future__ import annotations

import asyncio
import json
import signal
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text, update

from handoff.conversation import Draft
from handoff.errors import ConfigError, OutcomeUnknown, StorageUnavailable
from handoff.settings import Settings
from handoff.store import postgresql, queue_version
from handoff.store import tables as t
from handoff.store.append import append, get_conversation
from handoff.store.at_end import at_end
from handoff.store.database import open_database
from tests.integration.handoff.conftest import World, make_world
from tests.integration.store.conftest import Baton
from tests.support.postgres import PostgresServer, postgres_server

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

DIE_AT_COMMIT = """
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER die AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION die();
"""


def meta(conn: Connection, key: str, value: str) -> None:
    conn.execute(insert(t.meta).values(key=key, value=value))


def stored(conn: Connection, key: str) -> str | None:
    return conn.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()


async def test_a_line_cut_at_the_commit_is_an_unknown_outcome_and_the_retry_by_key_tells(world: World) -> None:
    conv = await world.customer()
    with world.db.transaction() as conn:
        conn.execute(text(DIE_AT_COMMIT))
    with pytest.raises(OutcomeUnknown) as caught:
        await world.say(conv, "你好", "message-1")
    assert caught.value.http_status == 503
    with world.db.transaction() as conn:
        conn.execute(text("DROP TRIGGER die ON event"))
    event = await world.say(conv, "你好", "message-1")
    assert await world.say(conv, "你好", "message-1") == event
    assert [e.seq for e in await world.events(conv)] == [1]


async def test_a_line_cut_before_the_commit_is_run_again(world: World) -> None:
    tries = []

    def work(conn: Connection) -> str:
        tries.append(conn)
        meta(conn, "once", "1")
        if len(tries) == 1:
            conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return "done"

    assert await world.db.write(work) == "done"
    assert len(tries) == 2
    assert await world.db.read(stored, "once") == "1"


async def test_two_that_wait_for_each_other_are_both_done_in_the_end(world: World) -> None:
    both = asyncio.Event()
    loop = asyncio.get_running_loop()
    here = set()
    await world.db.write(lambda conn: (meta(conn, "a", "0"), meta(conn, "b", "0")))

    def work(conn: Connection, first: str, second: str) -> None:
        conn.execute(update(t.meta).where(t.meta.c.key == first).values(value=first + second))
        here.add(first)
        if len(here) == 2:
            loop.call_soon_threadsafe(both.set)
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(both.wait(), 20), loop).result()
        conn.execute(update(t.meta).where(t.meta.c.key == second).values(value=first + second))

    await asyncio.gather(world.db.write(work, "a", "b"), world.db.write(work, "b", "a"))
    found = {await world.db.read(stored, "a"), await world.db.read(stored, "b")}
    assert found in ({"ab"}, {"ba"})


async def test_a_twin_key_is_looked_for_again(world: World) -> None:
    """Ten requests with the same new message id at once: one event, ten equal answers."""
    conv = await world.customer()
    events = await asyncio.gather(*(world.say(conv, "hi", "message-1") for _ in range(10)))
    assert {event.seq for event in events} == {1}


async def test_a_conversation_read_to_be_changed_is_changed_by_nobody_else(world: World) -> None:
    conv = await world.customer()

    def read_then_write(conn: Connection) -> None:
        seq = get_conversation(conn, conv.id).last_seq
        conn.execute(text("SELECT pg_sleep(0.01)"))
        append(conn, conv.id, Draft("message", "customer", str(seq + 1), uuid.uuid4().hex))

    await asyncio.gather(*(world.db.write(read_then_write) for _ in range(20)))
    assert [e.text for e in await world.events(conv)] == [str(e.seq) for e in await world.events(conv)]


async def test_the_queue_version_counts_every_change_and_only_committed_ones(world: World) -> None:
    before = await world.db.read(queue_version.queue_version)

    def fails(conn: Connection) -> None:
        queue_version.bump_queue(conn)
        raise LookupError

    with pytest.raises(LookupError):
        await world.db.write(fails)
    await asyncio.gather(*(world.db.write(queue_version.bump_queue) for _ in range(30)))
    assert await world.db.read(queue_version.queue_version) == before + 30


async def test_work_for_the_end_is_done_once_and_not_left_over(world: World) -> None:
    done: list[str] = []

    def note(conn: Connection) -> None:
        done.append(str(stored(conn, "x")))

    def work(conn: Connection) -> None:
        at_end(conn, note)
        at_end(conn, note)
        meta(conn, "x", "1")

    await world.db.write(work)
    await world.db.write(stored, "x")
    assert done == ["1"]


async def test_a_long_wait_for_a_lock_is_cut_and_named(world: World) -> None:
    await world.db.write(meta, "held", "0")
    with world.db.transaction() as conn:
        conn.execute(update(t.meta).where(t.meta.c.key == "held").values(value="1"))
        with pytest.raises(StorageUnavailable, match="lock timeout"):
            await world.db.write(lambda c: c.execute(update(t.meta).values(value="2")).rowcount)


def test_a_database_that_does_not_answer_is_named_without_its_password(database_url: str) -> None:
    url = "postgresql://baton:hunter2secret@127.0.0.1:9/baton"
    with pytest.raises(StorageUnavailable) as caught:
        open_database(Settings(database_url=url))
    assert "127.0.0.1:9/baton" in caught.value.message
    assert "hunter2secret" not in caught.value.message + caught.value.remedy


def test_an_old_server_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "OLDEST", 99)
    with pytest.raises(ConfigError, match="too old for Baton, which needs 99"):
        open_database(settings)


def test_a_database_of_another_encoding_is_refused(postgres: PostgresServer, database_url: str) -> None:
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(ConfigError, match="LATIN1"):
        open_database(Settings(database_url=postgres.url("latin")))
    postgres.execute("DROP DATABASE latin WITH (FORCE)")


def test_gateways_that_start_together_migrate_once(postgres: PostgresServer, database_url: str) -> None:
    with postgres.database() as url, ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_database(Settings(database_url=url)), range(4)))
        assert len({database.epoch for database in opened}) == 1
        for database in opened:
            database.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[PostgresServer]:
    with postgres_server(tmp_path / "pg") as server:
        yield server


async def test_killed_with_9_nothing_acknowledged_is_lost_and_the_pool_heals(
    own_server: PostgresServer, settings: Settings
) -> None:
    own_server.execute("CREATE DATABASE baton")
    world = make_world(settings.model_copy(update={"database_url": own_server.url("baton")}))
    conv = await world.customer()
    acked = [await world.say(conv, f"m{number}") for number in range(5)]
    own_server.stop(signal.SIGKILL)
    with pytest.raises(StorageUnavailable):
        await world.say(conv, "while it is gone", "message-6")
    own_server.start()
    acked.append(await world.say(conv, "while it is gone", "message-6"))
    assert await world.events(conv) == acked
    world.db.close()


def test_doctor_knows_the_server(baton: Baton, postgres: PostgresServer) -> None:
    rows = {row["name"]: row for row in json.loads(baton("doctor", "--json").out)}
    assert rows["database"]["status"] == "ok"
    assert "PostgreSQL 17" in rows["database"]["detail"]
