"""`baton hours` on a real database: checked, set, shown, and a mistake that changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_support import Baton

GOOD = """
calendars:
  shop:
    zone: Asia/Shanghai
    weekly: {mon-fri: ["09:00-18:00"]}
    holidays:
      - {from: 2026-10-01, to: 2026-10-07, name: 国庆节}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hours.yml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_set_and_shown_again(baton: Baton, file: Path) -> None:
    assert "always open" in baton("hours", "show").out
    assert baton("hours", "check", str(file)).code == 0
    outcome = baton("hours", "set", str(file))
    assert (outcome.code, outcome.out) == (0, "Version 1 of the business hours is in force.\n")
    shown = json.loads(baton("hours", "show", "--json").out)
    assert (shown["version"], shown["author"]) == (1, "operator")
    assert shown["body"]["calendars"]["shop"]["holidays"][0]["name"] == "国庆节"
    assert "国庆节" in baton("hours", "show").out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("Asia/Shanghai", "Mars/Base"), "calendars.shop.zone: 'Mars/Base' is no time zone"),
        ("calendars: [", "is no YAML"),
        ("", "hours: must be a list of names and values"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(baton: Baton, file: Path, text: str, said: str) -> None:
    baton("hours", "set", str(file))
    file.write_text(text, encoding="utf-8")
    for command in ("check", "set"):
        outcome = baton("hours", command, str(file))
        assert outcome.code == 1 and said in outcome.err
    assert json.loads(baton("hours", "show", "--json").out)["version"] == 1


def test_a_file_that_is_not_there(baton: Baton, tmp_path: Path) -> None:
    assert "cannot be read" in baton("hours", "check", str(tmp_path / "nothing.yml")).err
