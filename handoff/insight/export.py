"""Writes tables for spreadsheets (CSV, XLSX) whose cells can never be taken for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "xlsx"]
Cell = str | int | float | bool | None

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What makes a spreadsheet read a text as a formula (OWASP, "CSV Injection"); a tab or a line break may come before.
_FORMULA = re.compile(r"^[\s\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]")
# XML cannot hold these.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_WIDEST = 60


@dataclass(frozen=True)
class Sheet:
    """One table: its name (a sheet of the workbook), the names of its columns, its rows."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def safe(cell: Cell) -> Cell:
    """The cell as it may be written: a text that looks like a formula gets an apostrophe before it."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROL.sub("", cell)
    return f"'{text}" if _FORMULA.match(text) else text


def write(sheets: Sequence[Sheet], form: Format) -> bytes:
    """The bytes of a file; a CSV holds one table after the other, an empty line between them."""
    return _csv(sheets) if form == "csv" else _xlsx(sheets)


def _csv(sheets: Sequence[Sheet]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for number, sheet in enumerate(sheets):
        if number:
            writer.writerow([])
        writer.writerow([safe(name) for name in sheet.header])
        writer.writerows([safe(cell) for cell in row] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")  # the mark tells spreadsheets that this is UTF-8


def _xlsx(sheets: Sequence[Sheet]) -> bytes:
    # Here, because a gateway that never writes a workbook need not hold 5 MB of it in memory.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(_SHEET_NAME.sub(" ", sheet.name)[:31] or None)
        page.freeze_panes = "A2"
        for number, name in enumerate(sheet.header, 1):
            page.column_dimensions[get_column_letter(number)].width = min(_WIDEST, max(12, 2 * len(name)))
        head = [WriteOnlyCell(page, value=safe(name)) for name in sheet.header]
        for cell in head:
            cell.font = Font(bold=True)
        page.append(head)
        for row in sheet.rows:
            page.append([safe(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
