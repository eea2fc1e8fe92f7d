"""Is anybody there? Hours and presence together, as one honest answer for customers and notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from handoff.hours.calendar import Calendar
from handoff.store import team
from handoff.store.business_hours import current_hours
from handoff.store.clock import read_clock

ServiceState = Literal["open", "nobody", "closed"]


@dataclass(frozen=True)
class Service:
    """``open`` with agents online, ``nobody`` online within the hours, or ``closed``.

    ``next_open`` is epoch seconds, None when it is open or no opening is planned; ``zone`` is the calendar's.
    """

    state: ServiceState
    online: int
    next_open: float | None
    zone: str
    holiday: str

    @property
    def leave_message(self) -> bool:
        """Whether the customer should be shown the form for a message at once."""
        return self.state != "open"


def look(conn: Connection, skill: str | None = None) -> Service:
    """How things stand now for a customer who needs ``skill``."""
    online = sum(member.online for member in team.members(conn))
    return service_of(current_hours(conn).of(skill), read_clock(conn), online)


def service_of(calendar: Calendar, clock: float, online: int) -> Service:
    """How things stand at ``clock`` with so many people online."""
    if calendar.is_open(clock):
        return Service("open" if online else "nobody", online, None, calendar.zone.key, "")
    # Somebody may work although the hours are over; that is no promise, so customers are told the hours.
    return Service("closed", online, calendar.next_opening(clock), calendar.zone.key, calendar.holiday(clock))
