"""Tables of the agent console: canned replies, wording rules, profiles, complaints, second factors."""

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
    UniqueConstraint,
)

from handoff.store.tables.core import metadata

# ``owner`` is an agent's id, or empty for replies of the whole team (NULL would let two share a shortcut).
canned_reply = Table(
    "canned_reply",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("lang", String, nullable=False),
    Column("shortcut", String, nullable=False),
    Column("category", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("updated_by", String, nullable=False),
    Column("updated_at", Float, nullable=False),
    UniqueConstraint("owner", "lang", "shortcut"),
)

wording_rule = Table(
    "wording_rule",
    metadata,
    Column("id", String, primary_key=True),
    Column("word", String, nullable=False, unique=True),
    Column("alternative", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("allowed_in", JSON, nullable=False),
    Column("updated_by", String, nullable=False),
    Column("updated_at", Float, nullable=False),
)

customer_profile = Table(
    "customer_profile",
    metadata,
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("name", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("email", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("updated_by", String, nullable=False),
    Column("updated_at", Float, nullable=False),
)

complaint = Table(
    "complaint",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", String, nullable=False, unique=True),
    Column("conv_id", ForeignKey("conversation.id"), nullable=False, index=True),
    Column("severity", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("owner", ForeignKey("agent.id"), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("done_at", Float),
    Column("result", Text, nullable=False),
    CheckConstraint("severity BETWEEN 1 AND 4", name="severity_of_four"),
    Index("complaint_by_due", "done_at", "due_at"),
)

second_factor = Table(
    "second_factor",
    metadata,
    Column("agent_id", ForeignKey("agent.id"), primary_key=True),
    Column("sealed_secret", Text, nullable=False),
    Column("confirmed_at", Float),
    Column("last_step", Integer, nullable=False),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("hash", String, nullable=False),
    Column("used_at", Float),
    PrimaryKeyConstraint("agent_id", "hash"),
)
