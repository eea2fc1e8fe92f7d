"""What the submitted sheets come to: means by dimension and by who answered, and whether reviewers agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select
from sqlalchemy.engine import Row

from handoff.quality.sheets import DIMENSIONS, Dimension, mean, submitted_between
from handoff.store import tables as t

BOT = "bot"
NOBODY = "nobody"


@dataclass(frozen=True)
class Scores:
    """Means (1–5) over ``sheets`` sheets; ``who`` is an agent's id, `BOT`, `NOBODY`, or empty for everybody."""

    who: str
    name: str | None
    sheets: int
    means: dict[Dimension, float]
    bot_wrong: int

    @property
    def overall(self) -> float | None:
        """The mean of the five, each of equal weight."""
        return mean(list(self.means.values()))


@dataclass(frozen=True)
class Agreement:
    """How alike two reviewers of the same service score, over ``pairs`` pairs of sheets.

    ``same`` and ``near`` are shares of equal scores and of scores at most one apart; ``alpha`` is Krippendorff's for
    intervals: 1 in full agreement, 0 as by chance, None where all scores are alike or there is no pair.
    """

    pairs: int
    same: float | None
    near: float | None
    alpha: float | None


@dataclass(frozen=True)
class Results:
    """``since`` (included) to ``until`` (excluded), epoch seconds, by when a sheet was submitted."""

    since: float
    until: float
    all: Scores
    by_agent: tuple[Scores, ...]
    agreement: dict[Dimension, Agreement]


def results(conn: Connection, since: float, until: float) -> Results:
    """Count the submitted sheets of a period."""
    everybody = conn.execute(_means().where(*_in(since, until))).one()
    rows = conn.execute(
        _means()
        .add_columns(_who().label("who"), t.agent.c.display_name)
        .where(*_in(since, until))
        .group_by("who", t.agent.c.display_name)
    )
    by_agent = sorted((_scores(row, row.who, row.display_name) for row in rows), key=lambda one: (-one.sheets, one.who))
    return Results(since, until, _scores(everybody, "", None), tuple(by_agent), _agreement(conn, since, until))


def alpha(units: Sequence[Sequence[int]]) -> float | None:
    """Krippendorff's alpha with squared differences; each unit holds the scores one service got."""
    paired = [unit for unit in units if len(unit) > 1]
    values = [value for unit in paired for value in unit]
    if len(values) < 2:
        return None
    observed = sum(
        2.0 * sum((a - b) ** 2 for a, b in combinations(unit, 2)) / (len(unit) - 1) for unit in paired
    ) / len(values)
    expected = 2.0 * sum((a - b) ** 2 for a, b in combinations(values, 2)) / (len(values) * (len(values) - 1))
    return 1.0 - observed / expected if expected else None


def _agreement(conn: Connection, since: float, until: float) -> dict[Dimension, Agreement]:
    units: dict[tuple[str, int], list[dict[Dimension, int]]] = defaultdict(list)
    for review in submitted_between(conn, since, until):
        units[review.conv_id, review.episode].append(review.sheet.scores)
    found = {}
    for name in DIMENSIONS:
        scored = [[scores[name] for scores in unit] for unit in units.values()]
        apart = [abs(a - b) for unit in scored for a, b in combinations(unit, 2)]
        found[name] = Agreement(
            pairs=len(apart),
            same=mean([float(one == 0) for one in apart]),
            near=mean([float(one <= 1) for one in apart]),
            alpha=alpha(scored),
        )
    return found


def _means() -> Select[Any]:
    r, i = t.quality_review.c, t.quality_item.c
    return (
        select(func.count().label("sheets"), func.sum(case((r.bot_wrong.is_(True), 1), else_=0)).label("wrong"))
        .add_columns(*(func.avg(r[name]).label(name) for name in DIMENSIONS))
        .select_from(t.quality_review)
        .join(t.quality_item, and_(i.conv_id == r.conv_id, i.episode == r.episode))
        .outerjoin(t.agent, t.agent.c.id == i.agent_id)
    )


def _who() -> Any:
    i = t.quality_item.c
    return case((i.handoff_id.is_(None), BOT), (i.agent_id.is_(None), NOBODY), else_=i.agent_id)


def _in(since: float, until: float) -> tuple[Any, ...]:
    r = t.quality_review.c
    return r.state == "submitted", r.submitted_at >= since, r.submitted_at < until


def _scores(row: Row[Any], who: str, name: str | None) -> Scores:
    means = {one: float(value) for one in DIMENSIONS if (value := getattr(row, one)) is not None}
    return Scores(who, name, int(row.sheets), means, int(row.wrong or 0))
