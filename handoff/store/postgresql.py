"""The PostgreSQL driver: many gateways on one database, row locks where SQLite has its single writer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from handoff.errors import ConfigError, StorageUnavailable
from handoff.store.driver import LOCKS_ROWS, Driver

SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")
OLDEST = 15
# With the two connections of the relay, ten for each gateway.
WRITERS = 5
READERS = 3
SETTINGS = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
    "timezone": "UTC",
    "application_name": "baton",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
SERIALIZATION, DEADLOCK, UNIQUE = "40001", "40P01", "23505"
SHUTTING_DOWN = ("57P01", "57P02", "57P03")
MIGRATION_LOCK = 0x6261746F6E01


class PostgresqlDriver(Driver):
    """`ConfigError` for a server that is too old or not UTF-8, `StorageUnavailable` when none answers."""

    writers = WRITERS
    readers = READERS
    # Its connections share their fsyncs by themselves, and long transactions would hold locks.
    together = 1
    shared = True

    def __init__(self, url: str) -> None:
        self._url = parse(url)
        self._engine = pooled(self._url)
        try:
            with self._engine.connect() as conn:
                require_usable(conn)
        except DBAPIError as error:
            self._engine.dispose()
            raise self.unavailable(error) from error
        except BaseException:
            self._engine.dispose()
            raise
        self.write_engine = self._engine.execution_options(**{LOCKS_ROWS: True})
        self.read_engine = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def may_repeat(self, error: DBAPIError) -> bool:
        # A twin key means that the same thing was written a moment ago: run again, the work finds it and says so.
        state = sqlstate(error)
        return state in (SERIALIZATION, DEADLOCK, UNIQUE) or is_disconnect(error)

    def outcome_unknown(self, error: DBAPIError) -> bool:
        return is_disconnect(error)

    def unavailable(self, error: DBAPIError) -> StorageUnavailable:
        reason = str(error.orig).strip().splitlines()
        return StorageUnavailable(
            f"PostgreSQL at {shown(self._url)} refused: {reason[0] if reason else type(error.orig).__name__}.",
            remedy="Check that the server runs, has space and takes connections (BATON_DATABASE_URL).",
        )

    def close(self) -> None:
        self._engine.dispose()


def is_postgresql(url: str) -> bool:
    return url.startswith(SCHEMES)


def parse(url: str) -> URL:
    """The URL with our driver's name; `ConfigError` if it cannot be read."""
    try:
        return make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise ConfigError(
            "BATON_DATABASE_URL cannot be read.", remedy="Write it as postgresql://user:password@host:5432/name."
        ) from error


def shown(url: URL) -> str:
    """Where the database is, without the password."""
    return f"{url.host or 'the local socket'}:{url.port or 5432}/{url.database or ''}"


def pooled(url: URL) -> Engine:
    """An engine of a few connections whose statements, locks and idle transactions are bounded.

    No ping before each use: a transaction on a line that has died is run again anyway, on a fresh one.
    """
    engine = create_engine(
        url,
        pool_size=WRITERS + READERS,
        max_overflow=0,
        pool_timeout=5,
        connect_args={"connect_timeout": 5},
    )
    event.listen(engine, "connect", _bound)
    return engine


def _bound(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.autocommit = True
    for name, value in SETTINGS.items():
        dbapi_connection.execute(f"SET {name} = '{value}'")
    # An acknowledged message must be on disk, also when the server's default says otherwise.
    if dbapi_connection.execute("SHOW synchronous_commit").fetchone()[0] == "off":
        dbapi_connection.execute("SET synchronous_commit = on")
    dbapi_connection.autocommit = False


def require_usable(conn: Connection) -> int:
    """Major version of the server; `ConfigError` if it is too old or the database is not UTF-8."""
    number = int(conn.execute(text("SHOW server_version_num")).scalar_one())
    if number // 10000 < OLDEST:
        raise ConfigError(
            f"PostgreSQL {number // 10000} is too old for Baton, which needs {OLDEST} or newer.",
            remedy="Upgrade the server, or unset BATON_DATABASE_URL to use SQLite.",
        )
    encoding = conn.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise ConfigError(
            f"The PostgreSQL database has the encoding {encoding}; Baton needs UTF8.",
            remedy="Create it again: CREATE DATABASE baton ENCODING 'UTF8' TEMPLATE template0.",
        )
    return number // 10000


def sqlstate(error: SQLAlchemyError) -> str | None:
    """PostgreSQL's five-character code of the error, None for errors of the connection itself."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def is_disconnect(error: DBAPIError) -> bool:
    """Whether the connection is gone (or the server is going)."""
    return error.connection_invalidated or sqlstate(error) in SHUTTING_DOWN
