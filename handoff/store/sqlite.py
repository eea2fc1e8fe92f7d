"""The SQLite driver: one process, one writing connection, four reading ones; nothing is acknowledged before fsync."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from handoff.errors import ConfigError, DataDirBusy, StorageUnavailable
from handoff.store.driver import Driver

SCHEME = "sqlite:///"
READERS = 4


class SqliteDriver(Driver):
    """Holds the lock of the data directory for as long as it is open.

    `DataDirBusy` when another process has it, `ConfigError` when the folder cannot be used.
    """

    writers = 1
    readers = READERS
    # As many as find room before the one who waits longest would notice.
    together = 32
    shared = False

    def __init__(self, url: str) -> None:
        self._path = Path(url.removeprefix(SCHEME))
        self._lock = hold_lock(self._path)
        self.write_engine = _engine(url, writer=True)
        self.read_engine = _engine(url, writer=False)

    def may_repeat(self, error: DBAPIError) -> bool:
        # One writer, locked at BEGIN: nothing another transaction did can have been in the way.
        return False

    def outcome_unknown(self, error: DBAPIError) -> bool:
        # SQLite answers for its own file: a COMMIT that fails is rolled back.
        return False

    def unavailable(self, error: DBAPIError) -> StorageUnavailable:
        return StorageUnavailable(
            f"The database refused: {error.orig}.",
            remedy="Check the free space and the permissions of the data directory; nothing was stored.",
        )

    def close(self) -> None:
        self.write_engine.dispose()
        self.read_engine.dispose()
        os.close(self._lock)


def hold_lock(path: Path) -> int:
    """Descriptor that holds the lock beside the database file; the kernel gives it back when the process ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"The data directory {path.parent} cannot be used: {error.strerror}.",
            remedy="Make it writable, or set BATON_DATA_DIR to a folder that is.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DataDirBusy(
            f"Another process already has the database open (lock {path.with_suffix('.lock')}).",
            remedy="Stop the other `baton run`, or give this one its own BATON_DATA_DIR.",
        ) from None
    return descriptor


def _connect_pragmas(query_only: bool) -> Callable[[Any, Any], None]:
    def apply(dbapi_connection: Any, _record: Any) -> None:
        # SQLAlchemy sends BEGIN itself; the driver must not guess at transactions.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=5000")
        if query_only:
            cursor.execute("PRAGMA wal_autocheckpoint=0")
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    return apply


def _engine(url: str, *, writer: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1 if writer else READERS,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _connect_pragmas(query_only=not writer))
    # A read that turns into a write fails at once with SQLITE_BUSY_SNAPSHOT, so the writer locks at BEGIN.
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    return engine
