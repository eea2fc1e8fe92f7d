"""Brings the database to the newest schema; the gateway does it at each start, before anything else."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError

from handoff.errors import StorageUnavailable


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Apply every missing migration. `StorageUnavailable` if the file is no database of ours."""
    try:
        if current(url) != head():
            command.upgrade(_config(url), "head")
    except (DatabaseError, CommandError) as error:
        reason = getattr(error, "orig", None) or error
        raise StorageUnavailable(
            f"The database at {url} cannot be brought up to date: {reason}.",
            remedy="Restore it from a backup, or move it away to start with an empty one.",
        ) from error


def current(url: str) -> str | None:
    """Revision the database is at, None for an empty one."""
    engine = create_engine(url)
    try:
        with engine.connect() as conn:
            return MigrationContext.configure(conn).get_current_revision()
    finally:
        engine.dispose()


def head() -> str | None:
    """Revision this code wants."""
    return ScriptDirectory.from_config(_config("sqlite://")).get_current_head()
