"""Periods: local days of the calendar's zone, what they are compared with, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from handoff.errors import BadPeriod
from handoff.insight.history.period import chosen_period

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 4, 1, 20, 30, tzinfo=UTC).timestamp()  # the next day already in Shanghai


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_today_is_the_local_day_up_to_now() -> None:
    period = chosen_period("today", SHANGHAI, NOW)
    assert (period.start, period.end) == (at("2026-04-02T00:00+08:00"), NOW)
    before = period.before()
    assert (before.start, before.end) == (at("2026-04-01T00:00+08:00"), NOW - 86400)


def test_seven_days_hold_today_and_the_week_before_them_is_their_measure() -> None:
    period = chosen_period("7d", SHANGHAI, NOW)
    assert [str(period.days[0]), str(period.days[-1]), len(period.days)] == ["2026-03-27", "2026-04-02", 7]
    assert str(period.before().last) == "2026-03-26"


def test_chosen_days_are_whole_and_the_last_one_is_included() -> None:
    period = chosen_period("custom", SHANGHAI, NOW, "2026-03-01", "2026-03-02")
    assert (period.start, period.end) == (at("2026-03-01T00:00+08:00"), at("2026-03-03T00:00+08:00"))
    running = chosen_period("custom", SHANGHAI, NOW, "2026-04-01", "2026-05-30")
    assert (running.end, str(running.last)) == (NOW, "2026-04-02")


def test_a_day_on_which_the_clocks_change_has_two_offsets() -> None:
    period = chosen_period("custom", BERLIN, NOW, "2026-03-28", "2026-03-30")
    change = at("2026-03-29T01:00+00:00")
    assert period.offsets == ((change, 3600), (float("inf"), 7200))
    assert period.end - period.start == 71 * 3600
    assert period.before().end - period.before().start == 72 * 3600


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("yesterday", "", ""),
        ("custom", "", ""),
        ("custom", "2026-13-01", "2026-03-01"),
        ("custom", "2026-03-02", "2026-03-01"),
        ("custom", "2026-04-03", "2026-04-04"),
        ("custom", "2024-01-01", "2026-03-01"),
        ("custom", "0001-01-01", "0001-01-02"),
        ("custom", "2026-03-01", "=1+1"),
    ],
)
def test_a_period_that_cannot_be_is_refused(name: str, first: str, last: str) -> None:
    with pytest.raises(BadPeriod) as refused:
        chosen_period(name, SHANGHAI, NOW, first, last)
    assert refused.value.code == "bad_period" and "366 days" in refused.value.remedy
