"""Reads a backup: its list of contents, and every member against its digest."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from handoff.backup.manifest import MANIFEST, TABLES, BadBackup, Manifest, parse_manifest


@contextmanager
def opened(path: Path) -> Iterator[tuple[tarfile.TarFile, Manifest]]:
    """The archive and what it says it holds; `BadBackup` when it is none."""
    with _named(path):
        archive = tarfile.open(path, "r:")  # noqa: SIM115  # only its opening may be named; it is closed below
    with archive:
        with _named(path):
            manifest = parse_manifest(member(archive, MANIFEST).read())
        yield archive, manifest


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise BadBackup(f"There is no file {path}.") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadBackup(f"{path} cannot be read: {error}.") from error


def member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """One member as a stream; `BadBackup` when it is missing."""
    try:
        stream = archive.extractfile(name)
    except KeyError:
        stream = None
    if stream is None:
        raise BadBackup(f"{name} is missing in the backup.")
    return stream


def lines_of(archive: tarfile.TarFile, table: str) -> Iterator[bytes]:
    """The lines of a table's dump."""
    with gzip.open(member(archive, f"{TABLES}/{table}.jsonl.gz"), "rb") as lines:
        yield from lines


def verify(path: Path) -> Manifest:
    """Read every byte; `BadBackup` names the first member that is not as it was written."""
    with opened(path) as (archive, manifest):
        for name, wanted in manifest.digests.items():
            with _named(path), member(archive, name) as stream:
                found = hashlib.sha256()
                while block := stream.read(1 << 20):
                    found.update(block)
            if found.hexdigest() != wanted:
                raise BadBackup(f"{name} in {path} is damaged.")
        return manifest
