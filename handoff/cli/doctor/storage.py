"""Checks of the data directory, the disk and the database."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

from handoff.cli.doctor.check import Finding, Site, fail, ok, warn
from handoff.cli.supervisor.lock import running_pid
from handoff.cli.supervisor.secret import SECRET_FILE

LOW_BYTES = 1_000_000_000
FULL_BYTES = 100_000_000


def check_data_directory(site: Site) -> Finding:
    """Writable, with room left."""
    name = "data directory"
    folder = site.settings.data_dir
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        remedy = "Give this account the right to write there, or set BATON_DATA_DIR to another directory."
        return fail(name, f"{nearest} cannot be written: {error.strerror}", remedy)
    free = shutil.disk_usage(nearest).free
    detail = f"{folder}, {free / 1e9:.1f} GB free"
    if free < FULL_BYTES:
        return fail(name, detail, "Free some space: the database cannot be written on a full disk.")
    if free < LOW_BYTES:
        return warn(name, detail, "Free some space, or move BATON_DATA_DIR to a larger disk.")
    return ok(name, detail if folder.exists() else f"{detail} (made at the first start)")


def check_database(site: Site) -> Finding:
    """Opens it for reading only, so that it can be checked while the gateway runs."""
    from handoff.store import migrate  # alembic and SQLAlchemy are slow to import
    from handoff.store.postgresql import is_postgresql

    name = "database"
    if is_postgresql(site.settings.database):
        return _check_postgresql(name, site.settings.database)
    path = Path(site.settings.database.removeprefix("sqlite:///"))
    if not path.exists():
        return ok(name, f"{path} (made at the first start)")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        remedy = f"Restore {path.name} from a back-up, or move it away to start with an empty one."
        return fail(name, f"{path} cannot be read: {error}", remedy)
    if verdict != "ok":
        return fail(name, f"{path} is damaged: {verdict}", f"Restore {path.name} from a back-up.")
    return _revision_finding(name, path, revision[0] if revision else None, migrate.head())


def _check_postgresql(name: str, url: str) -> Finding:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    from handoff.store import migrate
    from handoff.store.postgresql import parse, require_usable, shown

    where = shown(parse(url))
    engine = create_engine(parse(url), poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as conn:
            version = require_usable(conn)
            settings = {key: conn.execute(text(f"SHOW {key}")).scalar() for key in ("fsync", "full_page_writes")}
            revision = migrate.revision_of(conn)
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        return fail(name, f"PostgreSQL at {where}: {reason}", "Start the server, or correct BATON_DATABASE_URL.")
    finally:
        engine.dispose()
    risky = [key for key, value in settings.items() if value == "off"]
    if risky:
        detail = f"PostgreSQL {version} at {where} runs with {' and '.join(risky)} off: a power cut loses messages"
        return warn(name, detail, "Switch it on in postgresql.conf.")
    if revision is None:
        return ok(name, f"PostgreSQL {version} at {where} (tables are made at the first start)")
    return _revision_finding(name, f"PostgreSQL {version} at {where}", revision, migrate.head())


def _revision_finding(name: str, where: object, found: str | None, wanted: str | None) -> Finding:
    if found == wanted:
        return ok(name, f"{where}, revision {found}")
    return warn(
        name,
        f"{where} is at revision {found}, this code wants {wanted}",
        "The next `baton run` migrates it; make a back-up first.",
    )


def check_secret_file(site: Site) -> Finding:
    """Others on the machine must not read it."""
    name = "shared secret"
    if site.settings.shared_secret:
        return ok(name, "from BATON_SHARED_SECRET")
    path = site.settings.data_dir / SECRET_FILE
    if not path.exists():
        return ok(name, "made at the first start")
    if path.stat().st_mode & 0o077:
        return warn(name, f"{path} can be read by others", f"chmod 600 {path}")
    return ok(name, f"{path}, readable by its owner only")


def check_supervisor(site: Site) -> Finding:
    """Whether `baton run` runs on this data directory."""
    pid = running_pid(site.settings.data_dir)
    if pid is None:
        return ok("baton run", "not running")
    return ok("baton run", f"running (pid {pid or 'unknown'})")
