"""Tables of 微信客服 and of WeChat's files: cursors, links from the web, joined conversations, files to fetch."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table

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

wechat_media = Table(
    "wechat_media",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("app_id", String, nullable=False),
    Column("media_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("not_before", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "seq"),
    Index("media_to_fetch", "state", "not_before"),
)
