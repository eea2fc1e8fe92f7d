"""Commands of other packages: mounted by name, imported only when used, explained when they fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from handoff.cli.errors import CommandUnavailable
from handoff.cli.plugins import GROUP, lazy_group

MODULES = {
    "plugin_good": "import typer\napp = typer.Typer()\n@app.callback()\ndef top(): ...\n"
    "@app.command()\ndef hello(name: str): typer.echo('hello ' + name)\n",
    "plugin_broken": "import a_package_that_is_not_there\n",
    "plugin_odd": "app = 7\n",
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[typer.Typer]:
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint(name.removeprefix("plugin_"), f"{name}:app", GROUP) for name in MODULES]
    root = typer.Typer(cls=lazy_group(lambda: points))

    @root.callback()
    def top() -> None: ...

    @root.command()
    def own() -> None:
        typer.echo("own")

    yield root
    for name in MODULES:
        sys.modules.pop(name, None)


def test_help_lists_all_and_imports_none(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.output for name in ("own", "good", "broken", "odd"))
    assert not any(name in sys.modules for name in MODULES)


def test_a_command_of_a_plugin_runs(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["good", "hello", "接力"]).output == "hello 接力\n"


def test_help_of_a_plugin_is_its_own(app: typer.Typer) -> None:
    assert "hello" in CliRunner().invoke(app, ["good", "--help"]).output


def test_a_broken_plugin_harms_no_other_command(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["own"]).output == "own\n"


@pytest.mark.parametrize(
    ("command", "reason"), [("broken", "a_package_that_is_not_there"), ("odd", "not a Typer application")]
)
def test_a_plugin_that_cannot_be_loaded_says_why(app: typer.Typer, command: str, reason: str) -> None:
    error = CliRunner().invoke(app, [command, "x"]).exception
    assert isinstance(error, CommandUnavailable)
    assert reason in error.message and f"`baton {command}`" in error.message
    assert error.remedy


def test_an_unknown_command_is_a_usage_error(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["nonsense"])
    assert result.exit_code == 2 and "No such command" in result.output
