"""Prints the verdict report for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

COLUMNS = ("handoffs", "judged", "right", "too_early", "too_late", "precision", "precision_from", "recall", "cost")
GROUPS = ("by_reason", "by_rule", "by_lang", "by_channel")


def show_verdicts(found: Mapping[str, Any], console: Console) -> None:
    """The figures by group, then the proposed settings."""
    prices = found["prices"]
    table = Table(title=f"verdicts (too early costs {prices['early']:g}, too late {prices['late']:g})")
    table.add_column("")
    for name in COLUMNS:
        table.add_column(name.replace("_", " "), justify="right")
    _row(table, "all", found["overall"])
    for group in GROUPS:
        table.add_section()
        for name, figures in found[group].items():
            _row(table, f"{group.removeprefix('by_')} {name}", figures)
    console.print(table)
    if not found["proposals"]:
        console.print("No proposal: too few verdicts, or no single threshold would have cost less.")
    for row in found["proposals"]:
        console.print(
            escape(
                f"{row['setting']}: {row['now']:g} -> {row['proposed']:g}   cost {row['cost_now']:g} -> "
                f"{row['cost_then']:g} on {row['judged']} verdicts, {row['talks']} talks"
            )
        )
    if found["proposals"]:
        console.print("Nothing was changed. Edit the policy file, then: baton policy replay --cases FILE --policy FILE")


def _row(table: Table, name: str, figures: Mapping[str, Any]) -> None:
    table.add_row(escape(name), *("–" if figures[key] is None else f"{figures[key]:g}" for key in COLUMNS))
