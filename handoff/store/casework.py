"""What agents keep about a customer beyond the chat: profile, complaints, and the conversations before this one."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update
from sqlalchemy.engine import Row

from handoff.store import tables as t
from handoff.store.clock import now, read_clock
from handoff.store.upsert import insert_or_skip

MOST = 100


@dataclass(frozen=True)
class Profile:
    """What agents wrote down; empty texts where nothing is known."""

    name: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""


@dataclass(frozen=True)
class PastConversation:
    """Another conversation of the same customer, or an earlier handoff of this one. ``at`` is epoch seconds."""

    conv_id: str
    handoff_id: str
    channel: str
    reason: str
    outcome: str | None
    agent_name: str | None
    at: float


@dataclass(frozen=True)
class Complaint:
    """``severity`` 1 (mild) to 4 (worst); ``due_at`` is when the customer must have a first answer, epoch seconds."""

    id: str
    number: str
    conv_id: str
    severity: int
    text: str
    due_at: float
    owner_id: str
    owner_name: str
    created_at: float
    done_at: float | None
    result: str


def profile_of(conn: Connection, customer_id: str) -> Profile:
    p = t.customer_profile.c
    row = conn.execute(select(p.name, p.phone, p.email, p.note).where(p.customer_id == customer_id)).first()
    return Profile(row.name, row.phone, row.email, row.note) if row else Profile()


def put_profile(conn: Connection, customer_id: str, profile: Profile, actor: str) -> None:
    values = {
        "name": profile.name,
        "phone": profile.phone,
        "email": profile.email,
        "note": profile.note,
        "updated_by": actor,
        "updated_at": now(),
    }
    if not insert_or_skip(conn, t.customer_profile, customer_id=customer_id, **values):
        conn.execute(update(t.customer_profile).where(t.customer_profile.c.customer_id == customer_id).values(values))


def past_of(conn: Connection, customer_id: str, but_handoff: str | None) -> list[PastConversation]:
    """Earlier handoffs of the customer in any conversation, newest first."""
    h, c = t.handoff.c, t.conversation.c
    rows = conn.execute(
        select(h.conv_id, h.id, c.channel, h.reason, h.outcome, t.agent.c.display_name, h.queued_at)
        .join(t.conversation, c.id == h.conv_id)
        .outerjoin(t.agent, t.agent.c.id == h.claimed_by)
        .where(c.customer_id == customer_id, h.id != (but_handoff or ""))
        .order_by(h.queued_at.desc())
        .limit(20)
    )
    return [
        PastConversation(r.conv_id, r.id, r.channel, r.reason, r.outcome, r.display_name, r.queued_at) for r in rows
    ]


def insert_complaint(conn: Connection, conv_id: str, severity: int, text: str, due_in: float, owner: str) -> Complaint:
    """File it and give it a number that can be read out on the telephone."""
    at = read_clock(conn)
    day = datetime.fromtimestamp(at, UTC)
    complaint_id = uuid.uuid4().hex
    conn.execute(
        insert(t.complaint).values(
            id=complaint_id,
            number=f"TS{day:%Y%m%d}-{secrets.randbelow(1_000_000):06d}",
            conv_id=conv_id,
            severity=severity,
            text=text,
            due_at=at + due_in,
            owner=owner,
            created_at=at,
            result="",
        )
    )
    return _one(conn, complaint_id)


def complaints_of(conn: Connection, conv_id: str) -> list[Complaint]:
    """Complaints of a conversation, newest first."""
    rows = conn.execute(_complaints().where(t.complaint.c.conv_id == conv_id).order_by(t.complaint.c.created_at.desc()))
    return [_complaint(row) for row in rows]


def open_complaints(conn: Connection) -> list[Complaint]:
    """Complaints that nobody has finished, the most pressing first."""
    c = t.complaint.c
    return [
        _complaint(row) for row in conn.execute(_complaints().where(c.done_at.is_(None)).order_by(c.due_at).limit(MOST))
    ]


def finish_complaint(conn: Connection, complaint_id: str, result: str) -> Complaint | None:
    """Record how it ended; None when there is no open one with this id."""
    c = t.complaint.c
    changed = conn.execute(
        update(t.complaint)
        .where(c.id == complaint_id, c.done_at.is_(None))
        .values(done_at=now(), result=result)
        .returning(c.id)
    ).first()
    return _one(conn, complaint_id) if changed else None


def forget_customer(conn: Connection, customer_id: str, conv_ids: list[str]) -> None:
    """The person asked to be erased: the profile goes, complaints keep number and times alone."""
    conn.execute(delete(t.customer_profile).where(t.customer_profile.c.customer_id == customer_id))
    conn.execute(update(t.complaint).where(t.complaint.c.conv_id.in_(conv_ids)).values(text="", result=""))


def _complaints() -> Select[Any]:
    return select(t.complaint, t.agent.c.display_name.label("owner_name")).join(
        t.agent, t.agent.c.id == t.complaint.c.owner
    )


def _one(conn: Connection, complaint_id: str) -> Complaint:
    return _complaint(conn.execute(_complaints().where(t.complaint.c.id == complaint_id)).one())


def _complaint(r: Row[Any]) -> Complaint:
    return Complaint(
        id=r.id,
        number=r.number,
        conv_id=r.conv_id,
        severity=r.severity,
        text=r.text,
        due_at=r.due_at,
        owner_id=r.owner,
        owner_name=r.owner_name,
        created_at=r.created_at,
        done_at=r.done_at,
        result=r.result,
    )
