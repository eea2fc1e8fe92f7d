"""Mounts the commands of other packages (entry points `baton.commands`) without importing them until used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as click_command_of

from handoff.cli.errors import CommandUnavailable

GROUP = "baton.commands"

# Shown by `baton --help`, which must not import a package with a model in it to learn one sentence.
_SHORT_HELP = {
    "faq": "Check, build, search and import FAQ entries.",
    "mood": "Read the mood of a text, measure the mood model.",
    "policy": "Check and try the escalation policy.",
}


class LazyCommand(TyperCommand):
    """Stands in for a sub-app; imports it when the command line reaches it."""

    def __init__(self, entry: EntryPoint) -> None:
        text = _SHORT_HELP.get(entry.name, f"Commands of {entry.module}.")
        super().__init__(entry.name, help=text, short_help=text, add_help_option=False)
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return load(self._entry).make_context(info_name, args, parent=parent, **extra)


def load(entry: EntryPoint) -> Any:
    """Import a sub-app; `CommandUnavailable` says which package failed and why."""
    try:
        app = entry.load()
    except Exception as error:  # a plugin may fail in any way while it is imported
        raise CommandUnavailable(
            f"`baton {entry.name}` cannot be loaded from {entry.value}: {type(error).__name__}: {error}",
            remedy="Run `make setup`, then `baton doctor`; --debug shows where it failed.",
        ) from error
    if not isinstance(app, typer.Typer):
        raise CommandUnavailable(
            f"`baton {entry.name}`: {entry.value} is a {type(app).__name__}, not a Typer application.",
            remedy=f"Point the entry point `{entry.name}` of group {GROUP} at a typer.Typer object.",
        )
    return click_command_of(app)


def lazy_group(find: Callable[[], Iterable[EntryPoint]] | None = None) -> type[TyperGroup]:
    """A Typer group class that adds the entry points which ``find`` returns to its own commands."""
    seek = find or _installed

    class LazyGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            own = super().list_commands(ctx)
            return [*own, *sorted({entry.name for entry in seek()} - set(own))]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            own = super().get_command(ctx, cmd_name)
            if own is not None:
                return own
            return next((LazyCommand(entry) for entry in seek() if entry.name == cmd_name), None)

    return LazyGroup


def _installed() -> Iterable[EntryPoint]:
    return entry_points(group=GROUP)
