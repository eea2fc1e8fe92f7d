"""`baton faq followups`: learns which questions customers ask next, and measures how well they are offered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from handoff.cli.context import settings_at_root
from handoff.cli.moments import moment
from handoff.cli.terminal import out
from knowledge_base.cli import AsJson, EmbedderName, IndexDir, app, print_json, speaking
from knowledge_base.following import FILE_NAME, Following, Step

if TYPE_CHECKING:
    from knowledge_base.search import KnowledgeBase

SHOWN = 20


@app.command("followups")
@speaking
def followups(
    index: IndexDir,
    embedder: EmbedderName,
    since: Annotated[str, typer.Option(help="From: a date, a time, or so long ago as 90d.")] = "90d",
    measure: Annotated[bool, typer.Option("--measure", help="try it on the newer fifth, write nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Learn which question follows which accepted answer, for the questions offered next (the gateway does so too)."""
    steps, file = _steps(since)
    if measure:
        _measure(steps, _opened(index, embedder), as_json)
        return
    found = Following.learn(steps, time.time())
    found.save(file)
    if as_json:
        print_json(found.to_dict())
        return
    table = Table("answered", "asked next", "customers", "weight")
    rows = [(before, item) for before, items in found.next.items() for item in items]
    for before, item in sorted(rows, key=lambda row: -row[1].weight)[:SHOWN]:
        table.add_row(before, item.id, str(item.customers), f"{item.weight:.1f}")
    out().print(table)
    out().print(f"{found.steps} steps, {len(found.next)} entries with learnt follow-ups: {file}", soft_wrap=True)


def _steps(since: str) -> tuple[list[Step], Any]:
    from handoff.insight.faq_steps import steps_since
    from handoff.store.snapshot import snapshot

    start = moment(since)
    settings, _ = settings_at_root()
    with snapshot(settings.database) as conn:
        return steps_since(conn, start), settings.data_dir / FILE_NAME


def _opened(index: Any, embedder: str) -> KnowledgeBase:
    from knowledge_base.layers import load_search_embedder
    from knowledge_base.search import KnowledgeBase

    return KnowledgeBase.open(index, load_search_embedder(embedder))


def _measure(steps: list[Step], base: KnowledgeBase, as_json: bool) -> None:
    from knowledge_base.following_score import held_out, hidden

    found = {"customers": held_out(base, steps), "written_hidden": hidden(base)}
    if as_json:
        print_json(found)
        return
    real, editors = found["customers"], found["written_hidden"]
    table = Table("tried on", "way", "hit@3")
    for where, part in ((f"{real['tried']} newer steps", real), (f"{editors['pairs']} hidden written ones", editors)):
        for way, share in part["hit_at_3"].items():
            table.add_row(where, way, "nothing to try" if share is None else f"{share:.3f}")
    out().print(table)
