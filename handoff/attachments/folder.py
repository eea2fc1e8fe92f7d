"""The folder the files lie in: written whole or not at all, found by a random id that no path can leave."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from handoff.errors import NotFound, StorageUnavailable

_ID = re.compile(r"[0-9a-f]{32}")
PARTIAL = ".part"
THUMBNAIL = ".thumb"


class Folder:
    """Files by id under ``root``, in 256 sub-folders."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def new_id(self) -> str:
        """128 random bits: nobody guesses another's file."""
        return secrets.token_hex(16)

    def path(self, file_id: str, suffix: str = "") -> Path:
        """Where the file with that id lies; `NotFound` for anything that is no id."""
        if not _ID.fullmatch(file_id):
            raise NotFound()
        return self._root / file_id[:2] / f"{file_id}{suffix}"

    def partial(self, file_id: str) -> Path:
        """Where bytes are collected before they are looked into."""
        path = self.path(file_id, PARTIAL)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise disk_refused(error) from error
        return path

    def keep(self, written: Path, file_id: str, suffix: str = "") -> None:
        """Give a fully written file its place; it survives a power cut from here on."""
        target = self.path(file_id, suffix)
        with written.open("rb+") as file:
            os.fsync(file.fileno())
        os.chmod(written, 0o600)
        os.replace(written, target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, file_id: str) -> None:
        """Delete everything kept under the id; nothing to do when nothing is."""
        for path in self.path(file_id).parent.glob(f"{file_id}*"):
            path.unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[str]:
        """Ids of files last written more than ``seconds`` ago."""
        limit = time.time() - seconds
        seen: set[str] = set()
        for path in self._root.glob("??/*"):
            file_id = path.name.partition(".")[0]
            try:
                old = path.stat().st_mtime < limit
            except OSError:
                continue
            if old and file_id not in seen and _ID.fullmatch(file_id):
                seen.add(file_id)
                yield file_id


def disk_refused(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(
        f"The file cannot be written: {error.strerror}.",
        remedy="Check the free space and the permissions of the data directory's folder `attachments`.",
    )
