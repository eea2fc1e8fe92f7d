"""Tables of the live wall: what is wrong now and since when, and who has seen to it."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from handoff.store.tables.core import metadata

# One row for each thing that is or was wrong lately; ``seen_at`` is when a gateway found it so the last time.
alert = Table(
    "alert",
    metadata,
    Column("key", String, primary_key=True),
    Column("since", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("level", Integer, nullable=False),
    CheckConstraint("level >= 1", name="alert_level_from_one"),
)

alert_acknowledgement = Table(
    "alert_acknowledgement",
    metadata,
    Column("id", String, primary_key=True),
    Column("alert", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("level", Integer, nullable=False),
    Column("severity", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Float, nullable=False),
    Index("acknowledgement_by_alert", "alert", "at"),
    Index("acknowledgement_by_time", "at"),
)
