"""Messages that arrive together, up to the look: whose they are, and how much each customer asks for at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from handoff.conversation import Conversation
from handoff.store import tables as t
from handoff.store.append import conversation_from_row
from handoff.store.append_many import evenly
from handoff.store.clock import now
from handoff.store.customers import token_hash
from handoff.store.driver import locks_rows
from handoff.store.pressure import Pressure, pressure_columns

_C, _T = t.conversation.c, t.customer_token.c
_UNANSWERED, _AGE = pressure_columns(_C.id)
_OPENED = (
    select(t.conversation, _T.hash, _UNANSWERED, _AGE, now().label("at"))
    .join(t.customer_token, _T.customer_id == _C.customer_id)
    .where(_T.hash.in_(bindparam("hashes", expanding=True)), _T.expires_at > now(), _C.open)
    .order_by(_C.id)
)
_OPENED_LOCKED = _OPENED.with_for_update(of=t.conversation, skip_locked=True)


@dataclass(frozen=True)
class Arrival:
    """A conversation that a token opens, held until the commit; ``at`` is the database's time now."""

    conversation: Conversation
    pressure: Pressure
    at: float


def opened_by(conn: Connection, tokens: Collection[str], nth: int) -> dict[tuple[str, str], Arrival]:
    """By ``(token, channel)``; without those of tokens that open nothing and those that are busy elsewhere."""
    hashes = {token_hash(token): token for token in tokens}
    values = {"hashes": evenly(sorted(hashes)), "nth": nth - 1}
    rows = conn.execute(_OPENED_LOCKED if locks_rows(conn) else _OPENED, values).all()
    return {
        (hashes[row.hash], row.channel): Arrival(
            conversation_from_row(row), Pressure(row.unanswered, row.age), float(row.at)
        )
        for row in rows
    }
