"""What a handoff found out comes back with the customer: once, only known slots, and nonsense does no harm."""

from __future__ import annotations

from typing import Any

import pytest

from actions.turn import _carried


@pytest.mark.parametrize(
    ("metadata", "taken"),
    [
        ({}, {}),
        ({"carry": None}, {}),
        ({"carry": "nonsense"}, {}),
        ({"carry": {"slots": None}}, {}),
        (
            {"carry": {"slots": {"order_number": "QH2026110001", "mood": {"anger": 1.0}}}},
            {"order_number": "QH2026110001"},
        ),
        ({"carry": {"slots": {"order_number": None, "ticket": "T1"}, "summary": "已补发"}}, {"ticket": "T1"}),
    ],
)
def test_only_what_the_bot_would_ask_for_again(metadata: dict[str, Any], taken: dict[str, Any]) -> None:
    assert _carried(metadata) == taken
