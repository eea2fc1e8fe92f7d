"""Brings the database to the newest schema; the gateway does it at each start, before anything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from handoff.errors import StorageUnavailable
from handoff.store import protection
from handoff.store.postgresql import MIGRATION_LOCK, is_postgresql, parse

SCRIPTS = Path(__file__).parent / "migrations"
# Alembic is imported where something is to be migrated: every start would pay for it.


def upgrade(url: str) -> None:
    """Apply every missing migration; one process does it, others wait.

    `StorageUnavailable` if it is no database of ours.
    """
    try:
        engine = engine_for(url)
        try:
            with engine.connect() as conn, conn.begin():
                _wait_for_turn(conn)
                bring_to(conn, "head")
        finally:
            engine.dispose()
    except (DatabaseError, RevisionUnknown) as error:
        reason = getattr(error, "orig", None) or error
        raise StorageUnavailable(
            f"The database at {make_url(url).render_as_string()} cannot be brought up to date: {reason}.",
            remedy="Restore it from a backup, or move it away to start with an empty one.",
        ) from error


class RevisionUnknown(Exception):
    """The database says it is at a revision that this code does not know."""


def bring_to(conn: Connection, revision: str) -> None:
    """Run the migrations up to ``revision`` in the caller's transaction; `RevisionUnknown` if there is no way."""
    if revision == "head" and revision_of(conn) == head():
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise RevisionUnknown(str(error)) from error
    protection.ensure(conn)


def current(url: str) -> str | None:
    """Revision the database is at, None for an empty one."""
    engine = engine_for(url)
    try:
        with engine.connect() as conn:
            return revision_of(conn)
    finally:
        engine.dispose()


def revision_of(conn: Connection) -> str | None:
    """Revision the database is at, None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


def head() -> str:
    """Revision this code wants: the newest script, for they are one line and numbered."""
    return max(script.name.partition("_")[0] for script in SCRIPTS.glob("versions/[0-9]*.py"))


def engine_for(url: str) -> Engine:
    """An engine for migrations and restores: no bounds on time, transactions begun explicitly."""
    if is_postgresql(url):
        return create_engine(parse(url), poolclass=NullPool, connect_args={"connect_timeout": 5})
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _explicit_transactions)
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _explicit_transactions(dbapi_connection: Any, _record: Any) -> None:
    # A migration that fails half-way must leave nothing, tables included.
    dbapi_connection.isolation_level = None


def _wait_for_turn(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
