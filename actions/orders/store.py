"""Reads orders from SQLite; builds the table from the CSV when the CSV has changed."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from actions.errors import OrderServiceError
from actions.orders.demo import read_rows
from actions.orders.models import Order

_SCHEMA = Path(__file__).with_name("schema.sql")
_COLUMNS = (
    "number, status, item_zh, item_en, amount_cents, placed, updated, due, "
    "carrier_zh, carrier_en, tracking, place_zh, place_en"
)


class OrderStore:
    """Orders by number. Each call opens its own connection, so it may be used from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def build(self, csv_file: Path, today: date) -> bool:
        """Make the table from `csv_file` unless it holds it already; True when it was built anew.

        The CSV counts days from `today`, so that a demo shop set up in any month has parcels on the way. Raises
        `OrderDataError` with the line of the file; the old table then stays as it is.
        """
        content = csv_file.read_bytes()
        digest = hashlib.sha256(content + _SCHEMA.read_bytes()).hexdigest()
        if self._hash() == digest:
            return False
        rows = read_rows(csv_file, today)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh)) as connection, connection:
            connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
            connection.execute("INSERT INTO source (hash) VALUES (?)", (digest,))
            marks = ", ".join("?" * 13)
            connection.executemany(f"INSERT INTO orders ({_COLUMNS}) VALUES ({marks})", rows)
        os.replace(fresh, self.path)
        return True

    def find(self, number: str) -> Order | None:
        """The order, or None when there is none with this number. Raises `OrderServiceError`."""
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=2)) as connection:
                row = connection.execute(f"SELECT {_COLUMNS} FROM orders WHERE number = ?", (number,)).fetchone()
        except sqlite3.Error as error:
            raise OrderServiceError(str(self.path), error) from error
        return _order(row) if row else None

    def _hash(self) -> str | None:
        if not self.path.is_file():
            return None
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=2)) as connection:
                row = connection.execute("SELECT hash FROM source").fetchone()
        except sqlite3.Error:
            return None  # an unreadable file is built again
        return str(row[0]) if row else None


def _order(row: tuple[object, ...]) -> Order:
    number, status, item_zh, item_en, amount, placed, updated, due, *rest = row
    return Order(
        str(number),
        str(status),
        str(item_zh),
        str(item_en),
        int(str(amount)),
        date.fromisoformat(str(placed)),
        date.fromisoformat(str(updated)),
        date.fromisoformat(str(due)),
        *map(str, rest),
    )
