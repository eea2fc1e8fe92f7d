"""The top-level handler: no traceback for a person, an exact exit code, the details in a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from handoff.cli.errors import AlreadyRunning, PortInUse
from handoff.cli.guard import run_guarded
from handoff.errors import ConfigError, DataDirBusy, UnknownAgent
from knowledge_base.errors import FaqError


def guarded(action: Callable[[], object], log_dir: Path, debug: bool = False) -> tuple[int, str]:
    shown = io.StringIO()
    console = Console(file=shown, width=200)
    code = run_guarded(action, console=console, log_dir=log_dir, debug=debug)
    return code, shown.getvalue()


def raising(error: BaseException) -> Callable[[], object]:
    def action() -> None:
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("BATON_PORT='x': not a number", remedy="Correct it."), 78),
        (DataDirBusy("held", remedy="Correct it."), 75),
        (PortInUse("Port 8080 is held", remedy="Correct it."), 78),
        (AlreadyRunning("pid 7", remedy="Correct it."), 75),
        (UnknownAgent("no account 'x'", remedy="Correct it."), 1),
        (FaqError("faq/a.md", 3, "no such key", "Correct it."), 1),
    ],
)
def test_named_errors_show_message_and_remedy(tmp_path: Path, error: Exception, code: int) -> None:
    found, shown = guarded(raising(error), tmp_path)
    assert found == code
    assert "Error: " in shown and "What to do: Correct it." in shown
    assert "Traceback" not in shown
    assert list(tmp_path.iterdir()) == []


def test_unknown_errors_are_short_and_kept_whole_in_the_log(tmp_path: Path) -> None:
    code, shown = guarded(raising(KeyError("surprise")), tmp_path / "logs")
    assert code == 70
    assert "KeyError" in shown and "Traceback" not in shown
    log = tmp_path / "logs" / "cli-errors.log"
    assert str(log) in shown
    assert "Traceback" in log.read_text() and "surprise" in log.read_text()


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    code, shown = guarded(raising(KeyError("surprise")), tmp_path, debug=True)
    assert code == 70 and "Traceback" in shown


def test_an_unwritable_log_does_not_hide_the_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, shown = guarded(raising(ValueError("odd")), tmp_path / "file" / "logs")
    assert code == 70 and "ValueError: odd" in shown and "cli-errors" not in shown


def test_brackets_in_a_message_are_not_taken_for_markup(tmp_path: Path) -> None:
    _, shown = guarded(raising(ConfigError("[red]x[/nothing]")), tmp_path)
    assert "[red]x[/nothing]" in shown


@pytest.mark.parametrize(
    ("stop", "code"),
    [(SystemExit(), 0), (SystemExit(3), 3), (SystemExit("no"), 1), (KeyboardInterrupt(), 130)],
)
def test_exits_pass_through(tmp_path: Path, stop: BaseException, code: int) -> None:
    assert guarded(raising(stop), tmp_path)[0] == code
