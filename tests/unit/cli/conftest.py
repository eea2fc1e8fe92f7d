"""An empty installation in a temporary directory, and the command line run against it in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import Baton, Outcome

from handoff.cli.main import main


@pytest.fixture
def clean_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`BATON_*` of the developer's shell must not reach the tests; the data directory is a new one."""
    for name in [name for name in os.environ if name.startswith("BATON_")]:
        monkeypatch.delenv(name)
    data = tmp_path / "data"
    monkeypatch.setenv("BATON_DATA_DIR", str(data))
    monkeypatch.setenv("BATON_PORT", "1")  # nobody listens there, so no running gateway is asked
    monkeypatch.setenv("BATON_WECHAT_DEMO_PORT", "0")
    monkeypatch.chdir(Path.cwd())  # commands go to the project's root; this brings the tests back
    yield data


@pytest.fixture
def baton(clean_env: Path, capsys: pytest.CaptureFixture[str]) -> Baton:
    def run(*words: str) -> Outcome:
        with pytest.raises(SystemExit) as stop:
            main(words)
        shown = capsys.readouterr()
        return Outcome(int(stop.value.code or 0), shown.out, shown.err)

    return run
