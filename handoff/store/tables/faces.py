"""Tables of the faces: how far each side of a conversation has read, and how the chat on the sites looks."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from handoff.store.tables.core import metadata

read_mark = Table(
    "read_mark",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("who", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "who"),
    CheckConstraint("seq > 0", name="read_up_to_a_line"),
)

widget_settings = Table(
    "widget_settings",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),
    Column("author", String, nullable=False),
    Column("at", Float, nullable=False),
)
