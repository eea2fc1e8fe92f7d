"""Does the encoder's adapter pay? The encoder as it came and with the adapter, side by side, on the same questions.

Run: python -m tests.bench.bench_adapter [--limit 600]; about ten minutes on two free cores. The encoder without adapter
is made under var/bench at the first run.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from knowledge_base.build import build_entries
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.index import load_index
from knowledge_base.layers import load_search_embedder, meanings
from knowledge_base.prepare import prepare
from knowledge_base.search import KnowledgeBase
from tests.bench.bench_search import own_set
from tests.bench.cached import CachedEmbedder
from tests.bench.search_sets import FaqSet, SetMissing, banking77, clinc150, lcqmc

VARIANTS = 20  # of each intent: with all of them a run takes an hour


def main(
    limit: Annotated[int, typer.Option(help="ask at most this many questions of a set")] = 600,
    embedder: Annotated[str, typer.Option(help="encoder with the adapter")] = os.environ.get(
        "BATON_EMBEDDER", "var/models/e5-small"
    ),
) -> None:
    """Print hit@1 by cosine alone and by the whole ranking."""
    console = Console()
    kept = Path(os.environ.get("BATON_DATA_DIR", "var")) / "bench"
    plain = kept / "e5-plain"
    try:
        prepare(plain, adapter=None, report=lambda step: console.print(f"encoder without adapter: {step}"))
        folders = {"as it came": plain, "adapted": embedder}
        models = {name: CachedEmbedder(load_search_embedder(folder), kept) for name, folder in folders.items()}
        table = Table("set", *(f"{how}, {name}" for how in ("cosine", "ranking") for name in models), title="hit@1")
        for make in (
            own_set,
            partial(lcqmc, limit, 3000),
            *(partial(m, limit, VARIANTS) for m in (banking77, clinc150)),
        ):
            try:
                data = make()
            except SetMissing as error:
                console.print(str(error), style="yellow")
                continue
            shares = [hits(data, model) for model in models.values()]
            table.add_row(data.name, *(f"{share[how]:.3f}" for how in (0, 1) for share in shares))
    except KnowledgeBaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    console.print(table)


def hits(data: FaqSet, model: CachedEmbedder) -> tuple[float, float]:
    """Share of the questions with an answer that find it first: by the nearest wording, and by the ranking."""
    known = [(text, right) for text, right in data.asked if right is not None]
    with tempfile.TemporaryDirectory() as scratch:
        build_entries(data.entries, Path(scratch), model)
        index = load_index(Path(scratch), model)
        base = KnowledgeBase(index, model)
        asked = model.encode([text for text, _ in known])
        near = meanings(asked, model) @ meanings(np.asarray(index.vectors), model).T
        right = np.array([place for _, place in known])
        by_cosine = index.owners[near.argmax(1)] == right
        ids = [data.entries[place].id for place in right]
        found = [base.search_vector(text, v, data.lang or None, 1) for (text, _), v in zip(known, asked, strict=True)]
        ranked = [bool(best) and best[0].entry.id == wanted for best, wanted in zip(found, ids, strict=True)]
    return float(np.mean(by_cosine)), float(np.mean(ranked))


if __name__ == "__main__":
    typer.run(main)
