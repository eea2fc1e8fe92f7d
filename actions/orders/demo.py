"""Reads the committed CSV of demo orders into rows for the table, checking every field."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path

from actions.errors import OrderDataError
from actions.orders.models import STATUSES

FIELDS = [
    *("number", "status", "item_zh", "item_en", "amount"),
    *("placed_days_ago", "updated_days_ago", "due_in_days"),
    *("carrier_zh", "carrier_en", "tracking", "place_zh", "place_en"),
]
Row = tuple[str | int, ...]


def read_rows(path: Path, today: date) -> list[Row]:
    """Rows in the order of the table's columns. Raises `OrderDataError` at the first broken line."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != FIELDS:
            raise OrderDataError(str(path), 1, f"The header must be {','.join(FIELDS)}.")
        rows: list[Row] = []
        seen: set[str] = set()
        for record in reader:
            rows.append(_row(record, path, reader.line_num, today))
            number = str(rows[-1][0])
            if number in seen:
                raise OrderDataError(str(path), reader.line_num, f"Order {number} appears twice.")
            seen.add(number)
    return rows


def _row(record: dict[str, str | None], path: Path, line: int, today: date) -> Row:
    if None in record or None in record.values():
        raise OrderDataError(str(path), line, f"The line must have {len(FIELDS)} fields.")
    values = {key: (value or "").strip() for key, value in record.items()}
    if not re.fullmatch(r"QH\d{10}", values["number"]):
        raise OrderDataError(str(path), line, f"'{values['number']}' is no order number (QH and 10 digits).")
    if values["status"] not in STATUSES:
        raise OrderDataError(str(path), line, f"'{values['status']}' is no status ({', '.join(sorted(STATUSES))}).")
    try:
        days = [int(values[name]) for name in ("placed_days_ago", "updated_days_ago", "due_in_days")]
        cents = round(float(values["amount"]) * 100)
    except ValueError as error:
        raise OrderDataError(str(path), line, f"A number was expected ({error}).") from error
    placed, updated, due = (today - timedelta(days[0]), today - timedelta(days[1]), today + timedelta(days[2]))
    dates = (placed.isoformat(), updated.isoformat(), due.isoformat())
    texts = [values[name] for name in FIELDS[8:]]
    return (values["number"], values["status"], values["item_zh"], values["item_en"], cents, *dates, *texts)
