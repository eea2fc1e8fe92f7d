"""LCQMC as FAQ: hit@1, hit@3 and milliseconds of dense, BM25 and fused search. Run: python tests/bench/bench_search.py

The set only measures; nothing is fitted on it. How the FAQ is made from the pairs is described in datasets/README.md:
pairs marked same are joined into groups, the first question of a group (sorted) is the entry, the others are queries,
every question without a group is one more entry.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from knowledge_base.build import build_entries
from knowledge_base.embedding import Embedder, load_embedder
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.index import load_index
from knowledge_base.lexical import LexicalIndex
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase

T = TypeVar("T")
REMEDY = "put the measuring sets beside the project or name their folder in BATON_DATASETS"


def faq_from_pairs(path: Path) -> tuple[list[str], list[tuple[str, int]]]:
    """Titles of the entries, and (query, position of its entry)."""
    parent: dict[str, str] = {}

    def root(text: str) -> str:
        while parent.setdefault(text, text) != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for line in path.read_text("utf-8").splitlines():
        pair = json.loads(line)
        first, second = root(pair["a"]), root(pair["b"])
        if pair["same"] and first != second:
            parent[first] = second
    groups: dict[str, list[str]] = {}
    for text in sorted(parent):
        groups.setdefault(root(text), []).append(text)
    titles, queries = [], []
    for members in groups.values():
        queries += [(text, len(titles)) for text in members[1:]]
        titles.append(members[0])
    return titles, queries


def main(
    limit: Annotated[int, typer.Option(help="ask at most this many queries")] = 2000,
    embedder: Annotated[str, typer.Option()] = os.environ.get("BATON_EMBEDDER", "var/models/e5-small"),
) -> None:
    """Print the table."""
    path = Path(os.environ.get("BATON_DATASETS", "../shared/datasets")) / "faq" / "lcqmc_dev.jsonl"
    if not path.is_file():
        typer.echo(f"no measuring set at {path}: {REMEDY}", err=True)
        raise typer.Exit(2)
    titles, queries = faq_from_pairs(path)
    queries = [queries[n] for n in np.random.default_rng(0).permutation(len(queries))[:limit]]
    try:
        model = load_embedder(embedder)
        with tempfile.TemporaryDirectory() as scratch, Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("encoding the entries")
            entries = [Entry(f"q{n}", title, "") for n, title in enumerate(titles)]
            build_entries(entries, Path(scratch), model, lambda d, t: bar.update(task, completed=d, total=t))
            data = load_index(Path(scratch), model)
            base, lexical = KnowledgeBase(data, model), LexicalIndex(data.table)
            asked = [text for text, _ in queries]
            times: list[float] = []
            task = bar.add_task("asking", total=len(asked))
            vectors = []
            for text in asked:
                vectors.append(_timed(times, partial(_encode, model, text)))
                bar.advance(task)
    except KnowledgeBaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    answers = [answer for _, answer in queries]
    table = Table(
        "system", "hit@1", "hit@3", "p50 ms", "p95 ms", title=f"LCQMC: {len(titles)} entries, {len(asked)} queries"
    )
    table.add_row("encoding alone", "", "", *_percentiles(times))
    by_vector = dict(zip(asked, vectors, strict=True))
    _row(table, "dense", asked, answers, lambda text: data.faiss.search(by_vector[text], 3)[0].tolist())
    _row(table, "BM25", asked, answers, lambda text: lexical.top(lexical.scores(text), 3).tolist())
    _row(
        table,
        "fused (as shipped)",
        asked,
        answers,
        lambda text: [int(h.entry.id[1:]) for h in base.search_vector(text, by_vector[text], "zh", 3)],
    )
    Console().print(table)


def _encode(model: Embedder, text: str) -> npt.NDArray[np.float32]:
    return np.asarray(model.encode([text])[0])


def _row(table: Table, name: str, asked: list[str], answers: list[int], find: Callable[[str], list[int]]) -> None:
    times: list[float] = []
    found = [_timed(times, partial(find, text)) for text in asked]
    first = np.mean([answer in hits[:1] for answer, hits in zip(answers, found, strict=True)])
    third = np.mean([answer in hits[:3] for answer, hits in zip(answers, found, strict=True)])
    table.add_row(name, f"{first:.3f}", f"{third:.3f}", *_percentiles(times))


def _timed(times: list[float], call: Callable[[], T]) -> T:
    begun = time.perf_counter()
    result = call()
    times.append((time.perf_counter() - begun) * 1000.0)
    return result


def _percentiles(times: list[float]) -> tuple[str, str]:
    return f"{np.percentile(times, 50):.1f}", f"{np.percentile(times, 95):.1f}"


if __name__ == "__main__":
    typer.run(main)
