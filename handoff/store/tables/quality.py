"""Tables of the quality sample: what was drawn, and each reviewer's score sheet."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
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
    UniqueConstraint,
)

from handoff.store.tables.core import metadata

DIMENSIONS = ("reliability", "responsiveness", "assurance", "empathy", "tangibles")

quality_sample = Table(
    "quality_sample",
    metadata,
    Column("id", String, primary_key=True),
    Column("seed", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("drawn_by", ForeignKey("agent.id"), nullable=False),
    Column("drawn_at", Float, nullable=False),
    CheckConstraint("kind IN ('all', 'contained', 'handed_over')", name="sample_of_kind"),
)

# The key holds what the draw promises: no service is drawn twice.
quality_item = Table(
    "quality_item",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("sample_id", ForeignKey("quality_sample.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("handoff_id", ForeignKey("handoff.id")),
    Column("agent_id", ForeignKey("agent.id")),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("ended_at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "episode"),
    UniqueConstraint("sample_id", "place"),
)

quality_review = Table(
    "quality_review",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("reviewer", ForeignKey("agent.id"), nullable=False),
    Column("state", String, nullable=False),
    *(Column(name, Integer) for name in DIMENSIONS),
    Column("note", Text, nullable=False),
    Column("bot_wrong", Boolean, nullable=False),
    Column("wrong_seq", Integer),
    Column("at", Float, nullable=False),
    Column("submitted_at", Float),
    PrimaryKeyConstraint("conv_id", "episode", "reviewer"),
    CheckConstraint("state IN ('draft', 'submitted')", name="review_draft_or_submitted"),
    CheckConstraint(
        " AND ".join(f"({name} IS NULL OR {name} BETWEEN 1 AND 5)" for name in DIMENSIONS), name="five_scores"
    ),
    CheckConstraint(
        "state = 'draft' OR (submitted_at IS NOT NULL AND "
        + " AND ".join(f"{name} IS NOT NULL" for name in DIMENSIONS)
        + ")",
        name="submitted_is_whole",
    ),
    Index("review_by_time", "submitted_at"),
)
