"""Entry point of `baton`: joins the commands and hands every failure to the one top-level handler."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from handoff.cli import agent, hours, identity, ledger
from handoff.cli.backup import backup, restore
from handoff.cli.context import log_dir
from handoff.cli.doctor.command import doctor
from handoff.cli.guard import run_guarded
from handoff.cli.plugins import lazy_group
from handoff.cli.report import report
from handoff.cli.run import run
from handoff.cli.terminal import err
from handoff.cli.version import version
from handoff.cli.wechat_sim import wechat_sim

DEBUG = "--debug"


def build_app() -> typer.Typer:
    """The root application with every command; nothing heavy is imported before a command needs it."""
    app = typer.Typer(
        name="baton",
        cls=lazy_group(),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(root)
    app.command()(version)
    app.command()(run)
    app.command()(doctor)
    app.command()(backup)
    app.command()(restore)
    app.command()(wechat_sim)
    app.command()(report)
    app.add_typer(agent.app)
    app.add_typer(identity.app)
    app.add_typer(ledger.app)
    app.add_typer(hours.app)
    return app


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    words, debug = split_debug(list(sys.argv[1:] if argv is None else argv))
    code = run_guarded(lambda: build_app()(words, prog_name="baton"), console=err(), log_dir=log_dir(), debug=debug)
    sys.exit(code)


def split_debug(words: list[str]) -> tuple[list[str], bool]:
    """Take `--debug` out, wherever it stands before `--`, so that it may end any command."""
    end = words.index("--") if "--" in words else len(words)
    own = [word for word in words[:end] if word != DEBUG]
    return own + words[end:], len(own) < end


def root(
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error.")] = False,
) -> None:
    """Baton (接力): a customer-service chatbot that hands over to people."""


if __name__ == "__main__":
    main()
