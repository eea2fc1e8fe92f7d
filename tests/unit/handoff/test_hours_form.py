"""Business hours as a form: the same hours in and out, written as briefly as an operator would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.hours import HoursError, parse_hours
from handoff.hours.form import body_of, form_of, states, zones

SHOP = {
    "default": "shop",
    "calendars": {
        "shop": {
            "zone": "Asia/Shanghai",
            "weekly": {"mon-fri": ["09:00-12:00", "13:00-18:00"], "sat": ["10:00-16:00"]},
            "holidays": [{"from": "2026-10-01", "to": "2026-10-07", "name": "国庆节"}],
            "extra": [{"date": "2026-09-27", "name": "国庆调休", "hours": ["09:00-18:00"]}],
        },
        "hotline": {"zone": "America/New_York", "weekly": {"mon-sun": ["22:00-06:00"]}},
    },
    "skills": {"safety": "hotline"},
}
MINUTE = st.integers(0, 287).map(lambda five: f"{five // 12:02}:{five % 12 * 5:02}")


@st.composite
def spans(draw: st.DrawFn) -> list[str]:
    times = sorted(draw(st.sets(MINUTE, min_size=0, max_size=6)))
    return [f"{start}-{end}" for start, end in zip(times[::2], times[1::2], strict=False)]


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    dates = draw(st.sets(st.dates(), max_size=5))
    extra = [
        {"date": str(day), "hours": hours, "name": draw(st.sampled_from(["", "调休"]))}
        for day in dates
        if (hours := draw(spans()))
    ]
    weekly = {day: draw(spans()) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    shut = draw(st.dates().filter(lambda day: day not in dates))
    calendar = {"zone": draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin"])), "weekly": weekly, "extra": extra}
    return {"calendars": {"one": calendar | {"holidays": [{"date": str(shut), "name": "休"}]}}}


def test_the_form_is_written_back_as_it_was() -> None:
    assert body_of(form_of(SHOP)) == SHOP
    (shop, hotline) = form_of(SHOP)["calendars"]
    assert shop["week"][5:] == [["10:00-16:00"], []]
    assert shop["dates"][1] == {"from": "2026-10-01", "to": "2026-10-07", "name": "国庆节", "hours": []}
    assert hotline["week"] == [["22:00-06:00"]] * 7


@settings(max_examples=60, deadline=None)
@given(bodies())
def test_whatever_the_hours_are_the_form_keeps_them(body: dict[str, Any]) -> None:
    assert parse_hours(body_of(form_of(body))) == parse_hours(body)


def test_midnight_may_be_written_either_way() -> None:
    late = {"calendars": {"a": {"zone": "Asia/Shanghai", "weekly": {"mon": ["18:00-24:00"]}}}}
    same = {"calendars": {"a": {"zone": "Asia/Shanghai", "weekly": {"mon": ["18:00-00:00"]}}}}
    assert parse_hours(late) == parse_hours(same)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda form: form["calendars"][0].update(zone="Mars/Olympus"), "zone"),
        (lambda form: form["calendars"][0]["week"][0].append("11:00-12:30"), "overlap"),
        (lambda form: form["calendars"][0]["week"].__setitem__(0, ["09:00"]), "span"),
        (lambda form: form["calendars"][0]["dates"].append({**form["calendars"][0]["dates"][0]}), "twice"),
        (lambda form: form["calendars"][0]["dates"][0].update({"from": "soon"}), "date"),
        (lambda form: form["calendars"][0]["dates"][0].update({"to": "2026-09-01"}), "range"),
        (lambda form: form["calendars"][1].update(name=" shop "), "name"),
        (lambda form: form.update(default="gone"), "which"),
        (lambda form: form.pop("skills"), "other"),
        (lambda form: form["calendars"].clear(), "no_calendar"),
    ],
)
def test_a_mistake_in_the_form_is_named(change: Any, key: str) -> None:
    form = form_of(SHOP)
    change(form)
    with pytest.raises(HoursError) as refused:
        parse_hours(body_of(form))
    assert refused.value.fields["key"] == key


def test_how_each_calendar_stands_now() -> None:
    holiday = 1790827200.0  # 2026-10-01 12:00 in Shanghai, midnight in New York
    shop, hotline = states(parse_hours(SHOP), holiday)
    assert (shop["open"], shop["holiday"], shop["next"]) == (False, "国庆节", 1791421200.0)
    assert (hotline["open"], hotline["next"]) == (True, None)


def test_time_zones_are_places() -> None:
    found = zones()
    assert {"Asia/Shanghai", "Europe/Berlin"} <= set(found)
    assert "Etc/GMT+1" not in found
