"""Access to the database: one writer, several readers, and the only `transaction` in the service."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from handoff.errors import ConfigError, DataDirBusy, StorageUnavailable
from handoff.settings import Settings
from handoff.store import migrate
from handoff.store.tables import meta

P = ParamSpec("P")
T = TypeVar("T")


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


def _sqlite_engine(url: str, *, writer: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1 if writer else 4,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _connect_pragmas(query_only=not writer))
    # A read that turns into a write fails at once with SQLITE_BUSY_SNAPSHOT, so the writer locks at BEGIN.
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    return engine


class Database:
    """The truth, behind one writing thread and four reading ones.

    ``write`` and ``read`` run a plain function with a `Connection` inside one transaction. A function given
    to ``write`` either commits whole or leaves nothing. `StorageUnavailable` when the disk or file refuses.
    """

    def __init__(self, url: str, lock: Any) -> None:
        self._writer = _sqlite_engine(url, writer=True)
        self._readers = _sqlite_engine(url, writer=False)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="db-write")
        self._read_threads = ThreadPoolExecutor(4, thread_name_prefix="db-read")
        self._lock = lock
        self.epoch = ""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction on the calling thread (CLI and tests); services use ``write``."""
        try:
            with self._writer.begin() as conn:
                yield conn
        except OperationalError as error:
            raise _storage_error(error) from error

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(conn, ...)`` in one transaction on the writing thread and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(
            self._write_thread, lambda: self.write_now(work, *args, **kwargs)
        )

    def write_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self.transaction() as conn:
            return work(conn, *args, **kwargs)

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(conn, ...)`` on a reading thread, on one consistent snapshot."""
        return await asyncio.get_running_loop().run_in_executor(
            self._read_threads, lambda: self.read_now(work, *args, **kwargs)
        )

    def read_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with self._readers.begin() as conn:
                return work(conn, *args, **kwargs)
        except OperationalError as error:
            raise _storage_error(error) from error

    def close(self) -> None:
        self._write_thread.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        self._writer.dispose()
        self._readers.dispose()
        os.close(self._lock)


def _storage_error(error: DBAPIError) -> StorageUnavailable:
    return StorageUnavailable(
        f"The database refused: {error.orig}.",
        remedy="Check the free space and the permissions of the data directory; nothing was stored.",
    )


def _hold_lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DataDirBusy(
            f"Another process already has the database open (lock {path}).",
            remedy="Stop the other `baton run`, or give this one its own BATON_DATA_DIR.",
        ) from None
    return descriptor


def _stream_epoch(conn: Connection) -> str:
    known = conn.execute(select(meta.c.value).where(meta.c.key == "stream_epoch")).scalar()
    if known:
        return str(known)
    epoch = secrets.token_hex(8)
    conn.execute(meta.insert().values(key="stream_epoch", value=epoch))
    return epoch


def open_database(settings: Settings) -> Database:
    """Lock, migrate and open the database.

    `DataDirBusy`, `ConfigError` or `StorageUnavailable` say why it cannot be.
    """
    path = Path(settings.database.removeprefix("sqlite:///"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _hold_lock(path.with_suffix(".lock"))
    except OSError as error:
        raise ConfigError(
            f"The data directory {path.parent} cannot be used: {error.strerror}.",
            remedy="Make it writable, or set BATON_DATA_DIR to a folder that is.",
        ) from error
    try:
        migrate.upgrade(settings.database)
        database = Database(settings.database, lock)
        database.epoch = database.write_now(_stream_epoch)
    except BaseException:
        os.close(lock)
        raise
    return database
