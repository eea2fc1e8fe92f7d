"""The first member of a backup: what is inside, how much of it, and by which version it was written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from handoff.errors import BatonError

FORMAT = "baton-backup/1"
MANIFEST = "manifest.json"
TABLES = "tables"
FILES = "files"


class BadBackup(BatonError):
    """The file is no backup of Baton, or is damaged."""

    code = "bad_backup"
    exit_code = 1
    remedy = "Use another backup; `baton backup FILE` writes one and reads it again before it says that it is done."


class BackupRefused(BatonError):
    """The backup cannot be written or restored here now."""

    code = "backup_refused"
    exit_code = 1


@dataclass(frozen=True)
class Manifest:
    """``tables`` and ``files`` say rows and bytes by name; ``digests`` are SHA-256 of every member."""

    revision: str
    database: str
    made_at: float
    version: str
    tables: dict[str, int]
    files: dict[str, int]
    digests: dict[str, str]
    format: str = FORMAT

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)


def parse_manifest(body: bytes) -> Manifest:
    """`BadBackup` when it is not of this format."""
    try:
        values: dict[str, Any] = json.loads(body)
        if values.get("format") != FORMAT:
            raise BadBackup(f"The format {values.get('format')!r} is not known; this version reads {FORMAT!r}.")
        return Manifest(**values)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadBackup("The list of contents cannot be read.") from error
