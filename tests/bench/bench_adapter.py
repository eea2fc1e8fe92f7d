"""Does a contrastive adapter of the encoder pay? Trains one on the project's own text and compares the bare encoders.

Run: python -m tests.bench.bench_adapter [--steps 240]; about 25 minutes on one free core. Nothing is kept.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from tests.bench.adapter.lora import Adapted, train
from tests.bench.adapter.texts import groups
from tests.bench.bench_search import FAQ, own_set
from tests.bench.search_sets import FaqSet, SetMissing, banking77, clinc150, lcqmc


def main(
    steps: Annotated[int, typer.Option(help="training steps of about 44 questions")] = 240,
    limit: Annotated[int, typer.Option(help="ask at most this many questions of a set")] = 600,
    embedder: Annotated[str, typer.Option()] = os.environ.get("BATON_EMBEDDER", "var/models/e5-small"),
) -> None:
    """Print hit@1 by cosine alone, before and after."""
    console = Console()
    sets = [own_set()]
    for make in (lambda: lcqmc(limit, 3000), lambda: clinc150(limit, 20), lambda: banking77(limit, 20)):
        try:
            sets.append(make())
        except SetMissing as error:
            console.print(str(error), style="yellow")
    model = Adapted(Path(embedder), "adapted")
    before = [hits(model, data) for data in sets]
    losses = train(model, groups(FAQ), steps)
    console.print(f"loss {np.mean(losses[:10]):.2f} -> {np.mean(losses[-10:]):.2f}")
    table = Table("set", "plain", "adapted", title="hit@1 by cosine alone")
    for data, old in zip(sets, before, strict=True):
        table.add_row(data.name, f"{old:.3f}", f"{hits(model, data):.3f}")
    console.print(table)


def hits(model: Adapted, data: FaqSet) -> float:
    """Share of the questions with an answer whose nearest wording is the right entry's."""
    owners = np.repeat(np.arange(len(data.entries)), [len(entry.wordings) for entry in data.entries])
    vectors = model.encode([text for entry in data.entries for text in entry.wordings])
    known = [(text, right) for text, right in data.asked if right is not None]
    found = owners[(model.encode([text for text, _ in known]) @ vectors.T).argmax(1)]
    return float(np.mean(found == np.array([right for _, right in known])))


if __name__ == "__main__":
    typer.run(main)
