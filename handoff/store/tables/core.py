"""Tables every part of the gateway stands on: customers, conversations, events, turns, handoffs, deliveries."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

customer = Table(
    "customer",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("external_key", String),
    Column("display_name", String),
    Column("vip", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("tenant", "channel", "external_key"),
)

customer_token = Table(
    "customer_token",
    metadata,
    Column("hash", String, primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False, index=True),
    Column("expires_at", Float, nullable=False),
    Column("issued_at", Float, nullable=False, server_default="0"),
    Column("replaces", String),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("channel", String, nullable=False),
    Column("lang", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("owner_agent", ForeignKey("agent.id")),
    Column("episode", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Index(
        "one_open_conversation",
        "customer_id",
        "channel",
        unique=True,
        sqlite_where=text("open"),
        postgresql_where=text("open"),
    ),
    Index("conversation_by_customer", "customer_id"),
)

event = Table(
    "event",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("author", String, nullable=False),
    Column("author_id", String),
    Column("author_name", String),
    Column("text", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("client_msg_id", String, nullable=False),
    Column("body_hash", String, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "seq"),
    UniqueConstraint("conv_id", "author", "client_msg_id"),
    Index("event_by_time", "created_at", "author", "kind", "conv_id"),
)

mood = Table(
    "mood",
    metadata,
    Column("conv_id", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("valence", Float, nullable=False),
    Column("anger", Float, nullable=False),
    Column("urgency", Float, nullable=False),
    Column("label", String, nullable=False),
    Column("spans", JSON, nullable=False),
    PrimaryKeyConstraint("conv_id", "seq"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", String, nullable=False),
    Column("source_key", String, nullable=False),
    Column("body_hash", String, nullable=False),
    Column("conv_id", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("received_at", Float, nullable=False),
    PrimaryKeyConstraint("source", "source_key"),
)

turn = Table(
    "turn",
    metadata,
    Column("id", String, primary_key=True),
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("in_seq", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease_token", String),
    Column("lease_until", Float),
    Column("not_before", Float, nullable=False),
    Column("result", JSON),
    Column("created_at", Float, nullable=False),
    Column("finished_at", Float),
    UniqueConstraint("conv_id", "in_seq"),
    Index(
        "one_leased_turn",
        "conv_id",
        unique=True,
        sqlite_where=text("state = 'leased'"),
        postgresql_where=text("state = 'leased'"),
    ),
    Index("turn_by_state", "state", "not_before"),
)

agent = Table(
    "agent",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("display_name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("cap", Integer, nullable=False),
    Column("load", Integer, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("skills", JSON, nullable=False, server_default="[]"),
    Column("langs", JSON, nullable=False, server_default="[]"),
    Column("created_at", Float, nullable=False),
    CheckConstraint("load >= 0 AND load <= cap", name="load_within_cap"),
)

agent_session = Table(
    "agent_session",
    metadata,
    Column("id_hash", String, primary_key=True),
    Column("agent_id", ForeignKey("agent.id"), nullable=False, index=True),
    Column("csrf", String, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("created_at", Float, nullable=False, server_default="0"),
    Column("address", String, nullable=False, server_default=""),
    Column("browser", String, nullable=False, server_default=""),
)

_OPEN = "state IN ('queued', 'offered', 'accepted')"

handoff = Table(
    "handoff",
    metadata,
    Column("id", String, primary_key=True),
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("reason", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("skill", String),
    Column("lang", String, nullable=False),
    Column("state", String, nullable=False),
    Column("queued_at", Float, nullable=False),
    Column("claimed_by", ForeignKey("agent.id")),
    Column("claimed_at", Float),
    Column("ended_at", Float),
    Column("outcome", String),
    Column("details", JSON, nullable=False),
    Column("offered_to", String),
    Column("offer_until", Float),
    Column("preferred_agent", String),
    Column("first_claimed_at", Float),
    Column("ahead", Integer, nullable=False, server_default="0"),
    Column("close_reason", String),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("last_step", Integer, nullable=False, server_default="0"),
    Index("one_open_handoff", "conv_id", unique=True, sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    Index("handoff_by_state", "state", "priority", "queued_at"),
    Index("handoff_by_conversation", "conv_id", "queued_at"),
    Index("handoff_by_time", "queued_at"),
    Index("handoff_by_claim", "claimed_by", "claimed_at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", String, primary_key=True),
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("endpoint", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease_token", String),
    Column("lease_until", Float),
    Column("not_before", Float, nullable=False),
    Column("provider_id", String),
    Column("error", String),
    Column("doubts", Integer, nullable=False, server_default="0"),
    Column("parts_sent", Integer, nullable=False, server_default="0"),
    UniqueConstraint("conv_id", "seq", "endpoint"),
    Index("delivery_by_state", "state", "not_before"),
)

wechat_account = Table(
    "wechat_account",
    metadata,
    Column("app_id", String, primary_key=True),
    Column("sealed_token", Text),
    Column("token_until", Float),
    Column("token_lease_until", Float),
    Column("passive", Boolean, nullable=False),
    Column("menus", Boolean, nullable=False),
    Column("last_callback", Float),
    Column("last_error", String),
    Column("quota_errors", Integer, nullable=False),
    Column("token_at", Float),
    Column("checked_at", Float),
    Column("refused_at", Float),
    Column("refused_why", String),
    Column("error_at", Float),
    Column("our_address", String),
    Column("token_errors", Integer, nullable=False, server_default="0"),
)

wechat_contact = Table(
    "wechat_contact",
    metadata,
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("app_id", String, nullable=False),
    Column("openid", String, nullable=False),
    Column("reachable", Boolean, nullable=False),
    Column("message_left", Integer, nullable=False),
    Column("message_until", Float, nullable=False),
    Column("click_left", Integer, nullable=False),
    Column("click_until", Float, nullable=False),
    Column("warned_until", Float, nullable=False),
    UniqueConstraint("app_id", "openid"),
)

wechat_reply = Table(
    "wechat_reply",
    metadata,
    Column("app_id", String, nullable=False),
    Column("source_key", String, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("reply", Text),
    Column("created_at", Float, nullable=False),
    PrimaryKeyConstraint("app_id", "source_key"),
)

rating = Table(
    "rating",
    metadata,
    Column("conv_id", ForeignKey("conversation.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("score", Integer, nullable=False),
    Column("reason", String, nullable=False, server_default=""),
    Column("comment", Text, nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("conv_id", "episode"),
    CheckConstraint("score BETWEEN 1 AND 5", name="score_of_five"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", Float, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("conv_id", String),
    Column("data", JSON, nullable=False),
    Index("audit_by_time", "at"),
)
