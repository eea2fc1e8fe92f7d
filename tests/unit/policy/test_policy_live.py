"""A changed policy file is taken over; a broken one is refused with its line and the old policy stays."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from actions.policy.config import SHIPPED
from actions.policy.live import PolicyWatch


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yml"
    path.write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def change(path: Path, old: str, new: str, at: int) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    os.utime(path, ns=(at, at))  # two writes may fall into one tick of the clock


def test_nothing_new_without_a_change(policy_file: Path) -> None:
    assert PolicyWatch(policy_file).changed() is None


def test_a_good_change_is_taken_over_once(policy_file: Path) -> None:
    watch = PolicyWatch(policy_file)
    change(policy_file, "sure: 0.93", "sure: 0.97", 1)
    config = watch.changed()
    assert config is not None and config.faq.sure == 0.97
    assert watch.changed() is None


def test_a_broken_change_is_refused_with_its_line_and_a_mended_one_taken(
    policy_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch = PolicyWatch(policy_file)
    change(policy_file, "sure: 0.93", "sure: often", 1)
    with caplog.at_level(logging.ERROR):
        assert watch.changed() is None
    line = next(n for n, text in enumerate(policy_file.read_text("utf-8").splitlines(), 1) if "sure: often" in text)
    assert f"{policy_file}:{line}" in caplog.text and "old policy stays" in caplog.text
    change(policy_file, "sure: often", "sure: 0.91", 2)
    config = watch.changed()
    assert config is not None and config.faq.sure == 0.91


def test_a_file_that_is_gone_keeps_the_old_policy(policy_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    watch = PolicyWatch(policy_file)
    policy_file.unlink()
    with caplog.at_level(logging.ERROR):
        assert watch.changed() is None
    assert str(policy_file) in caplog.text
