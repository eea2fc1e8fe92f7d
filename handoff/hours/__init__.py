"""When people answer: calendars with time zones, weekly hours, holidays and worked weekends, one per skill."""

from handoff.hours.calendar import Calendar, Day, Hours, Span
from handoff.hours.parse import ALWAYS_OPEN, HoursError, parse_hours

__all__ = ["ALWAYS_OPEN", "Calendar", "Day", "Hours", "HoursError", "Span", "parse_hours"]
