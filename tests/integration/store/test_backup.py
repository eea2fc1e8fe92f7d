"""Backups: taken under load, restored whole, from either database into either, refused where they would harm."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from handoff.backup.manifest import BackupRefused, BadBackup
from handoff.backup.read import verify
from handoff.backup.restore import restore_backup
from handoff.backup.rows import dump, tables_of
from handoff.backup.write import write_backup
from handoff.errors import DataDirBusy
from handoff.settings import Settings
from handoff.store import tables as t
from handoff.store.check import check
from handoff.store.snapshot import snapshot
from tests.integration.handoff.conftest import ON_BOTH, World, make_world
from tests.integration.store.conftest import Baton
from tests.integration.store.test_ledger import lived
from tests.support.postgres import PostgresServer

pytestmark = ON_BOTH

ROTATED = {"meta", "agent_session", "audit"}


def content(settings: Settings) -> dict[str, list[bytes]]:
    """Every row of every table, but what a restore changes on purpose."""
    with snapshot(settings.database) as conn:
        return {table.name: list(dump(conn, table)) for table in tables_of(conn) if table.name not in ROTATED}


@contextmanager
def empty_site(kind: str, folder: Path, postgres: PostgresServer) -> Iterator[Settings]:
    folder.mkdir()
    if kind == "sqlite":
        yield Settings(data_dir=folder, shared_secret="test-secret")
        return
    with postgres.database() as url:
        yield Settings(data_dir=folder, database_url=url, shared_secret="test-secret")


async def test_everything_is_there_again_in_the_other_database(
    world: World, tmp_path: Path, postgres: PostgresServer
) -> None:
    to = "postgresql" if world.settings.database_url.startswith("sqlite") else "sqlite"
    await lived(world)
    picture = tmp_path / "attachments" / "ab" / f"ab{'0' * 30}"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"\x89PNG")
    with closing(sqlite3.connect(tmp_path / "tickets.db")) as tickets:
        tickets.execute("CREATE TABLE ticket (number TEXT)")
        tickets.execute("INSERT INTO ticket VALUES ('T1')")
        tickets.commit()
    manifest = write_backup(world.settings, tmp_path / "saved.tar")
    assert ((tmp_path / "saved.tar").stat().st_mode & 0o777, manifest.tables["handoff"]) == (0o600, 5)
    with empty_site(to, tmp_path / "new", postgres) as settings:
        restore_backup(settings, tmp_path / "saved.tar", replace=False)
        assert content(settings) == content(world.settings)
        assert (settings.data_dir / picture.relative_to(tmp_path)).read_bytes() == b"\x89PNG"
        with closing(sqlite3.connect(settings.data_dir / "tickets.db")) as tickets:
            assert tickets.execute("SELECT number FROM ticket").fetchall() == [("T1",)]
        again = make_world(settings)
        assert again.db.epoch not in ("", world.db.epoch)
        conv = await again.customer()
        assert (await again.say(conv, "hello")).seq == 1
        again.db.close()


async def test_a_backup_under_load_is_one_moment(world: World, tmp_path: Path) -> None:
    convs = [await world.customer() for _ in range(4)]
    stop = asyncio.Event()

    async def talk(number: int) -> None:
        while not stop.is_set():
            await world.say(convs[number], "hi")

    talking = [asyncio.create_task(talk(number)) for number in range(4)]
    for number in range(3):
        await asyncio.to_thread(write_backup, world.settings, tmp_path / f"{number}.tar")
    stop.set()
    await asyncio.gather(*talking)
    restored = Settings(data_dir=tmp_path / "new")
    for number in range(3):
        restore_backup(restored, tmp_path / f"{number}.tar", replace=True)
        with snapshot(restored.database) as conn:
            assert check(conn).breaches == ()


async def test_it_goes_in_the_place_of_another_only_when_asked(world: World, tmp_path: Path) -> None:
    await lived(world)
    write_backup(world.settings, tmp_path / "saved.tar")
    before = content(world.settings)
    await world.queued()
    world.db.close()
    with pytest.raises(BackupRefused, match=r"exists|holds"):
        restore_backup(world.settings, tmp_path / "saved.tar", replace=False)
    restore_backup(world.settings, tmp_path / "saved.tar", replace=True)
    assert content(world.settings) == before
    with snapshot(world.settings.database) as conn:
        assert conn.execute(select(t.audit.c.action).order_by(t.audit.c.at.desc())).scalars().first() == "restored"
    if world.settings.database_url.startswith("sqlite"):
        assert len(list(tmp_path.glob("baton.db.before-*"))) >= 1
    world.db = make_world(world.settings).db


async def test_a_running_service_is_left_alone(world: World, tmp_path: Path) -> None:
    write_backup(world.settings, tmp_path / "saved.tar")
    with pytest.raises((DataDirBusy, BackupRefused)):
        restore_backup(world.settings, tmp_path / "saved.tar", replace=True)
    assert await world.customer()


async def test_a_damaged_backup_changes_nothing(world: World, tmp_path: Path) -> None:
    await lived(world)
    good = tmp_path / "saved.tar"
    write_backup(world.settings, good)
    body = good.read_bytes()
    bad = tmp_path / "bad.tar"
    with tarfile.open(good) as archive:
        inside = archive.getmember("tables/event.jsonl.gz").offset_data + 20
    for harm in (body[: len(body) // 2], body[:inside] + b"\0\0\0\0" + body[inside + 4 :], b"no archive at all", b""):
        bad.write_bytes(harm)
        with pytest.raises(BadBackup):
            verify(bad)
    with pytest.raises(BadBackup):
        verify(tmp_path / "missing.tar")
    with pytest.raises(BackupRefused, match="exists"):
        write_backup(world.settings, good)
    assert not list(tmp_path.glob("*.part"))


async def test_the_commands(world: World, tmp_path: Path, baton: Baton) -> None:
    await lived(world)
    saved = baton("backup", str(tmp_path / "saved.tar"), "--json")
    assert (saved.code, json.loads(saved.out)["tables"]["handoff"]) == (0, 5), saved.err
    running = baton("restore", str(tmp_path / "saved.tar"), "--replace")
    assert running.code != 0
    world.db.close()
    with_nothing = baton("restore", str(tmp_path / "nothing.tar"), "--replace")
    assert (with_nothing.code, "There is no file" in with_nothing.err) == (1, True)
    restored = baton("restore", str(tmp_path / "saved.tar"), "--replace")
    assert (restored.code, "sign in again" in restored.out) == (0, True), restored.err
    world.db = make_world(world.settings).db
    assert world.db.read_now(lambda conn: conn.execute(text("SELECT count(*) FROM handoff")).scalar()) == 5
