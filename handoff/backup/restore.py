"""Puts a backup in the place of the database: whole or not at all, never under a running service."""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, MetaData, create_engine, delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from handoff.backup import files, rows
from handoff.backup.manifest import FILES, BackupRefused, BadBackup, Manifest
from handoff.backup.read import lines_of, member, opened, verify
from handoff.errors import StorageUnavailable
from handoff.settings import Settings
from handoff.store import audit, migrate
from handoff.store import tables as t
from handoff.store.check import check
from handoff.store.postgresql import is_postgresql, parse, require_usable
from handoff.store.sqlite import SCHEME, hold_lock


def restore_backup(settings: Settings, source: Path, *, replace: bool) -> Manifest:
    """Make database and files as they were; what was there before is set aside (SQLite) or dropped (PostgreSQL).

    The stream's epoch is new, so browsers drop what they held; everybody who answers signs in again. `BackupRefused`
    when a service uses the database, or when it holds something and ``replace`` is not set; `BadBackup` for a bad file.
    """
    manifest = verify(source)
    with opened(source) as (archive, _):
        target = _postgresql(settings, replace) if is_postgresql(settings.database) else _sqlite(settings, replace)
        try:
            with target as conn:
                _fill(conn, archive, manifest)
        except DBAPIError as error:
            raise StorageUnavailable(
                f"The database refused: {error.orig}.", remedy="Nothing was changed; mend it and restore again."
            ) from error
        _put_files(settings.data_dir, archive, manifest)
    return manifest


def _fill(conn: Connection, archive: tarfile.TarFile, manifest: Manifest) -> None:
    migrate.bring_to(conn, manifest.revision)
    for table in rows.tables_of(conn):
        if table.name in manifest.tables:
            _empty(conn, table.name)
            number = rows.load(conn, table, lines_of(archive, table.name))
            if number != manifest.tables[table.name]:
                raise BadBackup(f"{table.name} has {number} rows instead of {manifest.tables[table.name]}.")
    migrate.bring_to(conn, "head")
    conn.execute(update(t.meta).where(t.meta.c.key == "stream_epoch").values(value=secrets.token_hex(8)))
    conn.execute(delete(t.agent_session))
    audit.record(conn, "operator", "restored", made_at=manifest.made_at, revision=manifest.revision)
    broken = check(conn, limit=1).breaches
    if broken:
        raise BadBackup(f"The restored database breaks the rule {broken[0].rule}: {broken[0].detail}.")


def _empty(conn: Connection, name: str) -> None:
    """A migration may have put rows of its own into a fresh table."""
    if conn.execute(text(f'SELECT count(*) FROM "{name}"')).scalar():
        conn.execute(text(f'DELETE FROM "{name}"'))


@contextmanager
def _sqlite(settings: Settings, replace: bool) -> Iterator[Connection]:
    path = Path(settings.database.removeprefix(SCHEME))
    lock = hold_lock(path)  # refused while a gateway has it
    fresh = path.with_name(f"{path.name}.restoring")
    try:
        if path.exists() and not replace:
            raise BackupRefused(f"{path} exists.", remedy="Add --replace; the old file is kept beside the new one.")
        _forget(fresh)
        engine = migrate.engine_for(f"{SCHEME}{fresh}")
        with engine.connect() as conn, conn.begin():
            yield conn
        engine.dispose()
        if path.exists():
            _set_aside(path)
        os.replace(fresh, path)
    finally:
        _forget(fresh)
        os.close(lock)


@contextmanager
def _postgresql(settings: Settings, replace: bool) -> Iterator[Connection]:
    engine = create_engine(parse(settings.database), poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        # One transaction: until its commit everybody sees the old database, after it the new one.
        with engine.connect() as conn, conn.begin():
            require_usable(conn)
            _require_idle(conn)
            known = MetaData()
            known.reflect(conn)
            if known.tables and not replace:
                raise BackupRefused(
                    f"The database {conn.engine.url.database} holds tables.",
                    remedy="Add --replace, which drops them, or restore into an empty database.",
                )
            known.drop_all(conn)
            yield conn
    finally:
        engine.dispose()


def _require_idle(conn: Connection) -> None:
    others = conn.execute(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name LIKE 'baton%' AND pid <> pg_backend_pid()"
        )
    ).scalar_one()
    if others:
        raise BackupRefused(
            f"Baton is connected to this database ({others} connections).",
            remedy="Stop every `baton run` that uses it, then restore.",
        )


def _put_files(data_dir: Path, archive: tarfile.TarFile, manifest: Manifest) -> None:
    for name in manifest.files:
        if not files.is_kept(name):
            raise BadBackup(f"The backup holds a file {name}, which Baton does not keep.")
        target = data_dir / name
        if name in files.PLAIN and target.exists():
            continue  # this installation's own secret stays
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.restoring")
        with member(archive, f"{FILES}/{name}") as stream, fresh.open("wb") as out:
            os.fchmod(out.fileno(), 0o600)
            shutil.copyfileobj(stream, out)
        if name in files.DATABASES and target.exists():
            _set_aside(target)
        os.replace(fresh, target)


def _set_aside(path: Path) -> None:
    """Keep an SQLite file, with its journal, under a name that says when it was replaced."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ("", "-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            os.replace(old, path.with_name(f"{path.name}.before-{stamp}{suffix}"))


def _forget(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
