"""The period a supervisor chose, as instants and as local days of the business calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from handoff.errors import BadPeriod

LONGEST = 366
DAYS = {"today": 1, "7d": 7, "30d": 30}
CUSTOM = "custom"


@dataclass(frozen=True)
class Period:
    """``start`` (included) to ``end`` (excluded), epoch seconds; ``first`` and ``last`` are its local days.

    ``offsets`` says how far (seconds) the zone is ahead of UTC, each until an instant; the last until for ever.
    """

    name: str
    zone: str
    first: date
    last: date
    start: float
    end: float
    offsets: tuple[tuple[float, int], ...]

    @property
    def days(self) -> list[date]:
        """Every local day, first to last."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def before(self) -> Period:
        """As many days before this one, up to the same time of the day: what it is compared with."""
        count, zone = len(self.days), ZoneInfo(self.zone)
        end = datetime.fromtimestamp(self.end, zone).replace(tzinfo=None) - timedelta(days=count)
        first, last = self.first - timedelta(days=count), self.last - timedelta(days=count)
        return replace(_spanning(self.name, zone, first, last), end=end.replace(tzinfo=zone).timestamp())

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        days = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {"name": self.name, "zone": self.zone, "start": self.start, "end": self.end, **days}


def chosen_period(name: str, zone: ZoneInfo, now: float, first: str = "", last: str = "") -> Period:
    """``today``, ``7d``, ``30d`` (today included), or ``custom`` with two dates, the last one included.

    A period that still runs ends now. `BadPeriod` says what is wrong.
    """
    today = datetime.fromtimestamp(now, zone).date()
    if name in DAYS:
        start, end = today - timedelta(days=DAYS[name] - 1), today
    elif name == CUSTOM:
        start, end = _day(first), _day(last)
    else:
        raise BadPeriod(f"There is no period {name!r}.")
    if end < start:
        raise BadPeriod(f"The period ends ({end}) before it begins ({start}).")
    if start > today:
        raise BadPeriod(f"The period begins on {start}, after today.")
    end = min(end, today)
    if (end - start).days + 1 > LONGEST:
        raise BadPeriod(f"The period is longer than {LONGEST} days.")
    found = _spanning(name, zone, start, end)
    return replace(found, end=min(found.end, now))


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadPeriod(f"{text!r} is no date; write 2026-11-22.") from None
    if not 2000 <= found.year <= 9000:
        raise BadPeriod(f"{text} is too far away.")
    return found


def _spanning(name: str, zone: ZoneInfo, first: date, last: date) -> Period:
    start, end = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    return Period(name, zone.key, first, last, start, end, _offsets(zone, first, last))


def _midnight(day: date, zone: ZoneInfo) -> float:
    """The instant at which the local day begins; an hour that the clocks jump over is read as before the jump."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC).timestamp()


def _offsets(zone: ZoneInfo, first: date, last: date) -> tuple[tuple[float, int], ...]:
    found: list[tuple[float, int]] = []
    edges = [_midnight(first + timedelta(days=n), zone) for n in range((last - first).days + 2)]
    for start, end in pairwise(edges):
        before, after = _ahead(zone, start), _ahead(zone, end)
        if before != after:
            found.append((_change(zone, start, end), before))
    return (*found, (float("inf"), _ahead(zone, edges[-1])))


def _change(zone: ZoneInfo, start: float, end: float) -> float:
    """The instant, to the second, at which the clocks change between the two."""
    low, high, before = int(start), int(end), _ahead(zone, start)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _ahead(zone, middle) == before else (low, middle)
    return float(high)


def _ahead(zone: ZoneInfo, at: float) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0
