"""Rows of alerts: since when each thing is wrong, who has seen to it, and whether it got worse after that."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from handoff.store import audit
from handoff.store import tables as t
from handoff.store.clock import now, read_clock
from handoff.store.upsert import insert_or_skip
from handoff.wall.findings import Finding, Severity

# What nobody found for so long is over; found again after that, it is a new alert. Shorter gaps are one alert.
OVER_AFTER = 40.0


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody has seen to an alert. ``level`` is how bad it was then; times are epoch seconds."""

    alert: str
    since: float
    level: int
    severity: Severity
    facts: dict[str, Any]
    agent_name: str
    note: str
    at: float


@dataclass(frozen=True)
class Alert:
    """Something that is wrong now. ``seen`` is its last acknowledgement, which counts while it gets no worse."""

    finding: Finding
    since: float
    seen: Acknowledgement | None = None

    @property
    def open(self) -> bool:
        """Whether somebody must still see to it."""
        return self.seen is None or self.finding.level > self.seen.level

    @property
    def worse(self) -> bool:
        """It was seen to, and came back because it got worse."""
        return self.seen is not None and self.open


def keep(conn: Connection, found: Sequence[Finding]) -> None:
    """Remember that these are wrong now; what nobody found for a while is forgotten. Gateways may do it at once."""
    a = t.alert.c
    conn.execute(delete(t.alert).where(a.seen_at < now() - OVER_AFTER))
    at = read_clock(conn)
    for finding in found:
        since = min(at, finding.since if finding.since is not None else at)
        if not insert_or_skip(conn, t.alert, key=finding.key, since=since, seen_at=at, level=finding.level):
            conn.execute(update(t.alert).where(a.key == finding.key).values(seen_at=at, level=finding.level))


def known(conn: Connection) -> bool:
    """Whether there is anything to forget."""
    return bool(conn.execute(select(func.count()).select_from(t.alert)).scalar_one())


def with_history(conn: Connection, found: Sequence[Finding], at: float) -> list[Alert]:
    """Each finding with its beginning and its last acknowledgement; those that nobody has seen to come first."""
    a = t.alert.c
    rows = conn.execute(select(a.key, a.since).where(a.seen_at >= at - OVER_AFTER))
    began = {row.key: row.since for row in rows}
    seen: dict[tuple[str, float], Acknowledgement] = {}
    for ack in acknowledgements(conn, keys=list(began)):  # newest first
        seen.setdefault((ack.alert, ack.since), ack)
    alerts = []
    for finding in found:
        since = began.get(finding.key)
        if since is None:
            alerts.append(Alert(finding, finding.since if finding.since is not None else at))
        else:
            alerts.append(Alert(finding, since, seen.get((finding.key, since))))
    return sorted(alerts, key=lambda one: not one.open)


def acknowledge(conn: Connection, agent_id: str, finding: Finding, note: str) -> None:
    """Note that the agent sees to this alert, as bad as it is now; the audit trail keeps it too."""
    keep(conn, [finding])
    since = conn.execute(select(t.alert.c.since).where(t.alert.c.key == finding.key)).scalar_one()
    conn.execute(
        insert(t.alert_acknowledgement).values(
            id=uuid.uuid4().hex,
            alert=finding.key,
            since=since,
            level=finding.level,
            severity=finding.severity,
            facts=finding.facts,
            agent_id=agent_id,
            note=note,
            at=now(),
        )
    )
    audit.record(conn, agent_id, "alert_acknowledged", alert=finding.key, level=finding.level, note=note)


def acknowledgements(
    conn: Connection, *, keys: Sequence[str] | None = None, limit: int | None = None
) -> list[Acknowledgement]:
    """Who saw to what, newest first; of these alerts only, where ``keys`` are given."""
    k = t.alert_acknowledgement.c
    query = (
        select(t.alert_acknowledgement, t.agent.c.display_name)
        .join(t.agent, t.agent.c.id == k.agent_id)
        .order_by(k.at.desc(), k.id)
    )
    if keys is not None:
        query = query.where(k.alert.in_(keys))
    return [
        Acknowledgement(
            alert=row.alert,
            since=row.since,
            level=row.level,
            severity=Severity(row.severity),
            facts=dict(row.facts),
            agent_name=row.display_name,
            note=row.note,
            at=row.at,
        )
        for row in conn.execute(query.limit(limit) if limit else query)
    ]
