"""Shows the findings of `baton doctor`: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from handoff.cli.doctor.check import Finding, Status

_STYLES = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red"}


def show_table(console: Console, findings: Sequence[Finding]) -> None:
    table = Table(show_lines=False)
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("found", overflow="fold")
    table.add_column("how to mend it", overflow="fold")
    for item in findings:
        state = Text(item.status.value, style=_STYLES[item.status])
        table.add_row(Text(item.name), state, Text(item.detail), Text(item.remedy))
    # A pipe has no width; 80 columns would fold the paths.
    console.print(table, soft_wrap=False, width=None if console.is_terminal else 140)
    console.print(summary(findings))


def summary(findings: Sequence[Finding]) -> str:
    """One sentence with the counts."""
    counts = {status: sum(item.status is status for item in findings) for status in Status}
    if counts[Status.FAIL]:
        return f"{counts[Status.FAIL]} of {len(findings)} checks failed, {counts[Status.WARN]} with a warning."
    if counts[Status.WARN]:
        return f"Nothing failed; {counts[Status.WARN]} of {len(findings)} checks have a warning."
    return f"All {len(findings)} checks are in order."


def as_json(findings: Sequence[Finding]) -> str:
    """An array of objects with the fields of `Finding`."""
    return json.dumps([asdict(item) for item in findings], ensure_ascii=False, indent=1)
