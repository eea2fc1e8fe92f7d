"""Writes complaint tickets to SQLite, once per turn."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from actions.errors import TicketStoreError

FIRST_ANSWER = timedelta(hours=24)
_SCHEMA = Path(__file__).with_name("schema.sql")


@dataclass(frozen=True)
class Complaint:
    """A complaint to file. `severity` 1 (mild) … 4 (worst); `contact` and `order_number` are None when not given."""

    turn_id: str
    sender: str
    lang: str
    text: str
    severity: int
    contact: str | None = None
    order_number: str | None = None


class TicketStore:
    """Tickets by turn. Opens a connection per call; a second process may write at the same time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Create the table if it is not there. Raises `TicketStoreError`."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
        except (sqlite3.Error, OSError) as error:
            raise TicketStoreError(str(self.path), error) from error

    def file(self, complaint: Complaint, now: datetime) -> str:
        """Number of the ticket; the same turn gets the same one. `now` must be aware. Raises `TicketStoreError`."""
        if now.tzinfo is None:
            raise ValueError("now must carry a time zone")
        try:
            with closing(self._connect()) as connection, connection:
                connection.execute("BEGIN IMMEDIATE")
                return self._known(connection, complaint.turn_id) or self._insert(connection, complaint, now)
        except sqlite3.Error as error:
            raise TicketStoreError(str(self.path), error) from error

    def forget(self, conversation: str) -> int:
        """Blank what a person said and left in the tickets of all episodes of the conversation; returns how many.

        Number, severity and dates stay: the promise was made. Raises `TicketStoreError`.
        """
        bounds = (conversation, f"{conversation}:", f"{conversation};")
        blank = "UPDATE tickets SET text = '', contact = NULL, order_number = NULL"
        try:
            with closing(self._connect()) as connection:
                where = "WHERE sender = ? OR (sender >= ? AND sender < ?)"
                return connection.execute(f"{blank} {where}", bounds).rowcount
        except sqlite3.Error as error:
            raise TicketStoreError(str(self.path), error) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=2, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")  # the customer is told the number: it must survive a power cut
        return connection

    @staticmethod
    def _known(connection: sqlite3.Connection, turn_id: str) -> str | None:
        row = connection.execute("SELECT number FROM tickets WHERE turn_id = ?", (turn_id,)).fetchone()
        return str(row[0]) if row else None

    @staticmethod
    def _insert(connection: sqlite3.Connection, complaint: Complaint, now: datetime) -> str:
        values = (
            complaint.turn_id,
            complaint.sender,
            complaint.lang,
            complaint.text,
            complaint.contact,
            complaint.order_number,
            complaint.severity,
            now.isoformat(timespec="seconds"),
            (now + FIRST_ANSWER).isoformat(timespec="seconds"),
        )
        cursor = connection.execute(
            "INSERT INTO tickets (turn_id, sender, lang, text, contact, order_number, severity, created_at, due_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        number = f"TS{now:%Y%m%d}{cursor.lastrowid:05d}"
        connection.execute("UPDATE tickets SET number = ? WHERE id = ?", (number, cursor.lastrowid))
        return number
