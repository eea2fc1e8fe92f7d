"""Business hours as a form has them, and back to what an operator would write: the same hours either way; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import available_timezones

from handoff.hours.calendar import DAY_MINUTES, Calendar, Day, Hours, Span
from handoff.hours.parse import WEEKDAYS, HoursError, parse_hours

Form = dict[str, Any]


def form_of(body: Any) -> Form:
    """What `parse_hours` takes, spread out: seven days for each calendar, and one line for each stretch of dates.

    ``{"default", "calendars": [{"name", "zone", "week": [[span]], "dates": [{"from", "to", "name", "hours"}]}],
    "skills": [{"skill", "calendar"}]}``; a span is ``09:00-18:00``, a date without hours is a holiday.
    """
    hours = parse_hours(body)
    return {
        "default": hours.default,
        "calendars": [_calendar(one) for one in hours.calendars.values()],
        "skills": [{"skill": skill, "calendar": name} for skill, name in hours.by_skill.items()],
    }


def body_of(form: Any) -> dict[str, Any]:
    """What an operator would write for the form; `HoursError` when it is no form. The hours are not checked yet."""
    try:
        calendars = form["calendars"]
        names = [str(one["name"]).strip() for one in calendars]
        body: dict[str, Any] = {
            "default": str(form["default"]),
            "calendars": {name: _body(one) for name, one in zip(names, calendars, strict=True)},
        }
        skills = {str(one["skill"]).strip(): str(one["calendar"]) for one in form["skills"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise HoursError("form", f"is not complete: {error}") from error
    for name in names:
        if not name or names.count(name) > 1:
            raise HoursError("calendars", f"{name!r} cannot be the name of a calendar", "name", name)
    return body | ({"skills": skills} if (skills := {k: v for k, v in skills.items() if k}) else {})


def states(hours: Hours, at: float) -> list[dict[str, Any]]:
    """How each calendar stands at this instant: open, when it opens next (epoch seconds), which holiday it is."""
    return [
        {
            "name": name,
            "zone": one.zone.key,
            "open": one.is_open(at),
            "next": None if one.is_open(at) else one.next_opening(at),
            "holiday": one.holiday(at),
        }
        for name, one in hours.calendars.items()
    ]


def zones() -> list[str]:
    """Names of time zones to choose from, those of places first in their continents' order."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))


def _calendar(calendar: Calendar) -> Form:
    return {
        "name": calendar.name,
        "zone": calendar.zone.key,
        "week": [[_text(span) for span in sorted(spans)] for spans in calendar.weekly],
        "dates": _dates(calendar.days),
    }


def _dates(days: Mapping[date, Day]) -> list[Form]:
    """Neighbouring dates that are alike become one line."""
    lines: list[Form] = []
    for day, special in sorted(days.items()):
        hours = [_text(span) for span in special.spans]
        last = lines[-1] if lines else None
        follows = last is not None and date.fromisoformat(last["to"]) + timedelta(days=1) == day
        if last is not None and follows and (last["name"], last["hours"]) == (special.name, hours):
            last["to"] = day.isoformat()
        else:
            lines.append({"from": day.isoformat(), "to": day.isoformat(), "name": special.name, "hours": hours})
    return lines


def _text(span: Span) -> str:
    end = span.end if span.end <= DAY_MINUTES else span.end - DAY_MINUTES
    return f"{span.start // 60:02}:{span.start % 60:02}-{end // 60:02}:{end % 60:02}"


def _body(calendar: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"zone": str(calendar["zone"]).strip(), "weekly": _weekly(calendar["week"])}
    lines = [{**one, "hours": list(one["hours"])} for one in calendar["dates"]]
    if holidays := [_line(one) for one in lines if not one["hours"]]:
        body["holidays"] = holidays
    if extra := [_line(one) | {"hours": one["hours"]} for one in lines if one["hours"]]:
        body["extra"] = extra
    return body


def _weekly(week: list[list[str]]) -> dict[str, list[str]]:
    """Neighbouring days with the same hours share a line, as in mon-fri."""
    weekly: dict[str, list[str]] = {}
    for spans, group in groupby(zip(WEEKDAYS, week, strict=True), key=lambda pair: pair[1]):
        names = [name for name, _ in group]
        if spans:
            weekly[names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"] = list(spans)
    return weekly


def _line(one: Mapping[str, Any]) -> dict[str, Any]:
    when = {"date": one["from"]} if one["from"] == one["to"] else {"from": one["from"], "to": one["to"]}
    return when | ({"name": str(one["name"]).strip()} if str(one["name"]).strip() else {})
