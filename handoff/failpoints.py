"""Places where a test may make the process die, wait or fail; nothing happens unless FAILPOINT is set.

``FAILPOINT=commit.before@7:kill`` kills at the seventh time that this place is reached. The places are
``commit.before`` and ``commit.after`` in `Database`, ``call.before`` and ``call.after`` around calls to Rasa and
to customers' platforms. ``FAILPOINT_COUNT`` names a file to which each place reached is appended.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

SLEEP = 3600.0


class FailpointReached(RuntimeError):
    """Raised where ``FAILPOINT`` says ``raise``."""


@dataclass
class Failpoints:
    """What to do at the ``at``-th visit of the place ``name``; ``action`` is kill, sleep or raise."""

    name: str
    at: int
    action: str
    count_in: str = ""
    _visits: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def visit(self, name: str) -> None:
        with self._lock:
            self._visits[name] += 1
            visits = self._visits[name]
        if self.count_in:
            with open(self.count_in, "a", encoding="ascii") as file:
                file.write(f"{name}\n")
        if (name, visits) == (self.name, self.at):
            self._act()

    def _act(self) -> None:
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(SLEEP)  # a signal may take a moment to arrive
        elif self.action == "sleep":
            time.sleep(SLEEP)
        else:
            raise FailpointReached(f"{self.name}@{self.at}")


def from_environment() -> Failpoints | None:
    """As the variables say; None without them. ValueError for anything but ``name@n:kill|sleep|raise``."""
    wanted, count_in = os.environ.get("FAILPOINT", ""), os.environ.get("FAILPOINT_COUNT", "")
    if not wanted and not count_in:
        return None
    place, _, action = (wanted or "none:raise").partition(":")
    name, _, at = place.partition("@")
    if action not in ("kill", "sleep", "raise"):
        raise ValueError(f"FAILPOINT={wanted}: write it as name@n:kill, name@n:sleep or name@n:raise")
    return Failpoints(name, int(at or 1), action, count_in)


_active = from_environment()


def reached(name: str) -> None:
    """A place where the process may be made to fail."""
    if _active is not None:
        _active.visit(name)


def activate() -> None:
    """Read the variables again: a forked process has others than the one that imported this."""
    global _active
    _active = from_environment()
