"""The proof that no handoff is lost: in any period, open before + opened = ended + open after, by reason and by end."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, func, select

from handoff.store import tables as t
from handoff.store.ledger import ENDS, Step


@dataclass(frozen=True)
class Line:
    """Counts of one reason in the period; ``ended`` by way of ending."""

    reason: str
    open_before: int
    opened: int
    ended: dict[str, int]
    open_after: int

    @property
    def balanced(self) -> bool:
        return self.open_before + self.opened == sum(self.ended.values()) + self.open_after


@dataclass(frozen=True)
class Report:
    """``since`` (included) to ``until`` (excluded), epoch seconds by the database; None is without bound."""

    since: float | None
    until: float | None
    lines: tuple[Line, ...]
    open_now: int | None = field(default=None)

    @property
    def total(self) -> Line:
        ended: Counter[str] = Counter()
        for line in self.lines:
            ended.update(line.ended)
        return Line(
            "total",
            sum(line.open_before for line in self.lines),
            sum(line.opened for line in self.lines),
            dict(ended),
            sum(line.open_after for line in self.lines),
        )

    @property
    def balanced(self) -> bool:
        """Every line balances; up to now, the rows must agree with the ledger too."""
        agrees = self.open_now is None or self.open_now == self.total.open_after
        return agrees and all(line.balanced for line in self.lines)


def report(conn: Connection, since: float | None = None, until: float | None = None) -> Report:
    """Count the ledger's lines; what is open after is counted on its own, from lives without an end before then."""
    opened = _count(conn, (Step.OPENED,), since, until)
    ended = _count(conn, tuple(ENDS), since, until)
    before = _open_at(conn, since) if since is not None else {}
    after = _open_at(conn, until)
    reasons = sorted({reason for reason, _kind in (*opened, *ended)} | set(before) | set(after))
    ends: dict[str, dict[str, int]] = defaultdict(dict)
    for (reason, kind), number in ended.items():
        ends[reason][kind] = number
    lines = tuple(
        Line(reason, before.get(reason, 0), opened.get((reason, Step.OPENED), 0), ends[reason], after.get(reason, 0))
        for reason in reasons
    )
    return Report(since, until, lines, _open_rows(conn) if until is None else None)


def _count(
    conn: Connection, kinds: tuple[Step, ...], since: float | None, until: float | None
) -> dict[tuple[str, str], int]:
    v = t.handoff_event.c
    where: list[ColumnElement[bool]] = [v.kind.in_(kinds)]
    if since is not None:
        where.append(v.at >= since)
    if until is not None:
        where.append(v.at < until)
    rows = conn.execute(
        select(t.handoff.c.reason, v.kind, func.count().label("number"))
        .join(t.handoff, t.handoff.c.id == v.handoff_id)
        .where(*where)
        .group_by(t.handoff.c.reason, v.kind)
    )
    return {(row.reason, row.kind): row.number for row in rows}


def _open_at(conn: Connection, moment: float | None) -> dict[str, int]:
    """Handoffs by reason that were opened before ``moment`` and had not ended by then."""
    opened, ended = t.handoff_event.alias("opened"), t.handoff_event.alias("ended")
    before = [opened.c.at < moment] if moment is not None else []
    gone = [ended.c.at < moment] if moment is not None else []
    rows = conn.execute(
        select(t.handoff.c.reason, func.count().label("number"))
        .join(opened, and_(opened.c.handoff_id == t.handoff.c.id, opened.c.kind == Step.OPENED, *before))
        .outerjoin(ended, and_(ended.c.handoff_id == t.handoff.c.id, ended.c.kind.in_(tuple(ENDS)), *gone))
        .where(ended.c.id.is_(None))
        .group_by(t.handoff.c.reason)
    )
    return {row.reason: row.number for row in rows}


def _open_rows(conn: Connection) -> int:
    open_states = t.handoff.c.state.in_(("queued", "offered", "accepted"))
    return int(conn.execute(select(func.count()).select_from(t.handoff).where(open_states)).scalar_one())
