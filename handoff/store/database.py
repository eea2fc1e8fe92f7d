"""Access to the database: the only `transaction` in the service, over one of two drivers."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from handoff import failpoints
from handoff.errors import OutcomeUnknown, StorageUnavailable
from handoff.measures import RETRIES, STORAGE_ERRORS, TRANSACTIONS, timed
from handoff.settings import Settings
from handoff.store import at_end, migrate
from handoff.store.driver import Driver, forget_held_rows
from handoff.store.postgresql import PostgresqlDriver, is_postgresql
from handoff.store.sqlite import SqliteDriver
from handoff.store.tables import meta
from handoff.store.upsert import insert_or_skip
from handoff.store.writers import Job, Writers
from handoff.traces import span

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 4
PAUSE = 0.02


class Database:
    """The truth, behind writing and reading threads.

    ``write`` and ``read`` run a plain function with a `Connection` inside one transaction. A function given
    to ``write`` either commits whole or leaves nothing; it may be run again after a conflict with another gateway,
    so it must do nothing but read and write the database. `StorageUnavailable` when the database refuses,
    `OutcomeUnknown` when the connection was lost at the commit itself.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._writers = Writers(driver.writers, driver.together, self._perform)
        self._read_threads = ThreadPoolExecutor(driver.readers, thread_name_prefix="db-read")
        self.epoch = ""

    @property
    def shared(self) -> bool:
        """Whether other gateways may work on the same database."""
        return self._driver.shared

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction on the calling thread, tried once (CLI and tests); services use ``write``."""
        try:
            with self._begin() as conn:
                yield conn
        except DBAPIError as error:
            raise self._named(error) from error
        except (PoolTimeout, DisconnectionError) as error:
            raise _too_busy(error) from error

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(conn, ...)`` in one transaction on a writing thread and return what it returns."""
        return await self._queue(work, lambda conn: work(conn, *args, **kwargs), urgent=False)

    async def write_first(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``write``, before what only the service itself waits for: somebody looks at a screen until it is done."""
        return await self._queue(work, lambda conn: work(conn, *args, **kwargs), urgent=True)

    async def _queue(self, work: Callable[..., T], bound: Callable[[Connection], T], *, urgent: bool) -> T:
        with timed(TRANSACTIONS, kind="write"), span("write", work=_name(work)):
            job = Job(bound)
            self._writers.put(job, urgent=urgent)
            result: T = await job.future
            return result

    def _perform(self, jobs: Sequence[Job]) -> None:
        if len(jobs) > 1:
            self._perform_together(jobs)
            return
        [job] = jobs
        try:
            job.result = self.write_now(job.run)
        except Exception as error:
            job.error = error

    def _perform_together(self, jobs: Sequence[Job]) -> None:
        """Many pieces of work in one transaction and one fsync, each whole or not at all."""
        try:
            with self.transaction() as conn:
                for job in jobs:
                    self._attempt(conn, job)
        except Exception as error:
            for job in jobs:
                job.error = job.error or error

    def _attempt(self, conn: Connection, job: Job) -> None:
        conn.exec_driver_sql("SAVEPOINT one_of_many")
        try:
            job.result = job.run(conn)
        except Exception as error:
            # When the whole transaction is gone this fails as well, and so do all of them.
            conn.exec_driver_sql("ROLLBACK TO one_of_many")
            job.error = self._named(error) if isinstance(error, DBAPIError) else error
        conn.exec_driver_sql("RELEASE one_of_many")

    def write_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                with self._begin() as conn:
                    return work(conn, *args, **kwargs)
            except DBAPIError as error:
                if attempt == TRIES or not self._driver.may_repeat(error):
                    raise self._named(error) from error
            except (PoolTimeout, DisconnectionError) as error:
                raise _too_busy(error) from error
            RETRIES.inc()
            time.sleep(PAUSE * 2**attempt * random.uniform(0.5, 1.5))
        raise AssertionError("unreachable")

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(conn, ...)`` on a reading thread, on one consistent snapshot."""
        with timed(TRANSACTIONS, kind="read"), span("read", work=_name(work)):
            context = contextvars.copy_context()
            return await asyncio.get_running_loop().run_in_executor(
                self._read_threads, lambda: context.run(lambda: self.read_now(work, *args, **kwargs))
            )

    def read_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                with self._driver.read_engine.begin() as conn:
                    return work(conn, *args, **kwargs)
            except DBAPIError as error:
                if attempt == TRIES or not self._driver.may_repeat(error):
                    raise self._named(error) from error
            except (PoolTimeout, DisconnectionError) as error:
                raise _too_busy(error) from error
            RETRIES.inc()
            time.sleep(PAUSE * 2**attempt)
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._writers.close()
        self._read_threads.shutdown(wait=True)
        self._driver.close()

    @contextlib.contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._driver.write_engine.connect() as conn, conn.begin() as transaction:
            at_end.start(conn)
            forget_held_rows(conn)
            yield conn
            at_end.run(conn)
            failpoints.reached("commit.before")
            try:
                transaction.commit()
            except DBAPIError as error:
                if self._driver.outcome_unknown(error):
                    raise OutcomeUnknown() from error
                raise
        failpoints.reached("commit.after")

    def _named(self, error: DBAPIError) -> Exception:
        # A broken rule or statement is a mistake of ours, and must be seen as one.
        if isinstance(error, IntegrityError | ProgrammingError | DataError):
            return error
        named = self._driver.unavailable(error)
        STORAGE_ERRORS.labels(named.code).inc()
        return named


def _name(work: Callable[..., object]) -> str:
    return getattr(work, "__qualname__", type(work).__name__)


def _too_busy(error: Exception) -> StorageUnavailable:
    return StorageUnavailable(
        f"No connection to the database became free ({type(error).__name__}).",
        remedy="The database answers slowly; look at its load and its locks. Nothing was stored.",
    )


def stream_epoch(conn: Connection) -> str:
    """The stream's epoch, made at the first start."""
    insert_or_skip(conn, meta, key="stream_epoch", value=secrets.token_hex(8))
    return str(conn.execute(select(meta.c.value).where(meta.c.key == "stream_epoch")).scalar_one())


def open_driver(url: str) -> Driver:
    """Connect, and lock where only one process may."""
    return PostgresqlDriver(url) if is_postgresql(url) else SqliteDriver(url)


def open_database(settings: Settings) -> Database:
    """Lock, migrate and open the database.

    `DataDirBusy`, `ConfigError` or `StorageUnavailable` say why it cannot be.
    """
    driver = open_driver(settings.database)
    try:
        migrate.upgrade(settings.database)
        database = Database(driver)
        database.epoch = database.write_now(stream_epoch)
    except BaseException:
        driver.close()
        raise
    return database
