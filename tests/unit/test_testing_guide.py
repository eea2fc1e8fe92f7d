"""The guide to the tests names tests that exist, and all twenty-five scenarios and ten mistakes."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def test_every_test_the_guide_names_exists() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    exist = set(re.findall(r"def (\w+)\(", written))
    named = set(re.findall(r"`(test_\w+)`", GUIDE))
    assert len(named) > 30
    assert named - exist == set()


def test_every_scenario_and_every_mistake_has_a_line() -> None:
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", GUIDE, re.MULTILINE)] == list(range(1, 26))
    drills = (ROOT / "tests" / "storm" / "drills.py").read_text(encoding="utf-8")
    catches = re.findall(r'^    "\w+": \((\w+), ', drills, re.MULTILINE)
    assert len(catches) == 10
    assert all(f"`{drill}`" in GUIDE for drill in catches)
