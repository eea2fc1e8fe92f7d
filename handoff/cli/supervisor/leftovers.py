"""Ends processes that an earlier `baton run` left behind, where the kernel could not do it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from handoff.cli.supervisor.state import Running, is_alive, read_services, remove_state


def end_leftovers(data_dir: Path, grace: float = 10.0) -> list[str]:
    """SIGTERM, then SIGKILL after ``grace`` seconds; returns the names ended. Call with the run lock held."""
    left = {name: item for name, item in read_services(data_dir).items() if is_alive(item)}
    for item in left.values():
        _signal(item, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(is_alive(item) for item in left.values()) and time.monotonic() < deadline:
        time.sleep(0.1)
    for item in left.values():
        if is_alive(item):
            _signal(item, signal.SIGKILL)
    remove_state(data_dir)
    return sorted(left)


def _signal(item: Running, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(item.pid) == item.pid:
            os.killpg(item.pid, number)
        else:
            os.kill(item.pid, number)
