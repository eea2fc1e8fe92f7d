"""`baton faq`: check, build, search, import and evaluate the knowledge base from a terminal."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from knowledge_base.build import BuildReport, build_index
from knowledge_base.embedding import Embedder
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.evaluate import Case, ask, measure, read_cases, with_known_ids
from knowledge_base.exporting import export_table
from knowledge_base.folder_diff import FolderDiff, diff_folders
from knowledge_base.layers import load_search_embedder
from knowledge_base.lint import Finding, Level, lint_folder
from knowledge_base.lint_place import folder_texts, placed
from knowledge_base.lint_search import lint_deep
from knowledge_base.markdown import load_entries
from knowledge_base.search import KnowledgeBase
from knowledge_base.tables import read_table
from knowledge_base.writing import write_folder

app = typer.Typer(help="Check, build, search, import and evaluate the FAQ.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)
P = ParamSpec("P")


def _data_dir() -> Path:
    return Path(os.environ.get("BATON_DATA_DIR", "var"))


def faq_dir() -> Path:
    return Path(os.environ.get("BATON_FAQ_DIR", "knowledge_base/faq"))


def index_dir() -> Path:
    return _data_dir() / "index"


def embedder_name() -> str:
    return os.environ.get("BATON_EMBEDDER") or str(_data_dir() / "models" / "e5-small")


def _spoken() -> str:
    """The terminal's language, as other programs read it."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if chosen.startswith("zh") else "en"


FaqDir = Annotated[Path, typer.Option("--faq", default_factory=faq_dir, help="folder of FAQ Markdown")]
IndexDir = Annotated[Path, typer.Option("--index", default_factory=index_dir, help="folder of the index")]
EmbedderName = Annotated[str, typer.Option("--embedder", default_factory=embedder_name, help="model folder or name")]
Deep = Annotated[bool, typer.Option("--deep", help="also find alike entries and stray variants (needs the model)")]
AsJson = Annotated[bool, typer.Option("--json", help="machine-readable output")]


def speaking(command: Callable[P, None]) -> Callable[P, None]:
    """Show a known error as one message and exit code 1, never as a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (KnowledgeBaseError, OSError) as error:
            _err.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(1) from error

    return run


@app.command()
@speaking
def lint(
    faq: FaqDir,
    embedder: EmbedderName,
    lang: Annotated[str, typer.Option(default_factory=_spoken, help="zh or en; the terminal's own when left out")],
    deep: Annotated[
        bool, typer.Option("--deep", help="also find alike entries and stray variants (needs the model)")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with the FAQ files; exit code 1 when something is an error."""
    findings = lint_folder(faq)
    if deep and not any(finding.level is Level.ERROR for finding in findings):
        entries = load_entries(faq)
        deeper = placed(lint_deep(entries, load_search_embedder(embedder)), entries, folder_texts(faq))
        findings = sorted([*findings, *deeper], key=_place)
    errors = sum(finding.level is Level.ERROR for finding in findings)
    if as_json:
        print_json([finding.to_dict() for finding in findings])
    else:
        for finding in findings:
            style = "red" if finding.level is Level.ERROR else "yellow"
            text = f"{finding.level}: {finding.in_language(lang)}"
            _out.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
        _out.print(f"{errors} errors, {len(findings) - errors} warnings")
    if errors:
        raise typer.Exit(1)


@app.command()
@speaking
def build(faq: FaqDir, index: IndexDir, embedder: EmbedderName, as_json: AsJson = False) -> None:
    """Bring the index up to date; only changed texts are encoded."""
    report = _build(faq, index, load_search_embedder(embedder))
    if as_json:
        print_json({**vars(report), "path": str(report.path)})
    else:
        state = f"{report.encoded} texts encoded" if report.changed else "nothing had changed"
        _out.print(f"{report.entries} entries, {report.texts} texts, {state}: {report.path}", highlight=False)


@app.command()
@speaking
def search(
    text: Annotated[str, typer.Argument(help="a customer's words")],
    index: IndexDir,
    embedder: EmbedderName,
    lang: Annotated[str | None, typer.Option(help="zh or en; told from the text when left out")] = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="how many entries")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show which entries a customer's words find, with probability and zone."""
    hits = KnowledgeBase.open(index, load_search_embedder(embedder)).search(text, lang, top)
    rows: list[dict[str, Any]] = [
        {
            "id": hit.entry.id,
            "question": hit.entry.question,
            "score": round(hit.score, 4),
            "zone": hit.zone.value,
            "dense": round(hit.dense, 4),
            "lexical": round(hit.lexical, 4),
            "answer": hit.entry.answer,
        }
        for hit in hits
    ]
    if as_json:
        print_json(rows)
        return
    table = Table("score", "zone", "id", "question", "dense", "lexical")
    for row in rows:
        table.add_row(*(str(row[key]) for key in ("score", "zone", "id", "question", "dense", "lexical")))
    _out.print(table)


@app.command("import")
@speaking
def import_table(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSONL with id, question, variants, answer, lang")],
    out: Annotated[Path, typer.Option(help="folder to write Markdown to")],
) -> None:
    """Turn a table of questions and answers into FAQ Markdown."""
    entries = read_table(file)
    for path in write_folder(entries, out):
        _out.print(str(path), markup=False, highlight=False)
    _out.print(f"{len(entries)} entries written; check them with: baton faq lint --faq {out}", highlight=False)


@app.command("export")
@speaking
def export(
    file: Annotated[Path, typer.Argument(help="file to write: .csv, .xlsx or .jsonl")],
    faq: FaqDir,
) -> None:
    """Write all entries to a table that `import` reads back without loss."""
    entries = load_entries(faq)
    export_table(entries, file)
    _out.print(f"{len(entries)} entries written to {file}", markup=False, highlight=False)


@app.command("diff")
@speaking
def diff(
    old: Annotated[Path, typer.Argument(help="FAQ folder as it is published")],
    new: Annotated[Path, typer.Argument(help="FAQ folder as it would be")],
    cases: Annotated[Path, typer.Option(help="saved questions with the id of their entry")],
    embedder: EmbedderName,
    quick: Annotated[
        bool, typer.Option("--reached", help="ask only what the change can reach, as the editor's desk does")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish gate: which saved questions are answered otherwise? Exit code 1 when one gets worse."""
    questions, model = read_cases(cases), load_search_embedder(embedder)
    with tempfile.TemporaryDirectory() as scratch:
        found = diff_folders(
            old,
            new,
            questions,
            model,
            lambda faq, index: _build(faq, index, model),
            Path(scratch),
            only_reached=quick,
        )
    if as_json:
        print_json(found.to_dict())
    else:
        for change in found.changes:
            word = "WORSE" if change.regression else "better" if change.mended else "other"
            line = f"{word}: {change.question}  {change.before} -> {change.after} (right: {change.expected})"
            _out.print(line, markup=False, highlight=False, soft_wrap=True)
        _out.print(_summary(found), highlight=False, soft_wrap=True)
    if found.regressions:
        raise typer.Exit(1)


def _summary(found: FolderDiff) -> str:
    asked = f"{found.asked} of {found.asked + found.skipped} questions asked again"
    why = ""
    if found.skipped:
        told = "the change cannot reach them" if found.asked else "nothing that the search reads has changed"
        why = f" ({found.skipped} skipped: {told})"
    return f"{asked}{why}, {len(found.changes)} answered otherwise, {found.regressions} worse"


@app.command("eval")
@speaking
def evaluate(
    cases: Annotated[Path, typer.Option(help='JSON Lines {"question", "id"}; "id": null means no answer')],
    embedder: EmbedderName,
    faq: Annotated[Path | None, typer.Option("--faq", "--kb", help="folder of FAQ Markdown")] = None,
    index: Annotated[Path | None, typer.Option(help="a built index, instead of --faq")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask saved questions and count what is found: hits, refusals, calibration, time, misses."""
    questions = read_cases(cases)
    model = load_search_embedder(embedder)
    if index is not None:
        report = _asked(index, model, questions)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            _build(faq or faq_dir(), Path(scratch), model)
            report = _asked(Path(scratch), model, questions)
    if as_json:
        print_json(report)
        return
    for key, value in report.items():
        if key != "misses":
            _out.print(f"{key:20} {value}", highlight=False)
    for miss in report["misses"]:
        line = f"miss: {miss['question']}  expected {miss['expected']}, got {miss['got']} ({miss['score']})"
        _out.print(line, markup=False, highlight=False, soft_wrap=True)


def _asked(index: Path, model: Embedder, cases: list[Case]) -> dict[str, Any]:
    base = KnowledgeBase.open(index, model)
    known = {entry.id for entry in base.entries}
    asked, absent = with_known_ids(cases, known)
    if absent:
        shown = ", ".join(absent[:10]) + (" …" if len(absent) > 10 else "")
        text = f"warning: {len(absent)} ids of the cases have no published entry and count as misses: {shown}"
        _err.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)
    return measure(ask(base, model, asked))


def _build(faq: Path, index: Path, model: Embedder) -> BuildReport:
    columns = (TextColumn("encoding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task("encoding", total=None)
        return build_index(faq, index, model, lambda done, total: bar.update(task, completed=done, total=total))


def _place(finding: Finding) -> tuple[str, int]:
    return finding.problem.path, finding.problem.line


def print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    app()
