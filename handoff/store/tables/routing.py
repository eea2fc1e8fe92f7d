"""Tables of who answers when: presence of agents, refused offers, messages left, hours, attention to a conversation."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from handoff.store.tables.core import metadata

presence = Table(
    "presence",
    metadata,
    Column("agent_id", ForeignKey("agent.id"), primary_key=True),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("missed", Integer, nullable=False),
    CheckConstraint("state IN ('online', 'away', 'offline')", name="presence_of_three"),
)

handoff_refusal = Table(
    "handoff_refusal",
    metadata,
    Column("handoff_id", ForeignKey("handoff.id"), nullable=False),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("how", String, nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("handoff_id", "agent_id"),
)

left_message = Table(
    "left_message",
    metadata,
    Column("id", String, primary_key=True),
    Column("handoff_id", ForeignKey("handoff.id"), nullable=False, unique=True),
    Column("conv_id", ForeignKey("conversation.id"), nullable=False, index=True),
    Column("contact", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", ForeignKey("agent.id")),
    Column("created_at", Float, nullable=False),
    Column("done_at", Float),
    Column("done_by", ForeignKey("agent.id")),
    Column("result", Text, nullable=False),
    Index("left_message_by_age", "done_at", "created_at"),
)

service_hours = Table(
    "service_hours",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),
    Column("author", String, nullable=False),
    Column("at", Float, nullable=False),
)

attention = Table(
    "attention",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("who", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "who", "kind"),
)
