"""Insert unless the row is there: the one statement whose words differ between the two databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, literal
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_or_skip(conn: Connection, table: Table, **values: Any) -> bool:
    """Insert the row; False, with nothing written, when a row with one of its keys exists."""
    insert = sqlite_insert if conn.dialect.name == "sqlite" else postgresql_insert
    # Not by rowcount: for an INSERT on PostgreSQL it is -1.
    made = insert(table).values(values).on_conflict_do_nothing().returning(literal(1))
    return conn.execute(made).first() is not None
