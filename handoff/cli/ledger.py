"""`baton ledger`: proves that the database holds together and that no handoff is lost."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from handoff.cli.context import settings_at_root
from handoff.cli.errors import EXIT_FAILED
from handoff.cli.moments import moment, shown
from handoff.cli.terminal import out

if TYPE_CHECKING:
    from handoff.store.check import Verdict
    from handoff.store.ledger_report import Line, Report

app = typer.Typer(name="ledger", help="Check the ledger of handoffs, and report from it.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command()
def check(
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows are named for each rule.")] = 100,
) -> None:
    """Verify every invariant of the database; exit code 1 with the rows that break one. Changes nothing."""
    from handoff.store.check import check as verify  # SQLAlchemy is slow to import
    from handoff.store.snapshot import snapshot

    settings, _ = settings_at_root()
    with snapshot(settings.database) as conn:
        verdict = verify(conn, limit)
    if as_json:
        body = {"sound": verdict.sound, "rules": verdict.rules, "counts": verdict.counts}
        breaches = [asdict(breach) for breach in verdict.breaches]
        typer.echo(json.dumps(body | {"breaches": breaches}, ensure_ascii=False, indent=1))
    else:
        _show_verdict(verdict)
    if not verdict.sound:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def report(
    since: Annotated[str, typer.Option(help="From: a date, a time, or so long ago as 7d.")] = "",
    until: Annotated[str, typer.Option(help="Up to, not included; now when not given.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show that open before + opened = ended + open after, by reason and by end; exit code 1 if it is not so."""
    from handoff.store.ledger_report import report as count  # SQLAlchemy is slow to import
    from handoff.store.snapshot import snapshot

    settings, _ = settings_at_root()
    start, end = (moment(text) if text else None for text in (since, until))
    with snapshot(settings.database) as conn:
        found = count(conn, start, end)
    if as_json:
        lines = [asdict(line) | {"balanced": line.balanced} for line in (*found.lines, found.total)]
        body = {"since": start, "until": end, "balanced": found.balanced, "open_now": found.open_now}
        typer.echo(json.dumps(body | {"lines": lines}, ensure_ascii=False, indent=1))
    else:
        _show_report(found)
    if not found.balanced:
        raise typer.Exit(EXIT_FAILED)


def _show_verdict(verdict: Verdict) -> None:
    looked_at = ", ".join(f"{number} {name}" for name, number in verdict.counts.items())
    if verdict.sound:
        out().print(f"All {len(verdict.rules)} rules hold ({looked_at}).", markup=False)
        return
    table = Table("rule", "row", "what is wrong")
    for breach in verdict.breaches:
        row = " ".join(f"{key}={value}" for key, value in breach.row.items())
        table.add_row(Text(breach.rule), Text(row), Text(breach.detail))
    console = out()
    console.print(table, soft_wrap=False, width=None if console.is_terminal else 160)
    broken = len({breach.rule for breach in verdict.breaches})
    console.print(f"{broken} of {len(verdict.rules)} rules are broken ({looked_at}).", markup=False)


def _show_report(found: Report) -> None:
    from handoff.store.tables import ENDS

    period = f"{shown(found.since) or 'the beginning'} to {shown(found.until) or 'now'}"
    table = Table("reason", "open before", "opened", *(end.replace("_", " ") for end in ENDS), "open after", "")
    for line in found.lines:
        table.add_row(*_cells(line, ENDS))
    table.add_section()
    table.add_row(*_cells(found.total, ENDS))
    console = out()
    console.print(f"Handoffs from {period}", markup=False)
    console.print(table, soft_wrap=False, width=None if console.is_terminal else 160)
    total = found.total
    equation = f"{total.open_before} + {total.opened} = {sum(total.ended.values())} + {total.open_after}"
    console.print(f"open before + opened = ended + open after: {equation}", markup=False)
    if found.open_now is not None and found.open_now != total.open_after:
        console.print(f"But {found.open_now} rows are open: run `baton ledger check`.", markup=False)


def _cells(line: Line, ends: tuple[str, ...]) -> list[str]:
    counts = [line.open_before, line.opened, *(line.ended.get(end, 0) for end in ends), line.open_after]
    return [line.reason, *map(str, counts), "balanced" if line.balanced else "NOT BALANCED"]
