"""Tables of the limits that several gateways share."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, String, Table

from handoff.store.tables.core import metadata

rate_limit = Table(
    "rate_limit",
    metadata,
    Column("key", String, primary_key=True),
    Column("full_until", Float, nullable=False),
    Index("rate_limit_by_time", "full_until"),
)
