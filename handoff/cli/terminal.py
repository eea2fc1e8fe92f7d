"""The consoles of the `baton` command: results go to standard output, everything else to standard error."""

from __future__ import annotations

from rich.console import Console


def out() -> Console:
    """Where a command's result goes. Made when asked, so that a redirected stream is honoured."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """Where progress, warnings and errors go."""
    return Console(stderr=True, highlight=False, soft_wrap=True)
