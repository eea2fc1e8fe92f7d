"""Questions whose right entry somebody confirmed (the publish gate asks them), and gaps that editors put aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, select, update

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip

Source = Literal["agent", "editor"]


@dataclass(frozen=True)
class SavedQuestion:
    """A customer's words and the entry that answers them; ``entry_id`` None means that "no answer" is right."""

    question: str
    entry_id: str | None
    lang: str
    source: str
    actor: str
    at: float


def save(
    conn: Connection, key: str, question: str, entry_id: str | None, lang: str, source: Source, actor: str
) -> None:
    """Keep a confirmed question under its ``key``; a later word on the same question replaces the earlier."""
    facts = {"question": question, "entry_id": entry_id, "lang": lang, "source": source, "actor": actor, "at": now()}
    if not insert_or_skip(conn, t.saved_question, key=key, **facts):
        conn.execute(update(t.saved_question).where(t.saved_question.c.key == key).values(facts))


def saved_keys(conn: Connection) -> set[str]:
    return set(conn.execute(select(t.saved_question.c.key)).scalars())


def list_saved(conn: Connection) -> list[SavedQuestion]:
    """All saved questions, the latest first."""
    table = t.saved_question
    rows = conn.execute(select(table).order_by(table.c.at.desc(), table.c.key))
    return [SavedQuestion(r.question, r.entry_id, r.lang, r.source, r.actor, r.at) for r in rows]


def forget(conn: Connection, key: str) -> bool:
    """Take a saved question out; False when it was not there."""
    return conn.execute(delete(t.saved_question).where(t.saved_question.c.key == key)).rowcount == 1


def dismiss(conn: Connection, questions: Iterable[tuple[str, str]], actor: str) -> None:
    """Put wordings (key, question) of a gap aside."""
    for key, question in dict(questions).items():
        insert_or_skip(conn, t.dismissed_gap, key=key, question=question, actor=actor, at=now())


def restore(conn: Connection, keys: Iterable[str]) -> None:
    """Show wordings again that were put aside."""
    conn.execute(delete(t.dismissed_gap).where(t.dismissed_gap.c.key.in_(list(keys))))


def dismissed_keys(conn: Connection) -> set[str]:
    return set(conn.execute(select(t.dismissed_gap.c.key)).scalars())
