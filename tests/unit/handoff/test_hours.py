"""Business hours: arithmetic by property, holidays, changes of clocks, and each mistake named with its place."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.errors import InvalidRequest
from handoff.hours import ALWAYS_OPEN, Calendar, Day, HoursError, Span, parse_hours
from handoff.hours.calendar import HORIZON_DAYS

SHANGHAI = ZoneInfo("Asia/Shanghai")
few = settings(max_examples=40, deadline=None)
ZONES = [SHANGHAI, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]

SHOP: dict[str, Any] = {
    "default": "shop",
    "calendars": {
        "shop": {
            "zone": "Asia/Shanghai",
            "weekly": {"mon-fri": ["09:00-12:00", "13:00-18:00"], "sat": ["10:00-16:00"]},
            "holidays": [{"from": "2026-10-01", "to": "2026-10-07", "name": "国庆节"}],
            "extra": [{"date": "2026-09-27", "hours": ["09:00-18:00"], "name": "国庆调休"}],
        },
        "hotline": {"zone": "America/New_York", "weekly": {"mon-sun": ["22:00-06:00"]}},
    },
    "skills": {"safety": "hotline"},
}


def at(text: str, zone: ZoneInfo = SHANGHAI) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-09-28 09:00", True),
        ("2026-09-28 08:59", False),
        ("2026-09-28 12:30", False),
        ("2026-09-28 17:59", True),
        ("2026-09-28 18:00", False),
        ("2026-09-26 15:00", True),
        ("2026-09-27 10:00", True),  # a Sunday that is worked
        ("2026-10-04 10:00", False),
        ("2026-10-05 10:00", False),  # a Monday within the holiday
        ("2026-10-08 10:00", True),
    ],
)
def test_week_holiday_and_worked_weekend(when: str, is_open: bool) -> None:
    assert parse_hours(SHOP).of(None).is_open(at(when)) is is_open


def test_the_next_opening_skips_the_holiday() -> None:
    calendar = parse_hours(SHOP).of("payments")
    assert calendar.next_opening(at("2026-09-30 20:00")) == at("2026-10-08 09:00")
    assert calendar.holiday(at("2026-10-03 10:00")) == "国庆节"
    assert calendar.last_closing(at("2026-09-30 20:00")) == at("2026-09-30 18:00")


def test_a_skill_keeps_its_own_calendar_past_midnight() -> None:
    calendar = parse_hours(SHOP).of("safety")
    zone = ZoneInfo("America/New_York")
    assert calendar.is_open(at("2026-03-02 05:59", zone)) and not calendar.is_open(at("2026-03-02 06:00", zone))
    # The night in which the clocks jump forward is an hour shorter.
    start, end = at("2026-03-07 22:00", zone), at("2026-03-08 06:00", zone)
    assert (end - start) / 3600 == 7 and calendar.is_open(start) and calendar.is_open(end - 1)


def test_always_open_and_never_open() -> None:
    assert parse_hours(ALWAYS_OPEN).of(None).is_open(1.7e9)
    never = parse_hours({"calendars": {"a": {"zone": "UTC", "weekly": {}}}}).of(None)
    assert never.next_opening(1.7e9) is None and never.last_closing(1.7e9) is None


spans = st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)), max_size=3).map(
    lambda found: tuple(Span(start, start + length) for start, length in found)
)
calendars = st.builds(
    Calendar,
    st.just("any"),
    st.sampled_from(ZONES),
    st.tuples(*[spans] * 7),
    st.dictionaries(st.dates(date(2026, 2, 20), date(2026, 4, 10)), st.builds(Day, spans, st.just("")), max_size=5),
)
instants = st.floats(datetime(2026, 2, 25).timestamp(), datetime(2026, 4, 5).timestamp())


@few
@given(calendars, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar: Calendar, now: float) -> None:
    opening = calendar.next_opening(now)
    if opening is None:
        assert not any(calendar.is_open(now + hour * 3600) for hour in range(0, 24 * 30, 5))
        return
    assert opening >= now and calendar.is_open(opening)
    assert (opening == now) == calendar.is_open(now)
    for part in range(20):
        between = now + (opening - now) * part / 20
        assert calendar.is_open(between) == (opening == now)


@few
@given(calendars, instants)
def test_open_means_within_a_span_of_the_local_day_or_the_days_before(calendar: Calendar, now: float) -> None:
    local = datetime.fromtimestamp(now, calendar.zone)
    if local.utcoffset() != (local - timedelta(days=2)).utcoffset():
        return  # near a change of clocks wall time and elapsed time differ; the tests above look at that
    minutes = local.hour * 60 + local.minute
    held = any(
        span.start <= minutes + back * 1440 < span.end
        for back in range(3)
        for span in calendar.spans_on(local.date() - timedelta(days=back))
    )
    assert calendar.is_open(now) == held


@few
@given(calendars, instants)
def test_the_last_closing_lies_before_and_ends_an_open_time(calendar: Calendar, now: float) -> None:
    closed = calendar.last_closing(now)
    if closed is not None:
        assert closed <= now and not calendar.is_open(now) and calendar.is_open(closed - 0.001)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ([], [], "hours"),
        (["calendars"], {}, "calendars"),
        (["default"], "home", "default"),
        (["skills"], {"safety": "home"}, "skills.safety"),
        (["colour"], "red", "hours.colour"),
        (["calendars", "shop", "zone"], "Mars/Base", "calendars.shop.zone"),
        (["calendars", "shop", "zone"], "../../etc/passwd", "calendars.shop.zone"),
        (["calendars", "shop", "weekly"], {"moon": ["09:00-10:00"]}, "calendars.shop.weekly"),
        (["calendars", "shop", "weekly"], {"fri-mon": ["09:00-10:00"]}, "calendars.shop.weekly"),
        (
            ["calendars", "shop", "weekly"],
            {"mon-fri": ["09:00-10:00"], "tue": ["11:00-12:00"]},
            "calendars.shop.weekly.tue",
        ),
        (["calendars", "shop", "weekly"], {"mon": ["9-10"]}, "calendars.shop.weekly.mon"),
        (["calendars", "shop", "weekly"], {"mon": ["09:00-09:00"]}, "calendars.shop.weekly.mon"),
        (["calendars", "shop", "weekly"], {"mon": ["25:00-26:00"]}, "calendars.shop.weekly.mon"),
        (["calendars", "shop", "weekly"], {"mon": ["09:00-12:00", "11:00-13:00"]}, "calendars.shop.weekly.mon"),
        (["calendars", "shop", "weekly"], {"mon": "09:00-12:00"}, "calendars.shop.weekly.mon"),
        (["calendars", "shop", "holidays"], [{"date": "soon"}], "calendars.shop.holidays[0].date"),
        (
            ["calendars", "shop", "holidays"],
            [{"from": "2026-10-07", "to": "2026-10-01"}],
            "calendars.shop.holidays[0].to",
        ),
        (["calendars", "shop", "holidays"], [{"date": "2026-09-27"}], "calendars.shop.extra[0]"),
        (["calendars", "shop", "extra"], [{"date": "2026-09-27"}], "calendars.shop.extra[0].hours"),
    ],
)
def test_each_mistake_is_named_with_its_place(path: list[str], value: Any, place: str) -> None:
    body: Any = {**SHOP, "calendars": {name: dict(fields) for name, fields in SHOP["calendars"].items()}}
    if not path:
        body = value
    else:
        inner = body
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    with pytest.raises(HoursError) as refused:
        parse_hours(body)
    assert refused.value.fields["place"] == place and refused.value.remedy


plain = st.none() | st.booleans() | st.integers() | st.text()
nested = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@few
@given(nested)
def test_nothing_but_a_named_error_comes_out_of_nonsense(body: Any) -> None:
    with pytest.raises(InvalidRequest):
        parse_hours(body)


def test_the_horizon_covers_a_year() -> None:
    assert HORIZON_DAYS > 366
