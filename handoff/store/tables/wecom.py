"""Tables of 微信客服: how far each account was read, one-time links from the web, and the conversations they join."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, PrimaryKeyConstraint, String, Table

from handoff.store.tables.core import metadata

wecom_cursor = Table(
    "wecom_cursor",
    metadata,
    Column("open_kfid", String, primary_key=True),
    Column("cursor", String),
    Column("lease_token", String),
    Column("lease_until", Float),
)

wecom_scene = Table(
    "wecom_scene",
    metadata,
    Column("hash", String, primary_key=True),
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("used_at", Float),
)

conversation_link = Table(
    "conversation_link",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("endpoint", String, nullable=False),
    Column("created_at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "endpoint"),
)
