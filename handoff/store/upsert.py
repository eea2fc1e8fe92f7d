"""Insert unless the row is there: the one statement whose words differ between the two databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Insert, Table, literal
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_or_skip(conn: Connection, table: Table, **values: Any) -> bool:
    """Insert the row; False, with nothing written, when a row with one of its keys exists."""
    # Not by rowcount: for an INSERT on PostgreSQL it is -1.
    made = insert_skipping(conn, table).values(values).returning(literal(1))
    return conn.execute(made).first() is not None


def insert_skipping(conn: Connection, table: Table) -> Insert:
    """An INSERT, for one row or many, that leaves out each row whose key exists; RETURNING tells which were made."""
    insert = sqlite_insert if conn.dialect.name == "sqlite" else postgresql_insert
    return insert(table).on_conflict_do_nothing()
