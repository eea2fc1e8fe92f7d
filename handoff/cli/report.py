"""`baton report`: the figures of the console's history on the command line, for programs and for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from handoff.cli.context import settings_at_root
from handoff.cli.terminal import out

if TYPE_CHECKING:
    from handoff.insight.history.report import Line, Report

_FOR_LINES = ("conversations", "contained", "handoffs", "first_response", "resolution", "first_contact", "csat")


def report(
    first: Annotated[str, typer.Option("--from", help="First day, as 2026-11-22; with --to instead of --period.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, included; today when not given.")] = "",
    period: Annotated[str, typer.Option(help="today, 7d or 30d, when no days are given.")] = "7d",
    by: Annotated[str, typer.Option(help="day, channel, skill, category, reason, rule or agent.")] = "day",
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language of the names.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Print how good the service was: every figure with its target and what it was in the period before."""
    # SQLAlchemy is slow to import.
    from handoff.insight.history.report import make_report
    from handoff.insight.history.service import Asked, Categories, scope_of
    from handoff.insight.targets import Targets
    from handoff.store.snapshot import snapshot

    settings, _ = settings_at_root()
    # Without a last day it is today's; a day in the far future is cut to today.
    asked = Asked("custom", first, last or "9000-01-01", by) if first or last else Asked(period, by=by)
    categories = Categories(settings.faq_dir).read() if by == "category" else {}
    with snapshot(settings.database) as conn:
        found = make_report(conn, scope_of(conn, asked, Targets.of(settings), categories), by)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
    else:
        _show(found, lang)


def _show(found: Report, lang: str) -> None:
    from handoff.insight.definitions import definition
    from handoff.insight.history.figures import FIGURES

    console = out()
    width = None if console.is_terminal else 160
    period, ledger = found.period, found.ledger
    console.print(f"{period.first} to {period.last} ({period.zone})", markup=False)
    table = Table("figure", "value", "of", "target", "", "before")
    for figure in FIGURES.values():
        one = found.figure_dict(figure)
        met = {True: "met", False: "MISSED", None: ""}[one["met"]]
        texts = [said(figure.unit, one[part]) for part in ("value", "target", "before")]
        name = definition(figure.key, lang).name
        table.add_row(Text(name), texts[0], f"{one['of']:,.0f}", texts[1], met, texts[2])
    console.print(table, soft_wrap=False, width=width)
    console.print(_lines(found, lang), soft_wrap=False, width=width)
    equation = "{open_before} + {opened} = {ended} + {open_after}".format(**ledger)
    console.print(f"open before + opened = ended + open after: {equation}", markup=False)


def _lines(found: Report, lang: str) -> Table:
    from handoff.insight.definitions import definition
    from handoff.insight.history.figures import FIGURES

    table = Table(found.by, *(definition(key, lang).name for key in _FOR_LINES))
    for line in found.lines:
        table.add_row(Text(line.label or "-"), *(said(FIGURES[key].unit, _value(line, key)) for key in _FOR_LINES))
    return table


def _value(line: Line, key: str) -> float | None:
    return line.numbers[key].value if key in line.numbers else None


def said(unit: str, value: float | None) -> str:
    """A value of a figure for people; empty where there is none."""
    if value is None:
        return ""
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "seconds":
        return f"{value:,.0f} s" if value < 600 else f"{value / 60:,.0f} min"
    return f"{value:,.0f}" if unit == "number" else f"{value:.2f}"
