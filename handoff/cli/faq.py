"""`baton faq gaps|outcomes|saved|followups`: what the database knows of the FAQ, beside the commands on its files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.table import Table

from handoff.cli import faq_followups
from handoff.cli.context import settings_at_root
from handoff.cli.moments import moment
from knowledge_base.cli import AsJson, EmbedderName, IndexDir, app, speaking

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["app", "faq_followups"]

T = TypeVar("T")
Since = Annotated[str, typer.Option(help="From: a date, a time, or so long ago as 7d.")]
SHOWN_WORDINGS = 5


@app.command("gaps")
@speaking
def gaps(
    index: IndexDir,
    embedder: EmbedderName,
    file: Annotated[
        Path | None, typer.Argument(help='JSON Lines {"question", "count"}; the database when left out')
    ] = None,
    since: Since = "30d",
    all_: Annotated[bool, typer.Option("--all", help="dismissed ones too")] = False,
    as_json: AsJson = False,
) -> None:
    """Group questions without a good answer by meaning: why, how often, nearest entry, an agent's answer as a draft."""
    from handoff.insight.faq_gap_list import gap_list, questions_to_group
    from handoff.insight.faq_refused import refused_keys
    from knowledge_base.evaluate import read_asked

    if file is not None:
        asked = [{"question": item.question, "count": item.count} for item in read_asked(file)]
        found = gap_list([], _grouped(asked, index, embedder), set())
    else:
        missed, dismissed = _read(since, _missed)
        refused = refused_keys(settings_at_root()[0].faq_dir)
        found = gap_list(missed, _grouped(questions_to_group(missed), index, embedder), dismissed, refused)
    rows = [gap.to_dict() for gap in found if all_ or not gap.dismissed]
    if as_json:
        _print_json(rows)
        return
    table = Table("asked", "questions", "why", "nearest entry", "draft")
    for row in rows:
        wordings = "\n".join(question["question"] for question in row["questions"][:SHOWN_WORDINGS])
        why = "\n".join(f"{kind} {count}" for kind, count in row["misses"].items())
        nearest = f"{row['nearest']['id']} {row['nearest']['score']}" if row["nearest"] else ""
        table.add_row(str(row["count"]), wordings, why, nearest, row["draft"][:120])
    _show(table)


@app.command("outcomes")
@speaking
def outcomes(since: Since = "30d", as_json: AsJson = False) -> None:
    """Show what became of each entry's answers: asked, accepted, thumbs, handed over after, asked again in a week."""
    from handoff.insight.faq_outcomes import outcomes_since

    start = _start(since)
    rows = [outcome.to_dict() for outcome in _read(since, lambda conn, _: outcomes_since(conn, start))]
    if as_json:
        _print_json(rows)
        return
    keys = ("entry_id", "asked", "accepted", "up", "down", "handed_over", "asked_again")
    table = Table(*keys)
    for row in rows:
        table.add_row(*(str(row[key]) for key in keys))
    _show(table)


@app.command("saved")
@speaking
def saved() -> None:
    """Print the questions that agents and editors confirmed, as JSON Lines for `eval` and `diff --cases`."""
    from handoff.store.saved_questions import list_saved

    for question in _read("0d", lambda conn, _: list_saved(conn)):
        case = {"question": question.question, "id": question.entry_id, "lang": question.lang}
        typer.echo(json.dumps(case, ensure_ascii=False))


def _missed(conn: Connection, start: float) -> tuple[list[Any], set[str]]:
    from handoff.insight.faq_gaps import missed_since
    from handoff.store.saved_questions import dismissed_keys

    return missed_since(conn, start), dismissed_keys(conn)


def _read(since: str, work: Callable[[Connection, float], T]) -> T:
    from handoff.store.snapshot import snapshot

    start = _start(since)
    settings, _ = settings_at_root()
    with snapshot(settings.database) as conn:
        return work(conn, start)


def _start(since: str) -> float:
    return moment(since) if since else time.time()


def _grouped(asked: list[dict[str, Any]], index: Path, embedder: str) -> list[dict[str, Any]]:
    from knowledge_base.gaps import Asked, group_gaps
    from knowledge_base.layers import load_search_embedder
    from knowledge_base.rehearsal import TextVectors
    from knowledge_base.search import KnowledgeBase

    if not asked:
        return []
    model = load_search_embedder(embedder)
    questions = [Asked(item["question"], item["count"]) for item in asked]
    groups = group_gaps(questions, KnowledgeBase.open(index, model), TextVectors(model))
    return [group.to_dict() for group in groups]


def _show(table: Table) -> None:
    from handoff.cli.terminal import out

    out().print(table)


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
