"""Tables of the handoff ledger: what happened to each handoff, line after line, never changed."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from handoff.store.tables.core import metadata

# The five ways in which a handoff ends; a handoff has at most one of them, which the index below holds.
ENDS = ("resolved", "returned", "message_left", "expired", "customer_left")
_IS_END = f"kind IN ({', '.join(repr(end) for end in ENDS)})"

handoff_event = Table(
    "handoff_event",
    metadata,
    Column("id", String, primary_key=True),
    Column("handoff_id", ForeignKey("handoff.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("handoff_id", "seq"),
    Index("one_end_each", "handoff_id", unique=True, sqlite_where=text(_IS_END), postgresql_where=text(_IS_END)),
    Index("handoff_event_by_time", "at", "kind", "handoff_id"),
)
