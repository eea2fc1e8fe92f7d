"""The history's figures: equal to a recount of the ledger in Python, and to the ledger's own report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from handoff.insight.history.behind import figure_of, rows_behind
from handoff.insight.history.facts import Question
from handoff.insight.history.figures import DIMENSIONS, FIGURES, Measure
from handoff.insight.history.period import chosen_period
from handoff.insight.history.report import Report, make_report
from handoff.insight.history.rows import Scope
from handoff.insight.targets import Targets
from handoff.store.ledger_report import report as ledger_report
from tests.integration.handoff.conftest import ON_BOTH, World
from tests.support.past import CATEGORIES, Past
from tests.support.recount import Recount

pytestmark = ON_BOTH

ZONE = "Europe/Berlin"  # its clocks change on 29 March 2026, inside the period
START = datetime(2026, 3, 20, tzinfo=UTC).timestamp()
NOW = datetime(2026, 4, 12, 9, 30, tzinfo=UTC).timestamp()


def scope_of(first: str = "2026-03-25", last: str = "2026-04-06", **where: str) -> Scope:
    period = chosen_period("custom", ZoneInfo(ZONE), NOW, first, last)
    return Scope(Question(period, Targets(), NOW), CATEGORIES, where)


def check_numbers(report: Report, recount: Recount, by: str) -> None:
    period, before = report.period, report.before
    for numbers, at in ((report.totals, period), (report.earlier, before)):
        expected = recount.figures(at.start, at.end)
        assert {key: numbers[key].value for key in FIGURES} == pytest.approx({key: expected[key][0] for key in FIGURES})
    lines = {line.value: line for line in report.lines}
    values = recount.values_of(by, period.start, period.end)
    assert values <= set(lines)
    for value in values:
        numbers, expected = lines[value].numbers, recount.figures(period.start, period.end, by, value)
        for key, figure in FIGURES.items():
            found = numbers[key].value if key in numbers else (0 if figure.measure is Measure.COUNT else None)
            assert found == pytest.approx(expected[key][0]), (by, value, key)


async def test_every_figure_equals_a_recount_of_the_rows(world: World) -> None:
    await compared(world, 7, 60, ("day", "category"))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 18))
async def test_every_figure_by_every_dimension_of_many_pasts(world: World, seed: int) -> None:
    await compared(world, seed, 80, DIMENSIONS)


async def compared(world: World, seed: int, conversations: int, dimensions: Sequence[str]) -> None:
    await world.db.write(lambda conn: Past(seed, START, 24).conversations(conversations).write(conn))

    def compare(conn: Connection) -> None:
        recount = Recount(conn, ZONE, NOW, CATEGORIES)
        for by in dimensions:
            report = make_report(conn, scope_of(), by)
            check_numbers(report, recount, by)
        states = ("contained", "handed_over", "continued", "unanswered")
        assert all(report.totals[state].n for state in states)  # there is something to be wrong about
        assert sum(report.totals[state].n for state in states) == report.totals["conversations"].n
        assert all(report.totals[key].of for key in FIGURES)

    await world.db.read(compare)


async def test_the_rows_behind_a_figure_are_those_it_counts(world: World) -> None:
    await world.db.write(lambda conn: Past(8, START, 20).conversations(40).write(conn))

    def compare(conn: Connection) -> None:
        report = make_report(conn, scope_of(), "channel")
        for key, figure in FIGURES.items():
            number = report.totals[key]
            counted = rows_behind(conn, scope_of(), figure, "counted", limit=10_000)
            rest = rows_behind(conn, scope_of(), figure, "rest", limit=10_000)
            assert (counted.total, rest.total) == (len(counted.rows), len(rest.rows))
            if figure.measure is Measure.SHARE and not figure.per:
                assert (counted.total, counted.total + rest.total) == (number.n, number.of), key
            elif figure.measure is Measure.COUNT:
                assert counted.total == number.n, key
            else:
                assert (counted.total, rest.total) == (number.of if not figure.per else number.n, 0), key
        web = rows_behind(conn, scope_of(channel="web"), figure_of("conversations"), limit=3)
        assert web.total > 3 and len(web.rows) == 3 and {row.channel for row in web.rows} == {"web"}
        slow = [row.value or 0 for row in rows_behind(conn, scope_of(), figure_of("resolution")).rows]
        assert slow == sorted(slow, reverse=True)

    await world.db.read(compare)


async def test_ends_equal_the_ledger_report_and_an_empty_period_is_empty(world: World) -> None:
    await world.db.write(lambda conn: Past(9, START, 20).conversations(30).write(conn))

    def compare(conn: Connection) -> None:
        report = make_report(conn, scope_of(), "reason")
        ledger = ledger_report(conn, report.period.start, report.period.end)
        whole = ledger.total
        assert ledger.balanced and whole.opened == report.totals["handoffs"].n
        ends = {key.removeprefix("ended_"): n.n for key, n in report.totals.items() if key.startswith("ended_") and n.n}
        assert ends == whole.ended
        for line in ledger.lines:
            numbers = next(one.numbers for one in report.lines if one.value == line.reason)
            assert {kind: numbers[f"ended_{kind}"].n for kind in line.ended} == line.ended
        assert report.ledger == {
            "open_before": whole.open_before,
            "opened": whole.opened,
            "ended": sum(whole.ended.values()),
            "open_after": whole.open_after,
        }
        assert sum(report.scores.values()) == report.totals["csat"].of
        empty = make_report(conn, scope_of("2025-01-01", "2025-01-31"), "channel")
        assert not empty.lines and len(empty.days) == 31
        values = {FIGURES[key].measure: number.value for key, number in empty.totals.items()}
        assert values.pop(Measure.COUNT) == 0
        assert set(values.values()) == {None}
        assert not rows_behind(conn, scope_of("2025-01-01", "2025-01-02"), figure_of("nps")).rows

    await world.db.read(compare)
