"""Tables of the gateway's database, by area; migrations create them, these objects write the queries."""

from handoff.store.tables.console import (
    canned_reply,
    complaint,
    customer_profile,
    recovery_code,
    second_factor,
    wording_rule,
)
from handoff.store.tables.core import (
    agent,
    agent_session,
    audit,
    conversation,
    customer,
    customer_token,
    delivery,
    event,
    handoff,
    inbox,
    meta,
    metadata,
    mood,
    rating,
    turn,
    wechat_account,
    wechat_contact,
    wechat_reply,
)
from handoff.store.tables.faces import read_mark, widget_settings
from handoff.store.tables.faq import dismissed_gap, saved_question
from handoff.store.tables.insight import handoff_verdict
from handoff.store.tables.ledger import ENDS, handoff_event
from handoff.store.tables.limits import rate_limit
from handoff.store.tables.quality import DIMENSIONS, quality_item, quality_review, quality_sample
from handoff.store.tables.routing import attention, handoff_refusal, left_message, presence, service_hours
from handoff.store.tables.wall import alert, alert_acknowledgement
from handoff.store.tables.web import answer_feedback, attachment, identity_use, recommendation
from handoff.store.tables.wechat_intake import bot_memory, wechat_nonce, wechat_waiting
from handoff.store.tables.wecom import conversation_link, wechat_media, wecom_cursor, wecom_scene

__all__ = [
    "DIMENSIONS",
    "ENDS",
    "agent",
    "agent_session",
    "alert",
    "alert_acknowledgement",
    "answer_feedback",
    "attachment",
    "attention",
    "audit",
    "bot_memory",
    "canned_reply",
    "complaint",
    "conversation",
    "conversation_link",
    "customer",
    "customer_profile",
    "customer_token",
    "delivery",
    "dismissed_gap",
    "event",
    "handoff",
    "handoff_event",
    "handoff_refusal",
    "handoff_verdict",
    "identity_use",
    "inbox",
    "left_message",
    "meta",
    "metadata",
    "mood",
    "presence",
    "quality_item",
    "quality_review",
    "quality_sample",
    "rate_limit",
    "rating",
    "read_mark",
    "recommendation",
    "recovery_code",
    "saved_question",
    "second_factor",
    "service_hours",
    "turn",
    "wechat_account",
    "wechat_contact",
    "wechat_media",
    "wechat_nonce",
    "wechat_reply",
    "wechat_waiting",
    "wecom_cursor",
    "wecom_scene",
    "widget_settings",
    "wording_rule",
]
