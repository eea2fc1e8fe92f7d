"""Rows of agents' verdicts on handoffs; one per handoff, the last word counts, the audit trail keeps each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, delete, insert, select

from handoff.store import tables as t
from handoff.store.clock import now

Judgement = Literal["right", "too_early", "too_late"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)


@dataclass(frozen=True)
class Verdict:
    """What an agent thinks of a handoff's moment. ``at`` is in epoch seconds."""

    handoff_id: str
    verdict: Judgement
    note: str
    agent_id: str
    agent_name: str
    at: float


def verdict_of(conn: Connection, handoff_id: str) -> Verdict | None:
    """The verdict that counts now, with who gave it."""
    row = conn.execute(
        select(t.handoff_verdict, t.agent.c.display_name)
        .join(t.agent, t.agent.c.id == t.handoff_verdict.c.agent_id)
        .where(t.handoff_verdict.c.handoff_id == handoff_id)
    ).first()
    if row is None:
        return None
    return Verdict(row.handoff_id, row.verdict, row.note, row.agent_id, row.display_name, row.at)


def put_verdict(conn: Connection, handoff_id: str, verdict: Judgement, note: str, agent_id: str) -> None:
    """Store a verdict in place of the one before; delete and insert read alike on both databases."""
    conn.execute(delete(t.handoff_verdict).where(t.handoff_verdict.c.handoff_id == handoff_id))
    conn.execute(
        insert(t.handoff_verdict).values(handoff_id=handoff_id, verdict=verdict, note=note, agent_id=agent_id, at=now())
    )


def forget_notes(conn: Connection, conv_id: str) -> None:
    """Empty the notes on the handoffs of a conversation: they speak of the person (see `handoff.store.erase`)."""
    ids = select(t.handoff.c.id).where(t.handoff.c.conv_id == conv_id)
    conn.execute(t.handoff_verdict.update().where(t.handoff_verdict.c.handoff_id.in_(ids)).values(note=""))
    conn.execute(t.quality_review.update().where(t.quality_review.c.conv_id == conv_id).values(note=""))
