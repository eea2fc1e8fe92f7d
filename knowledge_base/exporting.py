"""Writes entries as CSV or JSON Lines, all fields, so that `baton faq import` gives the same entries back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from knowledge_base.errors import ImportRefused
from knowledge_base.models import Entry

_NOT_EXPORTED = ("path", "line")


def export_table(entries: Sequence[Entry], path: Path) -> None:
    """Write all entries; the kind is told by the file's ending. Raises ImportRefused on another ending."""
    rows = [{k: v for k, v in entry.to_dict().items() if k not in _NOT_EXPORTED} for entry in entries]
    writers = {".csv": _csv, ".jsonl": _jsonl}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ImportRefused(f"{path}: unknown kind of table {path.suffix!r}", "give .csv or .jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(writer(rows), "utf-8", newline="")


def _jsonl(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    """Lists stand in one cell as JSON; the byte order mark tells spreadsheet programs that this is UTF-8."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]) if rows else ["id"])
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return "\ufeff" + stream.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
