"""Mood readings, stored beside the message they were read from."""

from __future__ import annotations

from sqlalchemy import Connection, select

from handoff.conversation import Mode, MoodReading
from handoff.store import tables as t
from handoff.store.upsert import insert_or_skip


def put_mood(conn: Connection, conv_id: str, reading: MoodReading) -> None:
    """Store a reading; a second one for the same message changes nothing."""
    insert_or_skip(
        conn,
        t.mood,
        conv_id=conv_id,
        seq=reading.seq,
        valence=reading.valence,
        anger=reading.anger,
        urgency=reading.urgency,
        label=reading.label,
        spans=list(reading.spans),
    )


def moods_of(conn: Connection, conv_id: str) -> list[MoodReading]:
    """Every reading of the conversation, oldest first."""
    rows = conn.execute(select(t.mood).where(t.mood.c.conv_id == conv_id).order_by(t.mood.c.seq))
    return [MoodReading(r.seq, r.valence, r.anger, r.urgency, r.label, tuple(r.spans)) for r in rows]


def unread(conn: Connection, limit: int = 32) -> list[tuple[str, int, str, str]]:
    """Customer messages that no bot turn will read: ``(conv_id, seq, text, lang)`` of waiting or human-owned
    conversations, newest first."""
    rows = conn.execute(
        select(t.event.c.conv_id, t.event.c.seq, t.event.c.text, t.conversation.c.lang)
        .join(t.conversation, t.conversation.c.id == t.event.c.conv_id)
        .outerjoin(t.mood, (t.mood.c.conv_id == t.event.c.conv_id) & (t.mood.c.seq == t.event.c.seq))
        .where(
            t.conversation.c.mode.in_([Mode.QUEUED, Mode.HUMAN]),
            t.event.c.author == "customer",
            t.event.c.kind == "message",
            t.mood.c.seq.is_(None),
        )
        .order_by(t.event.c.created_at.desc())
        .limit(limit)
    )
    return [(r.conv_id, r.seq, r.text, r.lang) for r in rows]
