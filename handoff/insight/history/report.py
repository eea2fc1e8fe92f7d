"""Puts the figures of a period together: totals beside the period before, by day, by a dimension, and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, case, func, select

from handoff.insight.history.counting import Counted, Number, count_fact
from handoff.insight.history.facts import FACTS, Question
from handoff.insight.history.figures import FIGURES, Figure, Measure
from handoff.insight.history.period import Period
from handoff.insight.history.rows import Scope, check_dimension, fact_rows
from handoff.insight.targets import Targets
from handoff.store import tables as t

Numbers = dict[str, Number]


@dataclass(frozen=True)
class Line:
    """The figures of one day, channel, skill, category, reason, rule or agent; ``label`` is a name for people."""

    value: str
    label: str
    numbers: Numbers


@dataclass(frozen=True)
class Report:
    """Everything of one period. ``ledger`` is the balance of all handoffs between the same two instants."""

    period: Period
    before: Period
    by: str
    totals: Numbers
    earlier: Numbers
    days: list[Line]
    lines: list[Line]
    scores: dict[int, int]
    ledger: dict[str, int]
    targets: Targets

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the same for the API and for ``baton report --json``."""
        return {
            "period": self.period.to_dict(),
            "before": self.before.to_dict(),
            "by": self.by,
            "figures": [self.figure_dict(figure) for figure in FIGURES.values()],
            "days": [_line_dict(line) for line in self.days],
            "lines": [_line_dict(line) for line in self.lines],
            "scores": {str(score): count for score, count in self.scores.items()},
            "ledger": self.ledger,
        }

    def figure_dict(self, figure: Figure) -> dict[str, Any]:
        """One figure with its target and with what it was before; ``met`` is None where there is no target."""
        now, then = self.totals[figure.key], self.earlier[figure.key]
        target = target_of(figure, self.targets)
        return {
            "key": figure.key,
            "unit": figure.unit,
            "better": figure.better,
            **now.to_dict(),
            "before": then.value,
            "target": target,
            "met": met(figure, now.value, target),
        }


def target_of(figure: Figure, targets: Targets) -> float | None:
    """What the figure is held against; None where nothing is promised."""
    return float(getattr(targets, figure.target)) if figure.target else None


def met(figure: Figure, value: float | None, target: float | None) -> bool | None:
    """Whether the value is good enough; None where there is no value or no target."""
    if value is None or target is None:
        return None
    return value <= target if figure.better == "less" else value >= target


def earlier_totals(conn: Connection, scope: Scope) -> Numbers:
    """Every figure of the period before, in all."""
    before = scope.question.period.before()
    return _counted(conn, replace(scope, question=replace(scope.question, period=before)), None).total


def make_report(conn: Connection, scope: Scope, by: str, earlier: Numbers | None = None) -> Report:
    """Count everything; ``by`` is one of the dimensions, `InvalidRequest` for another.

    ``earlier`` are the totals of the period before, if they have been counted already.
    """
    check_dimension(by)
    question, before = scope.question, scope.question.period.before()
    counted = _counted(conn, scope, by)
    days = [day.isoformat() for day in question.period.days]
    return Report(
        period=question.period,
        before=before,
        by=by,
        totals=counted.total,
        earlier=earlier_totals(conn, scope) if earlier is None else earlier,
        days=[Line(day, day, counted.by_day.get(day, {})) for day in days],
        lines=_lines(conn, counted, by, days),
        scores=_scores(conn, scope),
        ledger=_ledger(conn, question),
        targets=question.targets,
    )


def _counted(conn: Connection, scope: Scope, by: str | None) -> Counted:
    together = Counted()
    for name in FACTS:
        found = count_fact(conn, name, scope, by)
        together.total.update(found.total)
        for mine, theirs in ((together.by_day, found.by_day), (together.by_value, found.by_value)):
            for group, numbers in theirs.items():
                mine[group].update(numbers)
    for numbers in (together.total, *together.by_day.values(), *together.by_value.values()):
        _relate(numbers)
    return together


def _relate(numbers: Numbers) -> None:
    """Figures that are counted for each of another fact: complaints for each conversation."""
    for figure in FIGURES.values():
        if figure.per and (figure.key in numbers or figure.per in numbers):
            n = numbers[figure.key].n if figure.key in numbers else 0.0
            of = numbers[figure.per].n if figure.per in numbers else 0.0
            numbers[figure.key] = Number(n / of if of else None, n, of)


def _lines(conn: Connection, counted: Counted, by: str, days: list[str]) -> list[Line]:
    if by == "day":
        return [Line(day, day, counted.by_value.get(day, {})) for day in days]
    names: Mapping[str, str] = _agent_names(conn) if by == "agent" else {}
    lines = [Line(value, names.get(value, value), numbers) for value, numbers in counted.by_value.items()]
    return sorted(lines, key=lambda line: (-_size(line.numbers), line.label))


def _size(numbers: Numbers) -> float:
    sizes = ("conversations", "handoffs", "ended")
    return sum(numbers[key].n for key in sizes if key in numbers)


def _agent_names(conn: Connection) -> dict[str, str]:
    a = t.agent.c
    return {row.id: row.display_name for row in conn.execute(select(a.id, a.display_name))}


def _scores(conn: Connection, scope: Scope) -> dict[int, int]:
    """How many customers gave each score."""
    rows = fact_rows(conn, "ratings", scope)
    found = conn.execute(select(rows.c.score, func.count().label("n")).group_by(rows.c.score))
    counts = {row.score: row.n for row in found}
    return {score: counts.get(score, 0) for score in range(1, 6)}


def _ledger(conn: Connection, question: Question) -> dict[str, int]:
    """Open before + opened = ended + open after, of all handoffs; `baton ledger report` proves the same by reason."""
    v, start = t.handoff_event.c, question.period.start
    opened, ended = (func.sum(case((kinds, 1), else_=0)) for kinds in (v.kind == "opened", v.kind.in_(t.ENDS)))
    before = conn.execute(select(opened, ended).where(v.at < start)).one()
    inside = conn.execute(select(opened, ended).where(question.holds(v.at))).one()
    then, now = (int(part[0] or 0) - int(part[1] or 0) for part in (before, inside))
    return {
        "open_before": then,
        "opened": int(inside[0] or 0),
        "ended": int(inside[1] or 0),
        "open_after": then + now,
    }


def _line_dict(line: Line) -> dict[str, Any]:
    numbers = {key: number.to_dict() for key, number in line.numbers.items() if _says_something(key, number)}
    return {"value": line.value, "label": line.label, "figures": numbers}


def _says_something(key: str, number: Number) -> bool:
    return number.value is not None and (FIGURES[key].measure is not Measure.COUNT or number.n > 0)
