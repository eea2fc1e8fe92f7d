"""Lines of the services: a file each without escapes, and one JSON object per line on request."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from handoff.cli.supervisor.output import Output, as_event, plain


def test_files_hold_plain_text_and_the_terminal_a_prefix(tmp_path: Path) -> None:
    shown = io.StringIO()
    output = Output(Console(file=shown, width=200), tmp_path, ["rasa", "gateway"], as_json=False)
    output.line("rasa", "\x1b[31mred\x1b[0m 你好")
    output.line("gateway", "[bold]not markup[/bold]")
    output.close()
    assert (tmp_path / "rasa.log").read_text("utf-8") == "red 你好\n"
    assert shown.getvalue().splitlines() == ["rasa    │ red 你好", "gateway │ [bold]not markup[/bold]"]


def test_lines_stay_off_the_terminal_while_it_shows_progress(tmp_path: Path) -> None:
    shown = io.StringIO()
    output = Output(Console(file=shown), tmp_path, ["rasa"], as_json=False)
    output.on_terminal = False
    output.line("rasa", "loading")
    output.close()
    assert shown.getvalue() == ""
    assert (tmp_path / "rasa.log").read_text() == "loading\n"


@pytest.mark.parametrize("line", ["plain", '"a string"', "[1, 2]", "{broken", "", "\x1b[2J\x07bell"])
def test_any_line_becomes_one_json_object(line: str) -> None:
    event = json.loads(as_event("rasa", line))
    assert event["service"] == "rasa"
    assert event["event"] == plain(line)


def test_an_object_keeps_its_keys() -> None:
    assert json.loads(as_event("gateway", '{"event": "ready", "n": 1}')) == {
        "event": "ready",
        "n": 1,
        "service": "gateway",
    }


def test_json_goes_to_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(Console(file=io.StringIO()), tmp_path, ["rasa"], as_json=True)
    output.line("rasa", "two\u2028lines")
    output.close()
    assert json.loads(capsys.readouterr().out)["event"] == "two\u2028lines"


def test_control_characters_do_not_reach_the_file() -> None:
    assert plain("a\x1b]0;title\x07b\x00c\td") == "a0;titlebc\td"


class Gone(io.StringIO):
    """A terminal or disk that no longer takes anything."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_has_gone_and_a_full_disk_stop_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = Output(Console(file=Gone()), tmp_path / "logs", ["rasa", "gateway"], as_json=False)
    (tmp_path / "logs" / "rasa.log").mkdir()  # opening it for writing fails, as on a full disk
    output.line("rasa", "one")
    output.line("gateway", "two")
    output.close()
    assert (tmp_path / "logs" / "gateway.log").read_text() == "two\n"
    assert "Traceback" not in capsys.readouterr().err
