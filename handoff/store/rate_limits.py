"""Rate limits in the database, for several gateways without Redis: one row and one statement for each use.

The generic cell rate algorithm: each use fills ``seconds / amount``, and the row says until when what was used is
still draining. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
"""

from __future__ import annotations

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from handoff.store import tables as t
from handoff.store.clock import now


def take(conn: Connection, key: str, amount: int, seconds: float) -> float:
    """Count one use of ``key``, ``amount`` of which fit into ``seconds``; 0, or how many seconds to wait for room."""
    until, cell = t.rate_limit.c.full_until, seconds / amount
    filled = case((until > now(), until), else_=now()) + cell
    insert = sqlite_insert if conn.dialect.name == "sqlite" else postgresql_insert
    used = (
        insert(t.rate_limit)
        .values(key=key, full_until=now() + cell)
        .on_conflict_do_update(
            index_elements=[t.rate_limit.c.key], set_={"full_until": filled}, where=filled - now() <= seconds
        )
        .returning(until)
    )
    if conn.execute(used).first() is not None:
        return 0.0
    left = conn.execute(select(until - now()).where(t.rate_limit.c.key == key)).scalar_one()
    return max(0.001, float(left) + cell - seconds)


def forget_drained(conn: Connection) -> None:
    """Rows that say nothing any more."""
    conn.execute(delete(t.rate_limit).where(t.rate_limit.c.full_until < now()))
