"""Moments on the command line: a date, a date with a time, or so long ago (`7d`, `12h`, `30m`)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from handoff.cli.errors import CliError

_AGO = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class BadMoment(CliError):
    """This is no moment."""

    code = "bad_moment"
    exit_code = 2
    remedy = "Write 2026-11-22, 2026-11-22T08:30, 2026-11-22T08:30+08:00, or so long ago as 7d, 12h, 30m."


def moment(text: str, now: datetime | None = None) -> float:
    """Epoch seconds; a time without an offset is of this machine's zone. `BadMoment` for anything else."""
    now = now or datetime.now(UTC)
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return (now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})).timestamp()
        return datetime.fromisoformat(text.strip()).astimezone().timestamp()
    except (ValueError, OverflowError):
        raise BadMoment(f"{text!r} is no date or time.") from None


def shown(at: float | None) -> str:
    """A moment for people, in this machine's zone; empty without one."""
    return "" if at is None else datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")
