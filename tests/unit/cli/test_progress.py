"""What the operator sees while processes start, die and stop, and when all is ready."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from handoff.cli.supervisor.announce import announce
from handoff.cli.supervisor.first_admin import FirstLogin
from handoff.cli.supervisor.output import Output
from handoff.cli.supervisor.progress import LineReporter, LiveReporter, ending
from handoff.cli.supervisor.services import Plan
from handoff.cli.supervisor.spec import ServiceSpec
from handoff.settings import load_settings

RASA = ServiceSpec("rasa", ("/x",), {}, Path(), "http://x/", "127.0.0.1", 5005, "BATON_RASA_URL", "loading [it]")
LOGIN = FirstLogin("admin", "abcde-fghij", Path("var/first-login.txt"))


def live(tmp_path: Path) -> tuple[LiveReporter, Output, io.StringIO]:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=160, highlight=False)
    output = Output(console, tmp_path, ["rasa"], as_json=False)
    return LiveReporter(console, [RASA], output), output, shown


def test_the_live_display_names_step_and_readiness_and_gives_the_terminal_back(tmp_path: Path) -> None:
    reporter, output, shown = live(tmp_path)
    reporter.starting(RASA, 7)
    assert not output.on_terminal
    reporter.ready(RASA, 18.04)
    reporter.finish()
    output.close()
    assert "loading [it]" in shown.getvalue() and "is ready" in shown.getvalue()
    assert output.on_terminal


def test_a_death_during_the_start_shows_what_the_process_said(tmp_path: Path) -> None:
    reporter, output, shown = live(tmp_path)
    reporter.died(RASA, -9, 2.0, ["the [last] words"])
    reporter.stopping(RASA)
    output.close()
    assert "ended with signal 9; starts again in 2 s" in shown.getvalue()
    assert "the [last] words" in shown.getvalue()
    assert output.on_terminal


def test_events_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = LineReporter(Console(file=io.StringIO()), as_json=True)
    reporter.starting(RASA, 7)
    reporter.ready(RASA, 18.04)
    reporter.died(RASA, 5, 1.0, [])
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["service_starting", "service_ready", "service_died"]
    assert events[0]["pid"] == 7 and events[1]["seconds"] == 18.0 and events[2]["code"] == 5


@pytest.mark.parametrize(("code", "words"), [(0, "code 0"), (78, "code 78"), (-15, "signal 15")])
def test_ending_in_words(code: int, words: str) -> None:
    assert ending(code) == words


def test_the_announcement_has_every_address_and_the_first_login(clean_env: Path) -> None:
    shown = io.StringIO()
    settings = load_settings().model_copy(update={"port": 8080})
    plan = Plan((RASA,), ("actions at http://far:5055",))
    announce(Console(file=shown, width=160), settings, plan, LOGIN, as_json=False)
    for word in (
        "http://127.0.0.1:8080/demo/",
        "/console",
        "/openapi.json",
        "http://far:5055",
        LOGIN.password,
        "admin",
    ):
        assert word in shown.getvalue()


def test_the_announcement_as_json_names_the_file_and_not_the_password(
    clean_env: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    announce(Console(file=io.StringIO()), load_settings(), Plan((replace(RASA),), ()), LOGIN, as_json=True)
    said = capsys.readouterr().out
    assert json.loads(said)["first_login"] == "var/first-login.txt"
    assert LOGIN.password not in said
