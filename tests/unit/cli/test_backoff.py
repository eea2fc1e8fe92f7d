"""The restart policy: doubling up to a limit, forgotten after a steady run."""

from __future__ import annotations

import pytest

from handoff.cli.supervisor.backoff import Backoff


def delays(uptimes: list[float]) -> list[float]:
    backoff, found = Backoff(), []
    for uptime in uptimes:
        backoff = backoff.died_after(uptime)
        found.append(backoff.delay)
    return found


@pytest.mark.parametrize(
    ("uptimes", "expected"),
    [
        ([0] * 7, [1, 2, 4, 8, 16, 30, 30]),
        ([0, 0, 59.9], [1, 2, 4]),
        ([0, 0, 60, 0], [1, 2, 0, 1]),
        ([3600, 3600], [0, 0]),
    ],
)
def test_delays(uptimes: list[float], expected: list[float]) -> None:
    assert delays(uptimes) == expected


def test_no_wait_before_the_first_death() -> None:
    assert Backoff().delay == 0


def test_very_many_deaths_do_not_overflow() -> None:
    assert Backoff(failures=100_000).delay == 30
