"""The arithmetic of business hours: is somebody there at this instant, and if not, when next; pure values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Nobody plans further than this; a calendar that stays shut longer says "no next opening".
HORIZON_DAYS = 400
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, order=True)
class Span:
    """Open from ``start`` to ``end``, minutes after local midnight; ``end`` may pass midnight (up to 48 h)."""

    start: int
    end: int


@dataclass(frozen=True)
class Day:
    """A date with hours of its own: none on a holiday, some on a worked weekend. ``name`` is for people."""

    spans: tuple[Span, ...]
    name: str = ""


@dataclass(frozen=True)
class Calendar:
    """Weekly hours (Monday first) in ``zone``, and the dates that differ."""

    name: str
    zone: ZoneInfo
    weekly: tuple[tuple[Span, ...], ...]
    days: Mapping[date, Day] = field(default_factory=dict)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Local opening hours that begin on this date."""
        special = self.days.get(day)
        return special.spans if special is not None else self.weekly[day.weekday()]

    def holiday(self, at: float) -> str:
        """Name of the special day at this instant (epoch seconds); empty on an ordinary one."""
        special = self.days.get(self._local(at).date())
        return special.name if special is not None and not special.spans else ""

    def is_open(self, at: float) -> bool:
        """Whether it is open at this instant (epoch seconds, UTC)."""
        return any(start <= at < end for start, end in self._around(self._local(at).date(), 1))

    def next_opening(self, at: float) -> float | None:
        """The next instant from ``at`` on when it is open: ``at`` itself if it is; None if not within 400 days."""
        if self.is_open(at):
            return at
        starts = (start for start, end in self._around(self._local(at).date(), HORIZON_DAYS) if end > at)
        return next((start for start in starts if start > at), None)

    def last_closing(self, at: float) -> float | None:
        """When it closed before ``at``, within the last two days; None when it is open or was shut all along."""
        if self.is_open(at):
            return None
        return max((end for _, end in self._around(self._local(at).date(), 0) if end <= at), default=None)

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self.zone)

    def _around(self, day: date, days: int) -> Iterator[tuple[float, float]]:
        """Spans as instants, in order of their start, from the day before (it may pass midnight) on."""
        for offset in range(-2, days + 1):
            current = day + timedelta(days=offset)
            for span in sorted(self.spans_on(current)):
                start, end = self._instant(current, span.start), self._instant(current, span.end)
                if start < end:  # a span that a change of clocks swallows whole is no span
                    yield start, end

    def _instant(self, day: date, minutes: int) -> float:
        days, rest = divmod(minutes, DAY_MINUTES)
        local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=self.zone)
        # A wall time the clocks jump over is read with the offset before the jump; one that comes twice, as the first.
        return local.astimezone(UTC).timestamp()


@dataclass(frozen=True)
class Hours:
    """All calendars of the installation and which skill keeps which."""

    calendars: Mapping[str, Calendar]
    default: str
    by_skill: Mapping[str, str] = field(default_factory=dict)

    def of(self, skill: str | None) -> Calendar:
        """The calendar that counts for a handoff of this skill."""
        return self.calendars[self.by_skill.get(skill or "", self.default)]
