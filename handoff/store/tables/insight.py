"""The table of people's judgement of handoffs: was each at the right moment?"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, String, Table, Text

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
