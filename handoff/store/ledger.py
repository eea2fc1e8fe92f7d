"""The handoff ledger: each step of a handoff's life, written in the transaction that takes the step."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import Row

from handoff.errors import NotFound
from handoff.store import tables as t
from handoff.store.clock import now


class Step(StrEnum):
    """What can happen to a handoff. After an end only `NOTED` and the two follow-up steps may come."""

    OPENED = "opened"  # the customer waits; data: reason, rule, priority, skill
    OFFERED = "offered"  # shown to one agent first; data: agent, until
    DECLINED = "declined"  # the agent offered to said no: waits again
    OFFER_EXPIRED = "offer_expired"  # the agent offered to said nothing: waits again
    CLAIMED = "claimed"  # the actor owns it now
    TAKEN_OVER = "taken_over"  # the actor, a supervisor, owns it now; data: from
    TAKEN_BACK = "taken_back"  # the owner is gone or silent: waits again, clock kept; data: agent, why
    TRANSFERRED = "transferred"  # the owner gave it away; data: agent (who owns it now) or skill (waits again)
    RAISED = "raised"  # more urgent than before; data: priority
    NOTED = "noted"  # a colleague looked in and left a note
    RESOLVED = "resolved"  # end: the agent closed it
    RETURNED = "returned"  # end: the agent gave the customer back to the bot
    MESSAGE_LEFT = "message_left"  # end: nobody was there, the customer left a message
    EXPIRED = "expired"  # end: nobody came in time; the customer was told
    CUSTOMER_LEFT = "customer_left"  # end: the customer cancelled or is gone
    FOLLOW_UP_TAKEN = "follow_up_taken"  # the actor will see to the message that was left
    FOLLOWED_UP = "followed_up"  # the message that was left is done with


ENDS = frozenset(Step(end) for end in t.ENDS)
AFTER_THE_END = frozenset({Step.NOTED, Step.FOLLOW_UP_TAKEN, Step.FOLLOWED_UP})


@dataclass(frozen=True)
class LedgerLine:
    """One line of a handoff's life. ``at`` is epoch seconds by the database; ``actor`` an agent id or a part."""

    handoff_id: str
    seq: int
    at: float
    kind: Step
    actor: str
    data: dict[str, Any]


def record(conn: Connection, handoff_id: str, kind: Step, actor: str, **data: Any) -> LedgerLine:
    """Append the next line of the handoff's life inside the caller's transaction.

    ``actor`` is an agent's id, ``customer``, ``bot`` or ``gateway``. ``data`` holds ids, numbers and codes, never a
    person's words: the ledger is not erased. `NotFound` for an unknown handoff.
    """
    # The counter on the row gives gap-free numbers and makes two writers wait for one another.
    seq = conn.execute(
        update(t.handoff)
        .where(t.handoff.c.id == handoff_id)
        .values(last_step=t.handoff.c.last_step + 1)
        .returning(t.handoff.c.last_step)
    ).scalar()
    if seq is None:
        raise NotFound(f"There is no handoff {handoff_id}.")
    row = conn.execute(
        insert(t.handoff_event)
        .values(id=uuid.uuid4().hex, handoff_id=handoff_id, seq=seq, at=now(), kind=Step(kind), actor=actor, data=data)
        .returning(t.handoff_event)
    ).one()
    return line_from_row(row)


def lines_of(conn: Connection, handoff_id: str) -> list[LedgerLine]:
    """The handoff's whole life, oldest first."""
    c = t.handoff_event.c
    rows = conn.execute(select(t.handoff_event).where(c.handoff_id == handoff_id).order_by(c.seq))
    return [line_from_row(row) for row in rows]


def line_from_row(row: Row[Any]) -> LedgerLine:
    return LedgerLine(row.handoff_id, row.seq, row.at, Step(row.kind), row.actor, row.data)
