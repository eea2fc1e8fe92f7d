"""Reads the operator's hours (YAML or JSON data) and names every mistake with its place and its remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handoff.errors import InvalidRequest
from handoff.hours.calendar import DAY_MINUTES, Calendar, Day, Hours, Span

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_LONGEST_RANGE = 366

ALWAYS_OPEN: dict[str, Any] = {
    "default": "always",
    "calendars": {"always": {"zone": "Asia/Shanghai", "weekly": {"mon-sun": ["00:00-24:00"]}}},
}


class HoursError(InvalidRequest):
    """The business hours cannot be used; ``key`` and ``value`` let a page say in its own language what is wrong."""

    code = "bad_hours"

    def __init__(self, place: str, problem: str, key: str = "other", value: object = "") -> None:
        super().__init__(
            f"{place}: {problem}",
            remedy="Correct it; docs/operating.md shows an example.",
            place=place,
            problem=problem,
            key=key,
            value=str(value),
        )


def parse_hours(data: Any) -> Hours:
    """Hours from parsed YAML or JSON; `HoursError` names the first mistake and where it is."""
    top = _mapping(data, "hours", {"default", "calendars", "skills"})
    raw = _mapping(top.get("calendars"), "calendars", None)
    if not raw:
        raise HoursError("calendars", "there must be at least one calendar", "no_calendar")
    calendars = {name: _calendar(str(name), body) for name, body in raw.items()}
    default = top.get("default", next(iter(calendars)))
    skills = {str(k): v for k, v in _mapping(top.get("skills") or {}, "skills", None).items()}
    for place, name in (("default", default), *((f"skills.{skill}", value) for skill, value in skills.items())):
        if name not in calendars:
            raise HoursError(
                place, f"there is no calendar {name!r}; known are {', '.join(map(str, calendars))}", "which", name
            )
    return Hours({str(k): v for k, v in calendars.items()}, str(default), {k: str(v) for k, v in skills.items()})


def _calendar(name: str, body: Any) -> Calendar:
    place = f"calendars.{name}"
    fields = _mapping(body, place, {"zone", "weekly", "holidays", "extra"})
    weekly: list[tuple[Span, ...]] = [()] * 7
    for key, spans in _mapping(fields.get("weekly"), f"{place}.weekly", None).items():
        for number in _weekdays(key, f"{place}.weekly"):
            if weekly[number]:
                raise HoursError(
                    f"{place}.weekly.{key}", f"{WEEKDAYS[number]} is given twice", "twice", WEEKDAYS[number]
                )
            weekly[number] = _spans(spans, f"{place}.weekly.{key}")
    days: dict[date, Day] = {}
    for index, item in enumerate(_sequence(fields.get("holidays") or [], f"{place}.holidays")):
        _add_days(days, item, f"{place}.holidays[{index}]", hours=False)
    for index, item in enumerate(_sequence(fields.get("extra") or [], f"{place}.extra")):
        _add_days(days, item, f"{place}.extra[{index}]", hours=True)
    return Calendar(name, _zone(fields.get("zone"), place), tuple(weekly), days)


def _add_days(days: dict[date, Day], item: Any, place: str, *, hours: bool) -> None:
    fields = _mapping(item, place, {"date", "from", "to", "name", *(("hours",) if hours else ())})
    first = _date(fields.get("date", fields.get("from")), f"{place}.date")
    last = _date(fields.get("to", first), f"{place}.to")
    if not timedelta(0) <= last - first <= timedelta(days=_LONGEST_RANGE):
        raise HoursError(f"{place}.to", "must lie 0 to 366 days after the first date", "range", last)
    spans = _spans(fields.get("hours"), f"{place}.hours") if hours else ()
    for offset in range((last - first).days + 1):
        current = first + timedelta(days=offset)
        if current in days:
            raise HoursError(place, f"{current.isoformat()} is given twice", "twice", current)
        days[current] = Day(spans, str(fields.get("name", "")))


def _weekdays(key: Any, place: str) -> list[int]:
    first, _, last = str(key).lower().partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        raise HoursError(place, f"{key!r} is no weekday; write mon, tue … sun, or mon-fri", "weekday", key)
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if end < start:
        raise HoursError(place, f"{key!r} runs backwards", "weekday", key)
    return list(range(start, end + 1))


def _spans(value: Any, place: str) -> tuple[Span, ...]:
    spans = sorted(_span(item, place) for item in _sequence(value, place))
    for before, after in pairwise(spans):
        if after.start < before.end:
            raise HoursError(place, "two spans overlap", "overlap")
    return tuple(spans)


def _span(value: Any, place: str) -> Span:
    start_text, dash, end_text = str(value).partition("-")
    start, end = _minutes(start_text, place), _minutes(end_text, place)
    if not dash or start is None or end is None or start >= DAY_MINUTES or start == end:
        raise HoursError(place, f"{value!r} is no span; write 09:00-18:00, or 22:00-02:00 past midnight", "span", value)
    return Span(start, end if end > start else end + DAY_MINUTES)


def _minutes(value: str, place: str) -> int | None:
    found = _TIME.fullmatch(value.strip())
    if not found:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if int(found[2]) < 60 and minutes <= DAY_MINUTES else None


def _date(value: Any, place: str) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise HoursError(place, f"{value!r} is no date; write 2026-10-01", "date", value) from None


def _zone(value: Any, place: str) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise HoursError(f"{place}.zone", f"{value!r} is no time zone; write Asia/Shanghai", "zone", value) from None


def _mapping(value: Any, place: str, known: set[str] | None) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise HoursError(place, "must be a list of names and values")
    unknown = [str(key) for key in value if known is not None and key not in known]
    if unknown:
        raise HoursError(f"{place}.{unknown[0]}", f"is not known; known are {', '.join(sorted(known or ()))}")
    return value


def _sequence(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise HoursError(place, "must be a list")
    return value
