"""Erases a person: what they said and what was learned of them goes, the places in the conversation stay."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from handoff.store import attachments, audit, bot_memory, casework, deliveries, left_messages, read_marks, verdicts
from handoff.store import tables as t
from handoff.store.clock import now


def erase_customer(conn: Connection, customer_id: str, reason: str) -> list[str]:
    """Turn every event of the customer into a tombstone and forget who it was; returns the conversation ids.

    Numbers, authors and times stay, so that cursors and counts stay right. Agents' notes go too: they speak of the
    person.
    """
    found = conn.execute(select(t.conversation.c.id).where(t.conversation.c.customer_id == customer_id))
    conv_ids = [row.id for row in found]
    for conv_id in conv_ids:
        _erase_conversation(conn, conv_id)
        audit.record(conn, "gateway", "customer_erased", conv_id, reason=reason)
    casework.forget_customer(conn, customer_id, conv_ids)
    conn.execute(delete(t.customer_token).where(t.customer_token.c.customer_id == customer_id))
    conn.execute(
        update(t.customer).where(t.customer.c.id == customer_id).values(external_key=None, display_name=None, vip=False)
    )
    return conv_ids


def _erase_conversation(conn: Connection, conv_id: str) -> None:
    deliveries.cancel_all(conn, conv_id, "erased")
    bot_memory.to_forget(conn, conv_id)
    _forget_questions(conn, conv_id)
    conn.execute(
        update(t.event)
        .where(t.event.c.conv_id == conv_id)
        .values(text="", payload={"meta": {"code": "erased"}}, body_hash="")
    )
    attachments.forget_conversation(conn, conv_id)
    for waiting in (t.wechat_media, t.conversation_link, t.wecom_scene):
        conn.execute(delete(waiting).where(waiting.c.conv_id == conv_id))
    conn.execute(delete(t.answer_feedback).where(t.answer_feedback.c.conv_id == conv_id))
    conn.execute(delete(t.mood).where(t.mood.c.conv_id == conv_id))
    conn.execute(
        update(t.turn)
        .where(t.turn.c.conv_id == conv_id, t.turn.c.state.in_(["pending", "leased"]))
        .values(state="superseded", finished_at=now())
    )
    conn.execute(update(t.turn).where(t.turn.c.conv_id == conv_id).values(result=None))
    conn.execute(update(t.handoff).where(t.handoff.c.conv_id == conv_id).values(details={}, close_reason=None))
    left_messages.forget(conn, conv_id)
    read_marks.forget(conn, conv_id)
    verdicts.forget_notes(conn, conv_id)
    conn.execute(update(t.rating).where(t.rating.c.conv_id == conv_id).values(comment=""))
    conn.execute(update(t.recommendation).where(t.recommendation.c.conv_id == conv_id).values(comment=""))
    conn.execute(update(t.inbox).where(t.inbox.c.conv_id == conv_id).values(body_hash=""))
    conn.execute(update(t.conversation).where(t.conversation.c.id == conv_id).values(open=False))


def _forget_questions(conn: Connection, conv_id: str) -> None:
    """Gaps an editor dismissed hold the customer's words; cases that were saved for the gate are the editor's own."""
    said = select(t.event.c.text).where(t.event.c.conv_id == conv_id, t.event.c.author == "customer")
    conn.execute(delete(t.dismissed_gap).where(t.dismissed_gap.c.question.in_(said)))
