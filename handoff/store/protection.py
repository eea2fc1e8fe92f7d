"""Triggers that keep the history as it was written, whatever a program or a person at the database console does."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

# Of a message only what a person may ask to have erased can change.
_FIXED_OF_EVENT = "conv_id, seq, kind, author, author_id, client_msg_id, fence, internal, created_at"


@dataclass(frozen=True)
class Guard:
    """One trigger: ``what`` (SQL) on ``table`` is refused."""

    name: str
    table: str
    what: str


GUARDS = (
    Guard("handoff_event_no_update", "handoff_event", "UPDATE"),
    Guard("handoff_event_no_delete", "handoff_event", "DELETE"),
    Guard("event_fixed", "event", f"UPDATE OF {_FIXED_OF_EVENT}"),
    Guard("event_no_delete", "event", "DELETE"),
    Guard("audit_no_update", "audit", "UPDATE"),
)

_FUNCTION = """
CREATE OR REPLACE FUNCTION baton_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def ensure(conn: Connection) -> None:
    """Put every trigger in place whose table exists; done after each migration, for SQLite drops them with a table."""
    tables = set(inspect(conn).get_table_names())
    if conn.dialect.name == "postgresql":
        conn.execute(text(_FUNCTION))
    for guard in GUARDS:
        if guard.table in tables:
            conn.execute(text(_statement(guard, conn.dialect.name)))


def missing(conn: Connection) -> list[str]:
    """Names of triggers that are not there."""
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    }[conn.dialect.name]
    found = {row[0] for row in conn.execute(text(catalogue))}
    return [guard.name for guard in GUARDS if guard.name not in found]


def _statement(guard: Guard, dialect: str) -> str:
    if dialect == "postgresql":
        return (
            f"CREATE OR REPLACE TRIGGER {guard.name} BEFORE {guard.what} ON {guard.table} "
            "FOR EACH ROW EXECUTE FUNCTION baton_append_only()"
        )
    return (
        f"CREATE TRIGGER IF NOT EXISTS {guard.name} BEFORE {guard.what} ON {guard.table} "
        f"BEGIN SELECT RAISE(ABORT, 'table {guard.table} is append-only'); END"
    )
