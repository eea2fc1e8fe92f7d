"""Writes entries as CSV, XLSX or JSON Lines, all fields, so that `baton faq import` gives the same entries back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from knowledge_base.errors import ExportRefused
from knowledge_base.manifest import write_whole
from knowledge_base.models import Entry

_NOT_EXPORTED = ("line",)
# A cell of a workbook holds no more; the library would cut the rest off without a word.
_MAX_CELL = 32_767

Rows = Sequence[dict[str, Any]]


def export_table(entries: Sequence[Entry], path: Path) -> None:
    """Write all entries; the kind is told by the file's ending.

    Raises ExportRefused on another ending and on text that the kind cannot hold.
    """
    rows = [{k: v for k, v in entry.to_dict().items() if k not in _NOT_EXPORTED} for entry in entries]
    writers = {".csv": _csv, ".xlsx": _xlsx, ".jsonl": _jsonl}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ExportRefused(f"{path}: unknown kind of table {path.suffix!r}", "give .csv, .xlsx or .jsonl")
    table = writer(rows)
    write_whole(path, table)


def _jsonl(rows: Rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _csv(rows: Rows) -> bytes:
    """Lists stand in one cell as JSON; the byte order mark tells spreadsheet programs that this is UTF-8."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]) if rows else ["id"])
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return ("\ufeff" + stream.getvalue()).encode()


def _xlsx(rows: Rows) -> bytes:
    """One sheet of text cells: nothing in it is taken for a formula, a number or a date."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = Workbook(write_only=False)
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("faq")
    header = list(rows[0]) if rows else ["id"]
    for column, name in enumerate(header, 1):
        sheet.cell(1, column, name).font = Font(bold=True)
    for number, row in enumerate(rows, 2):
        for column, name in enumerate(header, 1):
            text = _cell(row[name])
            if len(text) > _MAX_CELL:
                message = f"`{row['id']}`: `{name}` has {len(text)} characters, more than a cell holds ({_MAX_CELL})"
                raise ExportRefused(message, "export to .jsonl or .csv")
            cell = sheet.cell(number, column)
            try:
                cell.value = text or None
            except IllegalCharacterError as error:
                message = f"`{row['id']}`: `{name}` holds a control character that a workbook cannot keep"
                raise ExportRefused(message, "remove it, or export to .jsonl") from error
            if text:
                cell.data_type = "s"
            cell.number_format = "@"
            cell.alignment = Alignment(vertical="top", wrap_text=name in ("question", "answer", "variants"))
    sheet.freeze_panes = "C2"
    for letter, width in (("A", 28), ("B", 40), ("C", 60), ("D", 60)):
        sheet.column_dimensions[letter].width = width
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
