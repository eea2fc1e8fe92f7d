"""Each handoff's life told again from its lines: the steps must be possible, and end where the row says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.engine import Row

from handoff.store import tables as t
from handoff.store.check.breach import Breach, Rule
from handoff.store.ledger import AFTER_THE_END, ENDS, Step

WAITING, HELD, OVER = "waiting", "held", "over"
_STATE = {"queued": WAITING, "offered": WAITING, "accepted": HELD, "closed": OVER, "cancelled": OVER}
_BACK_TO_WAITING = {Step.DECLINED, Step.OFFER_EXPIRED}


class Impossible(Exception):
    """A step that cannot follow the ones before it."""


@dataclass(frozen=True)
class Standing:
    """Where a handoff is after a step; ``owner`` is the agent who holds it or held it last."""

    state: str
    owner: str | None = None


def step(before: Standing | None, kind: str, actor: str, data: dict[str, Any]) -> Standing:
    """The standing after one more line; `Impossible` if it cannot come now."""
    if kind not in set(Step):
        raise Impossible(f"unknown step {kind}")
    if (before is None) != (kind == Step.OPENED):
        raise Impossible("does not begin with opened" if before is None else "opened twice")
    if before is None:
        return Standing(WAITING)
    if before.state == OVER:
        return _after_the_end(before, kind)
    if kind in ENDS:
        return Standing(OVER, before.owner)
    if kind in (Step.OFFERED, *_BACK_TO_WAITING):
        return _while(before, WAITING, kind)
    if kind == Step.CLAIMED:
        return Standing(HELD, actor) if before.state == WAITING else _refuse(before, kind)
    if kind == Step.TAKEN_OVER:
        return Standing(HELD, actor)
    if kind == Step.TAKEN_BACK:
        return Standing(WAITING) if before.state == HELD else _refuse(before, kind)
    if kind == Step.TRANSFERRED:
        taker = data.get("agent")
        _while(before, HELD, kind)
        return Standing(HELD, taker) if taker else Standing(WAITING)
    if kind in (Step.FOLLOW_UP_TAKEN, Step.FOLLOWED_UP):
        return _refuse(before, kind)
    return before


def lives(conn: Connection) -> Iterator[Breach]:
    """Handoffs whose lines are impossible, out of time, or end elsewhere than the row."""
    v, h = t.handoff_event.c, t.handoff.c
    rows: dict[str, Any] = {row.id: row for row in conn.execute(select(h.id, h.state, h.claimed_by))}
    lines = conn.execute(select(t.handoff_event).order_by(v.handoff_id, v.seq)).yield_per(1000)
    for handoff_id, of_one in groupby(lines, lambda line: line.handoff_id):
        problem = _problem(list(of_one), rows.get(handoff_id))
        if problem:
            yield Breach("life_agrees_with_row", {"table": "handoff", "handoff_id": handoff_id}, problem)


def _problem(lines: list[Row[Any]], row: Any) -> str:
    standing, at = None, 0.0
    for line in lines:
        try:
            standing = step(standing, line.kind, line.actor, line.data)
        except Impossible as error:
            return f"line {line.seq}: {error}"
        if line.at < at - 0.001:
            return f"line {line.seq} is older than the one before it"
        at = line.at
    if row is None or standing is None:
        return "its row is missing"
    if standing.state != _STATE.get(row.state):
        return f"the lines leave it {standing.state}, the row says {row.state}"
    if standing.state == HELD and standing.owner != row.claimed_by:
        return f"the lines give it to {standing.owner}, the row to {row.claimed_by}"
    return ""


def _after_the_end(before: Standing, kind: str) -> Standing:
    if kind not in AFTER_THE_END:
        raise Impossible(f"{kind} after the end")
    return before


def _while(before: Standing, state: str, kind: str) -> Standing:
    return before if before.state == state else _refuse(before, kind)


def _refuse(before: Standing, kind: str) -> Standing:
    raise Impossible(f"{kind} while it is {before.state}")


RULES = (Rule("life_agrees_with_row", lives),)
