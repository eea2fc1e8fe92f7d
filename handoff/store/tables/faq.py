"""Tables of the editor's desk: questions saved for the publish gate, and gaps that are not to be shown again."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, Index, String, Table, Text

from handoff.store.tables.core import metadata

saved_question = Table(
    "saved_question",
    metadata,
    Column("key", String, primary_key=True),
    Column("question", Text, nullable=False),
    Column("entry_id", String),
    Column("lang", String, nullable=False),
    Column("source", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", Float, nullable=False),
    CheckConstraint("source IN ('agent', 'editor')", name="saved_by_agent_or_editor"),
    Index("saved_by_entry", "entry_id"),
)

dismissed_gap = Table(
    "dismissed_gap",
    metadata,
    Column("key", String, primary_key=True),
    Column("question", Text, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", Float, nullable=False),
)
