"""What a customer who waits is told, from what the database says this very moment: place, wait, hours, who is here."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff import texts
from handoff.conversation import Conversation, Handoff
from handoff.queue.ownership import tell
from handoff.routing.service import Service, look
from handoff.store import handoffs


def tell_queued(conn: Connection, conversation: Conversation, handoff: Handoff) -> Conversation:
    """The first word to somebody who now waits."""
    service = look(conn, handoff.skill)
    code = "bot_failed" if handoff.reason == "bot_failed" else "queued"
    wait = handoffs.expected_wait(conn, handoff.ahead)
    variant = _variant(code, service, handoff.ahead, wait)
    return _tell(conn, conversation, code, handoff.id, variant, service, handoff.ahead, wait, reason=handoff.reason)


def tell_long_wait(conn: Connection, conversation: Conversation, handoff: Handoff, ageing: float) -> Conversation:
    """Once, after a long wait or when the hours end meanwhile: where they stand, and that they may leave a message."""
    service = look(conn, handoff.skill)
    ahead = handoffs.ahead_of(conn, handoff, ageing)
    closed = service.state == "closed"
    variant = "long_wait_closed" if closed else None if ahead else "long_wait_next"
    key = f"{handoff.id}:{'closed' if closed else 'waiting'}"
    return _tell(conn, conversation, "long_wait", key, variant, service, ahead, handoffs.expected_wait(conn, ahead))


def _variant(code: str, service: Service, ahead: int, wait: float | None) -> str | None:
    if service.state != "open":
        return f"{code}_{service.state}"
    if code == "queued" and not ahead:
        return "queued_next"
    return "queued_wait" if code == "queued" and wait is not None else None


def _tell(
    conn: Connection,
    conversation: Conversation,
    code: str,
    key: str,
    variant: str | None,
    service: Service,
    ahead: int,
    wait: float | None,
    **more: object,
) -> Conversation:
    lang = conversation.lang
    return tell(
        conn,
        conversation,
        code,
        key,
        variant=variant,
        ahead=ahead,
        minutes=max(1, round((wait or 0.0) / 60)),
        expected_wait_s=wait,
        service=service.state,
        opens=texts.opening_time(service.next_open, service.zone, lang),
        **more,
    )
