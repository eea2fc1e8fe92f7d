"""Tables of people's judgement of the service: verdicts on handoffs, quality reviews, alerts seen."""

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
    Text,
)

from handoff.store.tables.core import metadata

handoff_verdict = Table(
    "handoff_verdict",
    metadata,
    Column("handoff_id", ForeignKey("handoff.id"), primary_key=True),
    Column("verdict", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("at", Float, nullable=False),
    CheckConstraint("verdict IN ('right', 'too_early', 'too_late')", name="verdict_of_three"),
)

quality_review = Table(
    "quality_review",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("reviewer", ForeignKey("agent.id"), nullable=False),
    Column("scores", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "episode", "reviewer"),
)

alert_seen = Table(
    "alert_seen",
    metadata,
    Column("alert", String, nullable=False),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("alert"),
)
