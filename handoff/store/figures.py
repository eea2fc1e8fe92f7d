"""Figures of the whole installation from one look at the database: who waits, what is held, what lies undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.ledger import ENDS


@dataclass(frozen=True)
class Figures:
    """Counts by name; ages in seconds."""

    handoffs_open: dict[str, int]
    handoffs_ended: dict[str, int]
    handoffs_opened: dict[str, int]
    oldest_wait: float
    turns: dict[str, int]
    oldest_turn: float
    deliveries: dict[str, int]
    agents_load: int
    agents_capacity: int


def figures(conn: Connection) -> Figures:
    h, v, u, d, a = (table.c for table in (t.handoff, t.handoff_event, t.turn, t.delivery, t.agent))
    waiting = select(func.min(h.queued_at)).where(h.state.in_(("queued", "offered")))
    unanswered = select(func.min(u.created_at)).where(u.state.in_(("pending", "leased")))
    load = conn.execute(
        select(func.coalesce(func.sum(a.load), 0), func.coalesce(func.sum(a.cap), 0)).where(a.disabled.is_(False))
    ).one()
    return Figures(
        handoffs_open=_counted(conn, select(h.state, func.count()).where(h.ended_at.is_(None)).group_by(h.state)),
        handoffs_ended=_counted(conn, select(v.kind, func.count()).where(v.kind.in_(tuple(ENDS))).group_by(v.kind)),
        handoffs_opened=_counted(conn, select(h.reason, func.count()).group_by(h.reason)),
        oldest_wait=_age(conn, waiting),
        turns=_counted(conn, select(u.state, func.count()).where(u.finished_at.is_(None)).group_by(u.state)),
        oldest_turn=_age(conn, unanswered),
        deliveries=_counted(conn, select(d.state, func.count()).group_by(d.state)),
        agents_load=int(load[0]),
        agents_capacity=int(load[1]),
    )


def _counted(conn: Connection, query: Select[Any]) -> dict[str, int]:
    return {str(name): int(number) for name, number in conn.execute(query)}


def _age(conn: Connection, query: Select[Any]) -> float:
    return max(0.0, float(conn.execute(select(func.coalesce(now() - query.scalar_subquery(), 0.0))).scalar_one()))
