"""Rules for the whole suite."""

from __future__ import annotations

import pytest

REAL_PROCESSES = ("browser", "rasa")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of real browsers or servers that fails once is tried again; the report names it as a rerun."""
    for item in items:
        if any(item.get_closest_marker(marker) for marker in REAL_PROCESSES):
            item.add_marker(pytest.mark.flaky(reruns=1))
