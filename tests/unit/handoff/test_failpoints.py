"""Fail points: nothing without the variable, the right visit with it, a bad value refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from handoff import failpoints
from handoff.failpoints import FailpointReached, Failpoints, from_environment


def test_without_the_variables_a_place_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAILPOINT", raising=False)
    monkeypatch.delenv("FAILPOINT_COUNT", raising=False)
    assert from_environment() is None
    failpoints.reached("commit.before")


def test_the_named_visit_fails_and_every_visit_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FAILPOINT", "commit.after@2:raise")
    monkeypatch.setenv("FAILPOINT_COUNT", str(tmp_path / "visits"))
    points = from_environment()
    assert points is not None
    points.visit("commit.after")
    points.visit("commit.before")
    with pytest.raises(FailpointReached, match=r"commit\.after@2"):
        points.visit("commit.after")
    points.visit("commit.after")
    lines = (tmp_path / "visits").read_text().splitlines()
    assert lines == ["commit.after", "commit.before", "commit.after", "commit.after"]


@pytest.mark.parametrize("value", ["commit.before", "commit.before:explode", "commit.before@x:kill"])
def test_a_value_that_means_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FAILPOINT", value)
    with pytest.raises(ValueError):
        from_environment()


def test_kill_is_sigkill() -> None:
    code = "from handoff.failpoints import reached; reached('here'); print('alive')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"FAILPOINT": "here:kill"}, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (-9, b"")


def test_the_parts_may_be_given_in_code() -> None:
    points = Failpoints("here", 1, "raise")
    points.visit("there")
    with pytest.raises(FailpointReached):
        points.visit("here")
