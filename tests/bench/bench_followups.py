"""Prints how often the next question is among the three offered: on the editor's follow-ups, and as customers teach.

The second part is a simulation. Each entry has six likely next questions in a random order that nobody is told, taken
with odds 1, 1/2 … 1/6, and one customer in five asks for anything at all; half of the entries keep the follow-ups the
editor wrote. "best possible" knows the odds. Run: .venv/bin/python -m tests.bench.bench_followups
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from knowledge_base.build import build_entries
from knowledge_base.following import DAY, Step
from knowledge_base.following_score import held_out, hidden
from knowledge_base.layers import load_search_embedder
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase

SIZES = (500, 2_000, 10_000, 50_000)
LIKELY, ANYTHING = 6, 0.2


class Customers:
    """Simulated customers with habits that are fixed for a seed."""

    def __init__(self, entries: Sequence[Entry], seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        self._ids = [entry.id for entry in entries]
        self._odds = 1.0 / np.arange(1, LIKELY + 1)
        self._odds /= self._odds.sum()
        self.habits = {entry.id: self._habit(entry, entries) for entry in entries}

    def _habit(self, entry: Entry, entries: Sequence[Entry]) -> list[str]:
        near = [e.id for e in entries if e.lang == entry.lang and e.category == entry.category and e.id != entry.id]
        far = [e.id for e in entries if e.lang == entry.lang and e.category != entry.category]
        some = [*self._random.permutation(near)[: LIKELY - 2], *self._random.permutation(far)]
        return [str(name) for name in self._random.permutation([*entry.followups, *some][:LIKELY])]

    def steps(self, count: int) -> list[Step]:
        found = []
        for number in range(count):
            before = str(self._random.choice(self._ids))
            habit = self.habits[before]
            anything = self._random.random() < ANYTHING
            after = self._random.choice(self._ids) if anything else self._random.choice(habit, p=self._odds)
            found.append(Step(before, str(after), number / count * 60 * DAY, f"c{number}"))
        return found

    def best(self) -> float:
        """What nobody can beat: the three likeliest of each habit."""
        return float((1 - ANYTHING) * self._odds[:3].sum() + ANYTHING * 3 / len(self._ids))


def main() -> None:
    data = Path(os.environ.get("BATON_DATA_DIR", "var"))
    model = load_search_embedder(str(data / "models" / "e5-small"))
    live = KnowledgeBase.open(data / "index", model)
    console = Console()
    table = Table("way", "hit@3", title="the editor's own follow-ups, hidden")
    found = hidden(live)
    for way, share in found["hit_at_3"].items():
        table.add_row(way, f"{share:.3f} of {found['pairs']}")
    console.print(table)
    entries = [entry for entry in live.entries if not entry.sensitive]
    customers = Customers(entries)
    half = [replace(e, followups=()) if n % 2 else e for n, e in enumerate(entries)]
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(data / "index", scratch, dirs_exist_ok=True)  # its vectors are taken over
        build_entries(half, Path(scratch), model)
        base = KnowledgeBase.open(Path(scratch), model)
        rows = {size: held_out(base, customers.steps(size))["hit_at_3"] for size in SIZES}
    table = Table("steps", *rows[SIZES[0]], "best possible", title="simulated customers")
    for size, shares in rows.items():
        table.add_row(f"{size:,}", *(f"{share:.3f}" for share in shares.values()), f"{customers.best():.3f}")
    console.print(table)


if __name__ == "__main__":
    main()
