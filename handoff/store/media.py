"""Files that wait at another platform to be fetched: one row for each message that carries one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from handoff.conversation import Event
from handoff.store import tables as t
from handoff.store.clock import now

LEASE = 120.0
LONGEST_DELAY = 3600.0


@dataclass(frozen=True)
class MediaJob:
    """A file of the message at ``seq``, known to the platform of ``channel`` as ``media_id``."""

    conv_id: str
    seq: int
    channel: str
    app_id: str
    media_id: str
    kind: str
    attempt: int


def wanted(conn: Connection, event: Event, channel: str, app_id: str, media_id: str, kind: str) -> None:
    """Ask for the file, in the transaction that stores its message."""
    values = {"channel": channel, "app_id": app_id, "media_id": media_id, "kind": kind}
    fresh = {"state": "pending", "attempt": 0, "not_before": now()}
    conn.execute(insert(t.wechat_media).values(conv_id=event.conv_id, seq=event.seq, **values, **fresh))


def lease_job(conn: Connection) -> MediaJob | None:
    """The next file to fetch, kept from other workers for two minutes; None when there is none."""
    c = t.wechat_media.c
    due = (c.state == "pending", c.not_before <= now())
    row = conn.execute(select(c.conv_id, c.seq).where(*due).order_by(c.not_before).limit(1)).first()
    if row is None:
        return None
    leased = conn.execute(
        update(t.wechat_media)
        .where(c.conv_id == row.conv_id, c.seq == row.seq, *due)
        .values(attempt=c.attempt + 1, not_before=now() + LEASE)
        .returning(t.wechat_media)
    ).first()
    if leased is None:
        return None
    return MediaJob(
        leased.conv_id, leased.seq, leased.channel, leased.app_id, leased.media_id, leased.kind, leased.attempt
    )


def anything_due(conn: Connection) -> bool:
    c = t.wechat_media.c
    return conn.execute(select(c.seq).where(c.state == "pending", c.not_before <= now()).limit(1)).first() is not None


def end_job(conn: Connection, job: MediaJob, state: str) -> None:
    """The file was ``kept`` or is ``gone``."""
    c = t.wechat_media.c
    conn.execute(update(t.wechat_media).where(c.conv_id == job.conv_id, c.seq == job.seq).values(state=state))


def try_later(conn: Connection, job: MediaJob) -> None:
    c = t.wechat_media.c
    delay = min(LONGEST_DELAY, 5.0 * 4 ** min(job.attempt, 6))
    conn.execute(
        update(t.wechat_media).where(c.conv_id == job.conv_id, c.seq == job.seq).values(not_before=now() + delay)
    )
