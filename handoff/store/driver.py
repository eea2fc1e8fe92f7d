"""What differs between the two databases: engines, how many threads, and what an error means."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from handoff.errors import StorageUnavailable

# Set on connections that write: a row read there is locked until the commit (see `locks_rows`).
LOCKS_ROWS = "baton_locks_rows"
_HELD = "baton_held_rows"


class Driver(ABC):
    """One open database. ``shared`` says whether other gateways may work on it at the same time.

    ``together`` is how many pieces of work one of its ``writers`` may put into one transaction.
    """

    writers: int
    together: int
    readers: int
    shared: bool
    write_engine: Engine
    read_engine: Engine

    @abstractmethod
    def may_repeat(self, error: DBAPIError) -> bool:
        """Whether the transaction is surely rolled back and may succeed when its work is run again."""

    @abstractmethod
    def outcome_unknown(self, error: DBAPIError) -> bool:
        """Whether an error of COMMIT leaves open if the transaction was stored."""

    @abstractmethod
    def unavailable(self, error: DBAPIError) -> StorageUnavailable:
        """The named error for the caller."""

    @abstractmethod
    def close(self) -> None:
        """Give back every connection and lock."""


def locks_rows(conn: Connection) -> bool:
    """Whether a row that is read to be changed must be locked: on a shared database, while writing."""
    return bool(conn.get_execution_options().get(LOCKS_ROWS))


def held_rows(conn: Connection) -> set[str]:
    """Ids of the conversations that this transaction has locked already."""
    held: set[str] = conn.info.setdefault(_HELD, set())
    return held


def forget_held_rows(conn: Connection) -> None:
    """A new transaction begins on this connection."""
    conn.info.pop(_HELD, None)
