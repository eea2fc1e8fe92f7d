"""`baton backup` and `baton restore`: everything worth keeping in one file, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from handoff.cli.context import settings_at_root
from handoff.cli.errors import AlreadyRunning
from handoff.cli.moments import shown
from handoff.cli.supervisor.lock import running_pid
from handoff.cli.terminal import out

AsJson = Annotated[bool, typer.Option("--json", help="Print what is inside as JSON.")]


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not exist.")],
    as_json: AsJson = False,
) -> None:
    """Save database, attachments, tickets and trackers into one file; Baton may run meanwhile."""
    from handoff.backup.write import write_backup  # SQLAlchemy is slow to import

    target = file.absolute()
    settings, _ = settings_at_root()
    manifest = write_backup(settings, target)
    if as_json:
        typer.echo(json.dumps(asdict(manifest), indent=1))
        return
    size = target.stat().st_size / 1e6
    rows, files = sum(manifest.tables.values()), len(manifest.files)
    out().print(f"Saved {rows} rows and {files} files in {target} ({size:.1f} MB), read again and whole.", markup=False)


def restore(
    file: Annotated[Path, typer.Argument(help="File that `baton backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of a database that exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back; refused while Baton runs. Browsers load their conversations anew."""
    from handoff.backup.restore import restore_backup  # SQLAlchemy is slow to import

    source = file.absolute()
    settings, _ = settings_at_root()
    pid = running_pid(settings.data_dir)
    if pid is not None:
        raise AlreadyRunning(f"`baton run` is at work here (pid {pid or 'unknown'}).", remedy="Stop it, then restore.")
    manifest = restore_backup(settings, source, replace=replace)
    if as_json:
        typer.echo(json.dumps(asdict(manifest), indent=1))
        return
    rows = sum(manifest.tables.values())
    out().print(
        f"Restored {rows} rows and {len(manifest.files)} files of {shown(manifest.made_at)}. "
        "Everybody who answers has to sign in again.",
        markup=False,
    )
