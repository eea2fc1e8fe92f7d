"""Tables of what a customer adds to a conversation: thumbs, a recommendation, files, proofs of identity."""

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
)

from handoff.store.tables.core import metadata

answer_feedback = Table(
    "answer_feedback",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("entry_id", String),
    Column("verdict", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "seq"),
    CheckConstraint("verdict IN ('up', 'down')", name="thumb_up_or_down"),
    Index("feedback_by_entry", "entry_id", "at"),
)

recommendation = Table(
    "recommendation",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "episode"),
    CheckConstraint("score BETWEEN 0 AND 10", name="score_of_ten"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", String, primary_key=True),
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("author", String, nullable=False),
    Column("author_id", String),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("thumbnail", Boolean, nullable=False),
    Column("seq", Integer),
    Column("created_at", Float, nullable=False),
    Index("attachment_by_conversation", "conv_id", "seq"),
)

identity_use = Table(
    "identity_use",
    metadata,
    Column("proof_hash", String, primary_key=True),
    Column("expires_at", Float, nullable=False, index=True),
)
