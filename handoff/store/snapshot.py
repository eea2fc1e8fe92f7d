"""One long, consistent look at the database beside the running service: for checks, reports and backups."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from handoff.errors import ConfigError, StorageUnavailable
from handoff.store import migrate
from handoff.store.postgresql import is_postgresql, parse, require_usable
from handoff.store.sqlite import SCHEME


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """A read-only connection that sees one moment for as long as it is open; takes no lock and changes nothing.

    `ConfigError` when there is no database yet or it is of another version, `StorageUnavailable` when it refuses.
    """
    engine = _postgresql(url) if is_postgresql(url) else _sqlite(url)
    try:
        with engine.connect() as conn, conn.begin():
            if is_postgresql(url):
                require_usable(conn)
                conn.execute(text("SET LOCAL statement_timeout = 0"))
            _require_newest(conn)
            yield conn
    except DBAPIError as error:
        raise StorageUnavailable(
            f"The database refused: {error.orig}.", remedy="Run `baton doctor`; it says what is wrong with it."
        ) from error
    finally:
        engine.dispose()


def _postgresql(url: str) -> Engine:
    return create_engine(
        parse(url),
        poolclass=NullPool,
        connect_args={"connect_timeout": 5},
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
    )


def _sqlite(url: str) -> Engine:
    path = Path(url.removeprefix(SCHEME))
    if not path.is_file():
        raise ConfigError(
            f"There is no database at {path}.", remedy="Start Baton once, or set BATON_DATA_DIR to its directory."
        )
    engine = create_engine(f"sqlite:///file:{path.absolute()}?mode=ro&uri=true", poolclass=NullPool)
    event.listen(engine, "connect", _read_only)
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN"))
    return engine


def _read_only(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None
    # The service's one writer alone may checkpoint.
    dbapi_connection.execute("PRAGMA wal_autocheckpoint=0")
    dbapi_connection.execute("PRAGMA query_only=ON")


def _require_newest(conn: Connection) -> None:
    found, wanted = migrate.revision_of(conn), migrate.head()
    if found != wanted:
        raise ConfigError(
            f"The database is at revision {found or 'none'}; this code wants {wanted}.",
            remedy="Start Baton once, which migrates it; make a backup first.",
        )
