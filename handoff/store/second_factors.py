"""Sealed secrets of authenticator apps, the last time step used, and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select, update

from handoff.store import tables as t
from handoff.store.clock import now


@dataclass(frozen=True)
class StoredFactor:
    sealed_secret: str = field(repr=False)
    confirmed: bool


def find(conn: Connection, agent_id: str) -> StoredFactor | None:
    f = t.second_factor.c
    row = conn.execute(select(f.sealed_secret, f.confirmed_at).where(f.agent_id == agent_id)).first()
    return StoredFactor(row.sealed_secret, row.confirmed_at is not None) if row else None


def agents_with(conn: Connection) -> set[str]:
    """Ids of the accounts whose second factor is on."""
    f = t.second_factor.c
    return {row.agent_id for row in conn.execute(select(f.agent_id).where(f.confirmed_at.is_not(None)))}


def begin(conn: Connection, agent_id: str, sealed_secret: str) -> None:
    """Keep a secret that does not count yet; one that counts is left alone."""
    f = t.second_factor.c
    conn.execute(delete(t.second_factor).where(f.agent_id == agent_id, f.confirmed_at.is_(None)))
    if find(conn, agent_id) is None:
        conn.execute(insert(t.second_factor).values(agent_id=agent_id, sealed_secret=sealed_secret, last_step=0))


def confirm(conn: Connection, agent_id: str, step: int, code_hashes: Sequence[str]) -> None:
    """The secret counts from now on; earlier recovery codes are void."""
    f = t.second_factor.c
    conn.execute(update(t.second_factor).where(f.agent_id == agent_id).values(confirmed_at=now(), last_step=step))
    conn.execute(delete(t.recovery_code).where(t.recovery_code.c.agent_id == agent_id))
    conn.execute(insert(t.recovery_code), [{"agent_id": agent_id, "hash": one} for one in code_hashes])


def use_step(conn: Connection, agent_id: str, step: int) -> bool:
    """True the first time a step is used; steps never go back."""
    f = t.second_factor.c
    changed = conn.execute(
        update(t.second_factor).where(f.agent_id == agent_id, f.last_step < step).values(last_step=step)
    )
    return changed.rowcount == 1


def use_recovery(conn: Connection, agent_id: str, code_hash: str) -> bool:
    """True when the code was good; it is not good again."""
    r = t.recovery_code.c
    changed = conn.execute(
        update(t.recovery_code)
        .where(r.agent_id == agent_id, r.hash == code_hash, r.used_at.is_(None))
        .values(used_at=now())
    )
    return changed.rowcount == 1


def remove(conn: Connection, agent_id: str) -> None:
    conn.execute(delete(t.recovery_code).where(t.recovery_code.c.agent_id == agent_id))
    conn.execute(delete(t.second_factor).where(t.second_factor.c.agent_id == agent_id))
