"""Identified customers as rows: a proof is used once, a name has one customer, what was said before moves along."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, delete, func, select, update

from handoff.store import audit
from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip

_OPEN_STATES = ("queued", "offered", "accepted")


def use_proof(conn: Connection, proof_hash: str, until: float) -> bool:
    """Mark a proof as used; False when it was before. ``until`` is when it can be forgotten, epoch seconds."""
    conn.execute(delete(t.identity_use).where(t.identity_use.c.expires_at < now() - 60))
    return insert_or_skip(conn, t.identity_use, proof_hash=proof_hash, expires_at=until)


def identified(conn: Connection, channel: str, subject: str) -> str:
    """Id of the one customer of that name on that channel, made when there is none."""
    key = {"tenant": "default", "channel": channel, "external_key": subject}
    insert_or_skip(conn, t.customer, **key, id=uuid.uuid4().hex, vip=False, created_at=now())
    where = [t.customer.c[name] == value for name, value in key.items()]
    return str(conn.execute(select(t.customer.c.id).where(*where)).scalar_one())


def describe(conn: Connection, customer_id: str, name: str | None, vip: bool | None) -> None:
    """Keep what the site says of the customer; None leaves what is known."""
    values = {key: value for key, value in (("display_name", name), ("vip", vip)) if value is not None}
    if values:
        conn.execute(update(t.customer).where(t.customer.c.id == customer_id).values(values))


def is_anonymous(conn: Connection, customer_id: str) -> bool:
    known = select(t.customer.c.external_key).where(t.customer.c.id == customer_id)
    return conn.execute(known).scalar() is None


def adopt(conn: Connection, anonymous: str, customer_id: str, channel: str) -> bool:
    """Give what the visitor said before signing in to the identified customer; True when it moved.

    It becomes the open conversation, unless it is empty, or a person already waits on or answers the customer's own:
    then that one goes on, and the anonymous one stays apart.
    """
    said, own = _open_conversation(conn, anonymous, channel), _open_conversation(conn, customer_id, channel)
    if said is None or said[1] == 0 or (own is not None and _with_people(conn, own[0])):
        return False
    c = t.conversation.c
    if own is not None:
        conn.execute(update(t.conversation).where(c.id == own[0]).values(open=False))
    conn.execute(update(t.conversation).where(c.id == said[0]).values(customer_id=customer_id))
    audit.record(conn, "gateway", "conversation_identified", said[0])
    return True


def _open_conversation(conn: Connection, customer_id: str, channel: str) -> tuple[str, int] | None:
    c = t.conversation.c
    mine = (c.customer_id == customer_id, c.channel == channel, c.open)
    row = conn.execute(select(c.id, c.last_seq).where(*mine)).first()
    return None if row is None else (str(row.id), int(row.last_seq))


def _with_people(conn: Connection, conv_id: str) -> bool:
    h = t.handoff.c
    waiting = select(func.count()).where(h.conv_id == conv_id, h.state.in_(_OPEN_STATES))
    return bool(conn.execute(waiting).scalar_one())
