"""What customers think, as rows: thumbs on answers, and how likely they would recommend us."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, insert, select, update

from handoff.errors import NotFound
from handoff.store import tables as t
from handoff.store.clock import now


def put_thumb(conn: Connection, conv_id: str, seq: int, verdict: str, reason: str) -> None:
    """Keep ``verdict`` (``up`` or ``down``) on one answer of the bot; a later one replaces it.

    `NotFound` when ``seq`` is no message of the bot that the customer can see.
    """
    payload = conn.execute(
        select(t.event.c.payload).where(
            t.event.c.conv_id == conv_id,
            t.event.c.seq == seq,
            t.event.c.author == "bot",
            t.event.c.kind == "message",
            t.event.c.internal.is_(False),
        )
    ).scalar()
    if payload is None:
        raise NotFound()
    # The entry is what the answer itself names, never what a browser says.
    entry_id = payload.get("meta", {}).get("entry_id")
    values = {"entry_id": entry_id, "verdict": verdict, "reason": reason}
    _replace(conn, t.answer_feedback, {"conv_id": conv_id, "seq": seq}, values)


def take_thumb_back(conn: Connection, conv_id: str, seq: int) -> None:
    f = t.answer_feedback.c
    conn.execute(delete(t.answer_feedback).where(f.conv_id == conv_id, f.seq == seq))


def thumbs_of(conn: Connection, conv_id: str) -> dict[int, str]:
    """Verdict by the place of the answer."""
    f = t.answer_feedback.c
    return {row.seq: row.verdict for row in conn.execute(select(f.seq, f.verdict).where(f.conv_id == conv_id))}


def put_recommendation(conn: Connection, conv_id: str, episode: int, score: int, comment: str) -> None:
    """Keep the 0–10 of this episode; a later one replaces it."""
    key = {"conv_id": conv_id, "episode": episode}
    _replace(conn, t.recommendation, key, {"score": score, "comment": comment})


def put_rating(conn: Connection, conv_id: str, episode: int, score: int, reason: str, comment: str) -> None:
    """Keep the 1–5 of this episode; a later one replaces it."""
    key = {"conv_id": conv_id, "episode": episode}
    _replace(conn, t.rating, key, {"score": score, "reason": reason, "comment": comment})


def _replace(conn: Connection, table: Table, key: dict[str, object], values: dict[str, object]) -> None:
    values = values | {"at": now()}
    changed = conn.execute(update(table).where(*(table.c[name] == part for name, part in key.items())).values(values))
    if changed.rowcount == 0:
        conn.execute(insert(table).values(**key, **values))
