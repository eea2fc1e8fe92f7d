"""Writes a backup: one consistent moment of the database, then the files that its rows name."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, make_url

from handoff import __version__
from handoff.backup import files, rows
from handoff.backup.manifest import FILES, MANIFEST, TABLES, BackupRefused, Manifest
from handoff.backup.read import verify
from handoff.settings import Settings
from handoff.store import migrate
from handoff.store.snapshot import snapshot


def write_backup(settings: Settings, target: Path) -> Manifest:
    """Make ``target`` (mode 0600) while the service runs, read it again, and only then give it its name.

    `BackupRefused` when the file exists or cannot be written; errors of `snapshot` for the database.
    """
    if target.exists():
        raise BackupRefused(f"{target} exists already.", remedy="Choose a new name: a backup is never written over.")
    partial = target.with_name(f"{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.absolute().parent) as folder:
            manifest = _gather(settings, Path(folder))
            _pack(Path(folder), manifest, partial)
        verify(partial)
        os.replace(partial, target)
    except OSError as error:
        raise BackupRefused(
            f"{target} cannot be written: {error.strerror}.", remedy="Check the folder, its permissions and its space."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _gather(settings: Settings, folder: Path) -> Manifest:
    counts: dict[str, int] = {}
    # Rows first: a file they name is still there a moment later, the other way round it might not be yet.
    with snapshot(settings.database) as conn:
        revision = migrate.revision_of(conn) or ""
        (folder / TABLES).mkdir()
        for table in rows.tables_of(conn):
            counts[table.name] = _spool(conn, folder / TABLES / f"{table.name}.jsonl.gz", rows.dump(conn, table))
    kept = files.collect(settings.data_dir, folder / FILES)
    sizes = {name: (folder / FILES / name).stat().st_size for name in kept}
    digests = {path.relative_to(folder).as_posix(): digest(path) for path in _members(folder)}
    kind = make_url(settings.database).get_backend_name()
    return Manifest(revision, kind, time.time(), __version__, counts, sizes, digests)


def _spool(conn: Connection, path: Path, lines: Iterator[bytes]) -> int:
    number = -1  # the first line names the columns
    with gzip.open(path, "wb", compresslevel=6) as out:
        for line in lines:
            out.write(line)
            number += 1
    return number


def _pack(folder: Path, manifest: Manifest, target: Path) -> None:
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as archive:
            archive.add(folder / MANIFEST, MANIFEST)
            for path in _members(folder):
                archive.add(path, path.relative_to(folder).as_posix())
        out.flush()
        os.fsync(out.fileno())


def _members(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]


def digest(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
