"""One `baton run` per data directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from handoff.cli.errors import AlreadyRunning, NotReadyToRun, exit_code_of
from handoff.cli.supervisor.lock import run_lock, running_pid


def test_a_second_run_is_refused_and_told_the_pid(tmp_path: Path) -> None:
    with run_lock(tmp_path), pytest.raises(AlreadyRunning) as caught, run_lock(tmp_path):
        pytest.fail("both hold the lock")
    assert f"pid {os.getpid()}" in caught.value.message
    assert "BATON_DATA_DIR" in caught.value.remedy
    assert exit_code_of(caught.value) == 75


def test_the_lock_is_free_again_after_the_run(tmp_path: Path) -> None:
    with run_lock(tmp_path):
        assert running_pid(tmp_path) == os.getpid()
    assert running_pid(tmp_path) is None
    with run_lock(tmp_path):
        assert running_pid(tmp_path) == os.getpid()


def test_a_refused_run_leaves_the_first_ones_pid_in_place(tmp_path: Path) -> None:
    with run_lock(tmp_path):
        with pytest.raises(AlreadyRunning), run_lock(tmp_path):
            pytest.fail("both hold the lock")
        assert running_pid(tmp_path) == os.getpid()


def test_nothing_runs_in_a_new_directory(tmp_path: Path) -> None:
    assert running_pid(tmp_path / "absent") is None


def test_a_data_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotReadyToRun, match="cannot be written"), run_lock(tmp_path / "file" / "var"):
        pytest.fail("there is no such directory")
