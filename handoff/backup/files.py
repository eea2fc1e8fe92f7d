"""Files beside the database that belong to a backup: attachments, complaint tickets, dialogue trackers, the secret."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

DATABASES = ("tickets.db", "rasa/tracker.db")
PLAIN = ("secret",)
FOLDERS = ("attachments",)


def collect(data_dir: Path, into: Path) -> list[str]:
    """Copy what is there into ``into``; returns the names, relative to the data directory.

    SQLite files are copied by SQLite's own online backup, so they may be in use.
    """
    return [name for name in _present(data_dir) if _copy(data_dir / name, into / name)]


def is_kept(name: str) -> bool:
    """Whether a name from a backup may be written into a data directory."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        return False
    return name in (*DATABASES, *PLAIN) or path.parts[0] in FOLDERS


def _present(data_dir: Path) -> Iterator[str]:
    for name in (*DATABASES, *PLAIN):
        if (data_dir / name).is_file():
            yield name
    for folder in FOLDERS:
        for path in sorted((data_dir / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and path.suffix != ".part":
                yield path.relative_to(data_dir).as_posix()


def _copy(source: Path, target: Path) -> bool:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.suffix != ".db":
            shutil.copyfile(source, target)
            return True
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new, pages=1000)
        return True
    except FileNotFoundError:
        return False  # an attachment that was erased meanwhile
