"""The same world as for the handoff tests, and the `baton` command on its database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from handoff.cli.main import main
from handoff.settings import Settings
from tests.integration.handoff.conftest import (  # fixtures are found by their names here
    database_url,
    migrated_database,
    migrated_postgres,
    settings,
    world,
)

__all__ = ["database_url", "migrated_database", "migrated_postgres", "settings", "world"]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Baton = Callable[..., Outcome]


@pytest.fixture
def baton(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Baton:
    """Runs the command in this process, on the test's database and data directory."""
    monkeypatch.chdir(settings.data_dir)
    monkeypatch.setenv("BATON_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("BATON_DATABASE_URL", settings.database_url)

    def run(*words: str) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return run
