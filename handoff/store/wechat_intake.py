"""WeChat callbacks between the answer `success` and their conversations: stored once each, taken out in order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, select, text, tuple_, update

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.driver import locks_rows
from handoff.store.upsert import insert_skipping

NONCES_FOR = 600.0
MAX_ATTEMPTS = 8
FIRST_DELAY = 30.0
LONGEST_DELAY = 3600.0
NEVER = 1e12
SORTING_LOCK = 0x6261746F6E02


@dataclass(frozen=True)
class Callback:
    """One callback as it is kept: ``key`` is the same for all its repeats, ``nonce`` its timestamp and nonce."""

    app_id: str
    key: str
    nonce: str
    openid: str
    digest: str
    inbound: dict[str, Any]


@dataclass(frozen=True)
class Waiting:
    """A stored callback that has not reached its conversation; ``attempt`` counts the tries that failed."""

    app_id: str
    key: str
    inbound: dict[str, Any]
    attempt: int


def keep(conn: Connection, callbacks: Sequence[Callback]) -> list[bool | None]:
    """Store these callbacks; for each: True for a new one, False for a repeat, None if its nonce carried another."""
    used = _use_nonces(conn, callbacks)
    good = [one for one in callbacks if used[one.app_id, one.nonce] == _hash(one.key)]
    fresh = _remember_keys(conn, good)
    _queue(conn, good, fresh)
    said: list[bool | None] = []
    for one in callbacks:
        if used[one.app_id, one.nonce] != _hash(one.key):
            said.append(None)
            continue
        said.append((one.app_id, one.key) in fresh)
        fresh.discard((one.app_id, one.key))  # a second copy in the same group is a repeat
    return said


def anything_waiting(conn: Connection) -> bool:
    c = t.wechat_waiting.c
    return conn.execute(select(c.app_id).where(c.not_before <= now()).limit(1)).first() is not None


def only_sorter(conn: Connection) -> bool:
    """Whether this transaction alone may sort now: two gateways at once would mix up the order of a person's words."""
    if not locks_rows(conn):
        return True
    return bool(conn.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": SORTING_LOCK}).scalar())


def oldest(conn: Connection, limit: int) -> list[Waiting]:
    """The callbacks that are next, in the order in which they came."""
    c = t.wechat_waiting.c
    rows = conn.execute(
        select(c.app_id, c.source_key, c.inbound, c.attempt)
        .where(c.not_before <= now())
        .order_by(c.received_at, c.place)
        .limit(limit)
    )
    return [Waiting(row.app_id, row.source_key, row.inbound, row.attempt) for row in rows]


def sorted_in(conn: Connection, done: Sequence[Waiting]) -> None:
    """These stand in their conversations now."""
    c = t.wechat_waiting.c
    keys = [(one.app_id, one.key) for one in done]
    conn.execute(delete(t.wechat_waiting).where(tuple_(c.app_id, c.source_key).in_(keys)))


def put_off(conn: Connection, one: Waiting) -> bool:
    """It cannot be sorted: try again later. False once that was the last try; it is kept, and never tried again."""
    c = t.wechat_waiting.c
    last = one.attempt + 1 >= MAX_ATTEMPTS
    delay = NEVER if last else min(LONGEST_DELAY, FIRST_DELAY * 4**one.attempt)
    conn.execute(
        update(t.wechat_waiting)
        .where(c.app_id == one.app_id, c.source_key == one.key)
        .values(attempt=one.attempt + 1, not_before=now() + delay)
    )
    return not last


def put_off_of(conn: Connection, app_id: str) -> tuple[int, int]:
    """How many callbacks of the account were put off and will be tried again, and how many no more."""
    c = t.wechat_waiting.c
    given_up = func.coalesce(func.sum(case((c.not_before >= NEVER, 1), else_=0)), 0)
    row = conn.execute(select(func.count(), given_up).where(c.app_id == app_id, c.attempt > 0)).one()
    return int(row[0]) - int(row[1]), int(row[1])


def try_again(conn: Connection, app_id: str) -> int:
    """Those that were put off are next, all their tries before them; returns how many."""
    c = t.wechat_waiting.c
    where = (c.app_id == app_id, c.attempt > 0)
    return conn.execute(update(t.wechat_waiting).where(*where).values(attempt=0, not_before=0.0)).rowcount


def forget_person(conn: Connection, app_id: str, openid: str) -> None:
    """What a person who left had said and could not be sorted."""
    c = t.wechat_waiting.c
    conn.execute(delete(t.wechat_waiting).where(c.app_id == app_id, c.openid == openid, c.attempt > 0))


def forget_nonces(conn: Connection, clock_skew: float) -> None:
    """A nonce is kept for as long as its timestamp would be taken, and ten minutes at least."""
    keep_for = max(NONCES_FOR, 2 * clock_skew)
    conn.execute(delete(t.wechat_nonce).where(t.wechat_nonce.c.seen_at < now() - keep_for))


def passive_accounts(conn: Connection, app_ids: Sequence[str]) -> set[str]:
    """Those accounts that may only answer in callbacks, as the platform let us know."""
    c = t.wechat_account.c
    return set(conn.execute(select(c.app_id).where(c.passive, c.app_id.in_(app_ids))).scalars())


def _use_nonces(conn: Connection, callbacks: Sequence[Callback]) -> dict[tuple[str, str], str]:
    """(account, nonce) -> hash of the key it was first used for."""
    c = t.wechat_nonce.c
    rows = {(one.app_id, one.nonce): _hash(one.key) for one in reversed(callbacks)}
    values = [{"app_id": app, "nonce": nonce, "key_hash": key} for (app, nonce), key in sorted(rows.items())]
    new = insert_skipping(conn, t.wechat_nonce).values(seen_at=now()).returning(c.app_id, c.nonce, c.key_hash)
    found = {(row.app_id, row.nonce): row.key_hash for row in conn.execute(new, values)}
    known = [pair for pair in rows if pair not in found]
    if known:
        query = select(c.app_id, c.nonce, c.key_hash).where(tuple_(c.app_id, c.nonce).in_(known))
        found |= {(row.app_id, row.nonce): row.key_hash for row in conn.execute(query)}
    return found


def _remember_keys(conn: Connection, callbacks: Sequence[Callback]) -> set[tuple[str, str]]:
    """(account, key) of the callbacks that were never seen before."""
    if not callbacks:
        return set()
    rows = {(f"wx:{one.app_id}", one.key): one.digest for one in reversed(callbacks)}
    values = [
        {"source": source, "source_key": key, "body_hash": digest} for (source, key), digest in sorted(rows.items())
    ]
    new = insert_skipping(conn, t.inbox).values(conv_id="", seq=0, received_at=now())
    made = conn.execute(new.returning(t.inbox.c.source, t.inbox.c.source_key), values)
    return {(row.source.removeprefix("wx:"), row.source_key) for row in made}


def _queue(conn: Connection, callbacks: Sequence[Callback], fresh: set[tuple[str, str]]) -> None:
    rows = {(one.app_id, one.key): one for one in callbacks if (one.app_id, one.key) in fresh}
    values = [
        {"app_id": one.app_id, "source_key": one.key, "openid": one.openid, "inbound": one.inbound, "place": place}
        for place, one in enumerate(rows.values())
    ]
    if values:
        conn.execute(insert(t.wechat_waiting).values(attempt=0, not_before=0.0, received_at=now()), values)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
