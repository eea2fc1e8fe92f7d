"""Reads from the ledger what customers asked and what the bot answered; gaps and outcomes are counted from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, and_, false, func, select

from handoff.store import tables as t


@dataclass(frozen=True)
class Answered:
    """One bot message with the customer's message it answers. ``at`` is epoch seconds.

    ``entry_id`` is the FAQ entry that was said, ``response`` the bot's own sentence, ``choices`` its buttons.
    """

    conv_id: str
    customer_id: str
    lang: str
    asked_seq: int
    question: str
    seq: int
    at: float
    entry_id: str | None
    response: str | None
    choices: tuple[str, ...]


def answers_since(conn: Connection, since: float) -> Iterator[Answered]:
    """Bot messages from ``since`` on, by conversation and place."""
    said, asked = t.event.alias("said"), t.event.alias("asked")
    # The bot's messages carry the id of their turn: `<turn>:<number>`.
    of_turn = and_(
        t.turn.c.conv_id == said.c.conv_id,
        func.substr(said.c.client_msg_id, 1, func.length(t.turn.c.id)) == t.turn.c.id,
    )
    query = (
        select(
            said.c.conv_id,
            said.c.seq,
            said.c.created_at,
            said.c.payload,
            asked.c.seq.label("asked_seq"),
            asked.c.text.label("question"),
            t.conversation.c.customer_id,
            t.conversation.c.lang,
        )
        .select_from(said)
        .join(t.turn, of_turn)
        .join(asked, and_(asked.c.conv_id == t.turn.c.conv_id, asked.c.seq == t.turn.c.in_seq))
        .join(t.conversation, t.conversation.c.id == said.c.conv_id)
        .where(
            said.c.author == "bot",
            said.c.kind == "message",
            said.c.internal == false(),
            said.c.created_at >= since,
        )
        .order_by(said.c.conv_id, said.c.seq)
    )
    for row in conn.execute(query):
        meta = row.payload.get("meta") or {}
        yield Answered(
            conv_id=row.conv_id,
            customer_id=row.customer_id,
            lang=row.lang,
            asked_seq=row.asked_seq,
            question=row.question,
            seq=row.seq,
            at=row.created_at,
            entry_id=meta.get("entry_id"),
            response=meta.get("response"),
            choices=tuple(str(button.get("payload", "")) for button in row.payload.get("buttons") or []),
        )


@dataclass(frozen=True)
class Opened:
    """A handoff with the span in which a person had the conversation; times are epoch seconds."""

    conv_id: str
    reason: str
    queued_at: float
    claimed_by: str | None
    claimed_at: float | None
    ended_at: float | None
    last_ask: str


def handoffs_since(conn: Connection, since: float) -> dict[str, list[Opened]]:
    """Handoffs from ``since`` on, oldest first, by conversation."""
    found: dict[str, list[Opened]] = {}
    query = select(t.handoff).where(t.handoff.c.queued_at >= since).order_by(t.handoff.c.queued_at)
    for row in conn.execute(query):
        opened = Opened(
            row.conv_id,
            row.reason,
            row.queued_at,
            row.claimed_by,
            row.claimed_at,
            row.ended_at,
            str((row.details or {}).get("last_ask") or ""),
        )
        found.setdefault(row.conv_id, []).append(opened)
    return found


@dataclass(frozen=True)
class Line:
    """One message of a customer or an agent."""

    seq: int
    author: str
    author_id: str | None
    text: str
    at: float


def people_lines(conn: Connection, since: float, author: str) -> dict[str, list[Line]]:
    """What customers or agents said from ``since`` on, by conversation and place."""
    found: dict[str, list[Line]] = {}
    query = (
        select(t.event)
        .where(
            t.event.c.author == author,
            t.event.c.kind == "message",
            t.event.c.internal == false(),
            t.event.c.created_at >= since,
        )
        .order_by(t.event.c.conv_id, t.event.c.seq)
    )
    for row in conn.execute(query):
        line = Line(row.seq, row.author, row.author_id, row.text, row.created_at)
        found.setdefault(row.conv_id, []).append(line)
    return found


def thumbs_since(conn: Connection, since: float) -> dict[tuple[str, int], str]:
    """``up`` or ``down`` by conversation and place of the bot's message."""
    feedback = t.answer_feedback
    query = select(feedback.c.conv_id, feedback.c.seq, feedback.c.verdict).where(feedback.c.at >= since)
    return {(row.conv_id, row.seq): row.verdict for row in conn.execute(query)}


def wrong_by_review(conn: Connection) -> set[tuple[str, int]]:
    """Conversation and place of the bot's messages that a submitted score sheet calls wrong."""
    r = t.quality_review.c
    query = select(r.conv_id, r.wrong_seq).where(r.state == "submitted", r.bot_wrong, r.wrong_seq.is_not(None))
    return {(row.conv_id, row.wrong_seq) for row in conn.execute(query)}
