"""The list of figures: which rows each counts, out of which, and the target it is held against.

The same conditions select the conversations behind a figure, so the list and the number cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true

from handoff.store import tables as t

Condition = Callable[[Any], ColumnElement[bool]]


class Measure(StrEnum):
    """How rows become a number."""

    COUNT = "count"  # how many
    SHARE = "share"  # 0-1, counted out of `of`
    MEDIAN = "median"  # of `value`, nearest rank
    NINETIETH = "ninetieth"  # of `value`, nearest rank
    MEAN = "mean"  # of `value`
    BALANCE = "balance"  # promoters minus detractors, -100 to 100


@dataclass(frozen=True)
class Figure:
    """One figure. ``rows`` is what counts, ``of`` what it is counted out of, as conditions on the fact's columns.

    ``target`` names the attribute of `Targets`; ``better`` is ``more``, ``less`` or empty. ``unit`` is ``number``,
    ``share`` (0–1), ``seconds``, ``score`` (of five) or ``points``.
    """

    key: str
    fact: str
    measure: Measure
    rows: Condition = lambda c: true()
    of: Condition = lambda c: true()
    value: str = ""
    unit: str = "number"
    better: str = ""
    target: str = ""
    per: str = ""

    @property
    def additive(self) -> bool:
        """Whether sums of groups give the figure of the whole."""
        return self.measure not in (Measure.MEDIAN, Measure.NINETIETH)


def _state(name: str) -> Condition:
    return lambda c: c.state == name


def _kind(name: str) -> Condition:
    return lambda c: c.kind == name


def _share(key: str, fact: str, rows: Condition, of: Condition, better: str, target: str = "") -> Figure:
    return Figure(key, fact, Measure.SHARE, rows, of, unit="share", better=better, target=target)


def _time(key: str, fact: str, value: str, measure: Measure, of: Condition, target: str = "") -> Figure:
    return Figure(key, fact, measure, of, of, value, "seconds", "less", target)


def _everything(c: Any) -> ColumnElement[bool]:
    return true()


def _answered(c: Any) -> ColumnElement[bool]:
    return and_(c.first_response.is_not(None))


_RESOLVED = _kind("resolved")

FIGURES: dict[str, Figure] = {
    figure.key: figure
    for figure in (
        Figure("conversations", "contacts", Measure.COUNT),
        _share("contained", "contacts", _state("contained"), _everything, "more", "contained"),
        _share("handed_over", "contacts", _state("handed_over"), _everything, "less"),
        Figure("continued", "contacts", Measure.COUNT, _state("continued")),
        Figure("unanswered", "contacts", Measure.COUNT, _state("unanswered"), better="less"),
        Figure("handoffs", "waits", Measure.COUNT),
        _time("first_response", "waits", "first_response", Measure.MEDIAN, _answered, "first_response"),
        _time("first_response_p90", "waits", "first_response", Measure.NINETIETH, _answered, "first_response"),
        _share(
            "first_response_share",
            "waits",
            lambda c: and_(c.first_response.is_not(None), ~c.late),
            lambda c: or_(c.first_response.is_not(None), c.late),
            "more",
            "first_response_share",
        ),
        _time("resolution", "ends", "took", Measure.MEDIAN, _RESOLVED, "resolution"),
        _time("resolution_p90", "ends", "took", Measure.NINETIETH, _RESOLVED, "resolution"),
        _share("resolution_share", "ends", lambda c: c.fast, _RESOLVED, "more"),
        _share(
            "first_contact",
            "ends",
            lambda c: and_(c.kind == "resolved", ~c.reopened),
            _RESOLVED,
            "more",
            "first_contact",
        ),
        _share("reopened", "ends", lambda c: c.reopened, _RESOLVED, "less"),
        Figure("csat", "ratings", Measure.MEAN, value="score", unit="score", better="more", target="csat"),
        _share("csat_share", "ends", lambda c: c.rated, _RESOLVED, "more"),
        Figure("nps", "recommendations", Measure.BALANCE, value="score", unit="points", better="more", target="nps"),
        Figure("complaints", "complaints", Measure.COUNT, better="less"),
        Figure(
            "complaint_rate",
            "complaints",
            Measure.SHARE,
            unit="share",
            better="less",
            target="complaint_rate",
            per="conversations",
        ),
        _share("complaints_in_time", "complaints", lambda c: c.in_time, lambda c: c.over, "more"),
        Figure("left_messages", "left_messages", Measure.COUNT),
        _share("left_done", "left_messages", lambda c: c.done, _everything, "more"),
        _time("left_time", "left_messages", "took", Measure.MEDIAN, lambda c: c.done),
        _share("abandoned", "ends", lambda c: and_(c.kind == "customer_left", ~c.claimed), _everything, "less"),
        _share("transferred", "ends", lambda c: c.passed, _everything, "less"),
        Figure("ended", "ends", Measure.COUNT),
        *(Figure(f"ended_{kind}", "ends", Measure.COUNT, _kind(kind)) for kind in t.ENDS),
    )
}
DIMENSIONS = ("day", "channel", "skill", "category", "reason", "rule", "agent")
