"""Tables of WeChat's way in: callbacks that are stored but not yet in a conversation, and nonces that were used."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, PrimaryKeyConstraint, String, Table

from handoff.store.tables.core import metadata

wechat_waiting = Table(
    "wechat_waiting",
    metadata,
    Column("app_id", String, nullable=False),
    Column("source_key", String, nullable=False),
    Column("openid", String, nullable=False),
    Column("inbound", JSON, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("place", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("not_before", Float, nullable=False),
    PrimaryKeyConstraint("app_id", "source_key"),
    Index("wechat_waiting_in_order", "received_at", "place"),
)

wechat_nonce = Table(
    "wechat_nonce",
    metadata,
    Column("app_id", String, nullable=False),
    Column("nonce", String, nullable=False),
    Column("key_hash", String, nullable=False),
    Column("seen_at", Float, nullable=False),
    PrimaryKeyConstraint("app_id", "nonce"),
    Index("wechat_nonce_by_time", "seen_at"),
)

bot_memory = Table(
    "bot_memory_to_forget",
    metadata,
    Column("conv_id", String, primary_key=True),
    Column("not_before", Float, nullable=False),
    Column("attempt", Integer, nullable=False),
)
