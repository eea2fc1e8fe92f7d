"""Forgets what people said once it is old enough; places, times and counts stay, so that nothing else breaks."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, String, cast, delete, null, select, tuple_, update

from handoff.store import bot_memory, rate_limits
from handoff.store import tables as t
from handoff.store.clock import now

BATCH = 500
TOMBSTONE = {"meta": {"code": "expired"}}


def forget_messages(conn: Connection, older_than: float) -> int:
    """Turn up to `BATCH` events older than ``older_than`` seconds into tombstones; returns how many.

    Conversations in which somebody waits or is answered now are left until they are over.
    """
    e = t.event.c
    old = conn.execute(
        select(e.conv_id, e.seq)
        .join(t.conversation, t.conversation.c.id == e.conv_id)
        .where(
            e.created_at < now() - older_than,
            e.body_hash != "",
            t.conversation.c.mode.not_in(("queued", "human")),
        )
        .limit(BATCH)
    ).all()
    if old:
        keys = [(row.conv_id, row.seq) for row in old]
        values = {"text": "", "payload": TOMBSTONE, "body_hash": ""}
        conn.execute(update(t.event).where(tuple_(e.conv_id, e.seq).in_(keys)).values(values))
        m, f = t.mood.c, t.answer_feedback.c
        conn.execute(delete(t.mood).where(tuple_(m.conv_id, m.seq).in_(keys)))
        conn.execute(update(t.answer_feedback).where(tuple_(f.conv_id, f.seq).in_(keys)).values(reason=""))
        _forgotten_by_the_bot(conn, {row.conv_id for row in old})
    return len(old)


def _forgotten_by_the_bot(conn: Connection, conv_ids: Collection[str]) -> None:
    """Of conversations in which nothing is left, the bot's own memory goes as well; one that goes on keeps it."""
    e = t.event.c
    living = set(conn.execute(select(e.conv_id).where(e.conv_id.in_(conv_ids), e.body_hash != "").distinct()).scalars())
    for conv_id in sorted(set(conv_ids) - living):
        bot_memory.to_forget(conn, conv_id)


def forget_details(conn: Connection, older_than: float) -> None:
    """The rest that holds words: handoff cards, turn results, comments, files, messages left that are done with."""
    before = now() - older_than
    details = cast(t.handoff.c.details, String)
    conn.execute(update(t.handoff).where(t.handoff.c.ended_at < before, details != "{}").values(details={}))
    result = t.turn.c.result
    answered: list[ColumnElement[bool]] = [t.turn.c.finished_at < before, result.is_not(None)]
    conn.execute(update(t.turn).where(*answered).values(result=null()))
    for table in (t.rating, t.recommendation):
        conn.execute(update(table).where(table.c.at < before, table.c.comment != "").values(comment=""))
    conn.execute(delete(t.attachment).where(t.attachment.c.created_at < before))
    left = t.left_message.c
    done = update(t.left_message).where(left.done_at < before, left.text != "")
    conn.execute(done.values(text="", contact="", result=""))


def forget_keys(conn: Connection) -> None:
    """Sessions, tokens, proofs and limits that ended long ago; done whether or not messages are kept."""
    conn.execute(delete(t.agent_session).where(t.agent_session.c.expires_at < now()))
    conn.execute(delete(t.customer_token).where(t.customer_token.c.expires_at < now() - 30 * 86400))
    conn.execute(delete(t.identity_use).where(t.identity_use.c.expires_at < now() - 86400))
    rate_limits.forget_drained(conn)
