"""`baton version`: the version of Baton and of what it stands on."""

from __future__ import annotations

import platform
from importlib import metadata

import handoff
from handoff.cli.terminal import out

_PARTS = ("fastapi", "nicegui", "rasa-sdk", "sentence-transformers", "faiss-cpu", "sqlalchemy")


def version() -> None:
    """Show the versions of Baton and of its main parts."""
    console = out()
    console.print(f"Baton {handoff.__version__} on Python {platform.python_version()}")
    for part in _PARTS:
        console.print(f"  {part} {installed(part) or 'not installed'}", style="dim")


def installed(distribution: str) -> str | None:
    """Version of an installed distribution, None when it is absent."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
