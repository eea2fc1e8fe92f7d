"""The command line as a person meets it: help, version, and every wrong use answered without a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_support import Baton

import handoff
from handoff.cli.main import split_debug
from handoff.cli.supervisor.lock import run_lock


def test_help_names_every_command(baton: Baton) -> None:
    shown = baton("--help").out
    assert all(name in shown for name in ("run", "doctor", "agent", "version", "--debug"))


def test_version(baton: Baton) -> None:
    outcome = baton("version")
    assert outcome.code == 0
    assert f"Baton {handoff.__version__}" in outcome.out and "rasa-sdk 3.21.1" in outcome.out


@pytest.mark.parametrize("words", [["nonsense"], ["agent", "add"], ["run", "--fast"]])
def test_wrong_use_is_code_two(baton: Baton, words: list[str]) -> None:
    outcome = baton(*words)
    assert outcome.code == 2 and "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("variable", "value"),
    [("BATON_PORT", "hello"), ("BATON_PORT", "70000"), ("BATON_RASA_URL", "ftp://x"), ("BATON_LOG_FORMAT", "xml")],
)
@pytest.mark.parametrize("command", [["run"], ["doctor"], ["agent", "list"]])
def test_a_bad_setting_is_named_with_its_value(
    baton: Baton, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, command: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    outcome = baton(*command)
    assert outcome.code == 78
    assert variable in outcome.err and value in outcome.err and "What to do:" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_second_run_is_refused_before_anything_starts(baton: Baton, clean_env: Path) -> None:
    with run_lock(clean_env):
        outcome = baton("run")
    assert outcome.code == 75
    assert f"pid {os.getpid()}" in outcome.err


def test_a_run_with_nothing_set_up_lists_all_that_is_missing(
    baton: Baton, monkeypatch: pytest.MonkeyPatch, clean_env: Path
) -> None:
    monkeypatch.setenv("BATON_RASA_PYTHON", str(clean_env / "no-python"))
    outcome = baton("run")
    assert outcome.code == 78
    for what in ("BATON_RASA_PYTHON", "dialogue model", "encoder", "FAQ index", "make setup", "baton doctor"):
        assert what in outcome.err
    assert not (clean_env / "run.json").exists()


def test_a_data_directory_that_is_a_file_is_explained(baton: Baton, clean_env: Path) -> None:
    clean_env.write_text("")
    outcome = baton("run")
    assert outcome.code == 78 and "BATON_DATA_DIR" in outcome.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "--debug"], (["run"], True)),
        (["--debug", "run"], (["run"], True)),
        (["run"], (["run"], False)),
        (["agent", "add", "--", "--debug"], (["agent", "add", "--", "--debug"], False)),
    ],
)
def test_debug_is_taken_from_anywhere(words: list[str], expected: tuple[list[str], bool]) -> None:
    assert split_debug(words) == expected


def test_debug_shows_where_an_error_came_from(baton: Baton, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_PORT", "hello")
    assert "Traceback" in baton("run", "--debug").err
