"""Insert unless the row is there: the one statement whose words differ between the two databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_or_skip(conn: Connection, table: Table, **values: Any) -> bool:
    """Insert the row; False, with nothing written, when a row with one of its keys exists."""
    insert = sqlite_insert if conn.dialect.name == "sqlite" else postgresql_insert
    return conn.execute(insert(table).values(values).on_conflict_do_nothing()).rowcount == 1
