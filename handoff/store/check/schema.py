"""The database itself: the file is whole, references hold, and the guards of the other rules are in place."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, inspect, select, text

from handoff.store import protection
from handoff.store import tables as t
from handoff.store.check.breach import Breach, Rule

COUNTED = (t.conversation, t.event, t.handoff, t.handoff_event, t.turn, t.delivery, t.agent)


def counts(conn: Connection) -> dict[str, int]:
    """Rows of each table that was looked at."""
    return {table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one()) for table in COUNTED}


def _whole(conn: Connection) -> Iterator[Breach]:
    if conn.dialect.name != "sqlite":
        return
    for row in conn.execute(text("PRAGMA integrity_check(20)")):
        if row[0] != "ok":
            yield Breach("file_is_whole", {"table": "sqlite"}, str(row[0]))


def _references(conn: Connection) -> Iterator[Breach]:
    if conn.dialect.name != "sqlite":
        return  # PostgreSQL never lets one be broken
    for row in conn.execute(text("PRAGMA foreign_key_check")):
        yield Breach("references_hold", {"table": row[0], "row_id": row[1]}, f"its {row[2]} is missing")


def _triggers(conn: Connection) -> Iterator[Breach]:
    for name in protection.missing(conn):
        yield Breach("history_is_guarded", {"table": "trigger", "name": name}, "is missing or switched off")


def _indexes(conn: Connection) -> Iterator[Breach]:
    inspector = inspect(conn)
    for table in t.metadata.sorted_tables:
        wanted = {str(index.name) for index in table.indexes if index.unique}
        found = {index["name"] for index in inspector.get_indexes(table.name) if index["unique"]}
        for name in sorted(wanted - found):
            yield Breach("unique_indexes", {"table": table.name, "name": name}, "the unique index is missing")


RULES = (
    Rule("file_is_whole", _whole),
    Rule("references_hold", _references),
    Rule("history_is_guarded", _triggers),
    Rule("unique_indexes", _indexes),
)
