"""The team's own forbidden words, with the approved alternative and the reason."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from handoff.store import tables as t
from handoff.store.clock import now


@dataclass(frozen=True)
class WordingRule:
    """``allowed_in``: longer texts in which the word may stand; ``id`` is empty for rules of the knowledge base."""

    word: str
    alternative: str
    reason: str = ""
    allowed_in: tuple[str, ...] = ()
    id: str = ""


def rules(conn: Connection) -> list[WordingRule]:
    rows = conn.execute(select(t.wording_rule).order_by(t.wording_rule.c.word))
    return [WordingRule(r.word, r.alternative, r.reason, tuple(r.allowed_in), r.id) for r in rows]


def put_rule(conn: Connection, rule: WordingRule, actor: str) -> WordingRule:
    """Add the rule, or replace the one with its id, or else the one with its word."""
    w = t.wording_rule.c
    values = {
        "word": rule.word,
        "alternative": rule.alternative,
        "reason": rule.reason,
        "allowed_in": list(rule.allowed_in),
        "updated_by": actor,
        "updated_at": now(),
    }
    if rule.id:
        conn.execute(delete(t.wording_rule).where(w.word == rule.word, w.id != rule.id))
    known = w.id == rule.id if rule.id else w.word == rule.word
    row = conn.execute(update(t.wording_rule).where(known).values(values).returning(w.id)).first()
    if row is None:
        row = conn.execute(insert(t.wording_rule).values(id=uuid.uuid4().hex, **values).returning(w.id)).one()
    return WordingRule(rule.word, rule.alternative, rule.reason, rule.allowed_in, row.id)


def drop_rule(conn: Connection, rule_id: str) -> str | None:
    """Remove a rule; its word, None when there was none."""
    row = conn.execute(
        delete(t.wording_rule).where(t.wording_rule.c.id == rule_id).returning(t.wording_rule.c.word)
    ).first()
    return row.word if row else None
