"""Tries the publish gate on made-up edits: does asking only what an edit can reach find what asking all finds?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from knowledge_base.embedding import Embedder
from knowledge_base.evaluate import Case
from knowledge_base.markdown import load_entries
from knowledge_base.models import Entry
from knowledge_base.reach import Changed
from knowledge_base.rehearsal import Rehearsal, TextVectors
from knowledge_base.search import KnowledgeBase
from knowledge_base.writing import render_file


class AskAll(Rehearsal):
    """The gate as it would be without `reach`."""

    def _reached(self, cases: Sequence[Case], live: KnowledgeBase, trial: KnowledgeBase, change: Changed) -> list[Case]:
        return list(cases)


@dataclass(frozen=True)
class Tried:
    """One edit: share of the questions asked, changed answers by both ways, seconds of both."""

    kind: str
    share: float
    found: int
    of: int
    seconds: float
    seconds_all: float


def try_edits(faq: Path, index: Path, model: Embedder, cases: Sequence[Case], rounds: int) -> Iterator[Tried]:
    """Edits of five kinds, `rounds` of each, from a fixed seed."""
    entries = [entry for entry in load_entries(faq) if entry.lang == "zh"]
    base = KnowledgeBase.open(index, model)
    vectors = TextVectors(model)
    near, full = Rehearsal(faq, index, model, vectors), AskAll(faq, index, model, vectors)
    near.warm(base, cases)
    full.warm(base, cases)
    random = np.random.default_rng(3)
    for _ in range(rounds):
        for kind in ("answer", "taken out", "reworded", "steals a wording", "new and alike"):
            one, other = (entries[int(n)] for n in random.choice(len(entries), 2, replace=False))
            files = _edit(kind, one, other, entries)
            begun = time.perf_counter()
            all_of_them = full.run(base, files, cases)
            middle = time.perf_counter()
            some = near.run(base, files, cases)
            ended = time.perf_counter()
            wanted = {change.question for change in all_of_them.changes}
            found = wanted & {change.question for change in some.changes}
            share = some.reached / max(len(cases), 1)
            yield Tried(kind, share, len(found), len(wanted), ended - middle, middle - begun)


def _edit(kind: str, one: Entry, other: Entry, entries: Sequence[Entry]) -> dict[str, str]:
    """The files an edit writes: the changed entry's, and for a new entry one more."""
    changed = {
        "answer": replace(one, answer="详情请在我的订单里查看。"),
        "taken out": None,
        "reworded": replace(one, question=one.question + "我想了解一下", variants=one.variants[::2]),
        "steals a wording": replace(one, variants=(*one.variants, *other.variants[:2])),
        "new and alike": one,
    }[kind]
    own = [entry for entry in entries if entry.path == one.path and entry.id != one.id]
    files = {one.path: render_file([*own, *([changed] if changed else [])], "zh")}
    if kind == "new and alike":
        files["zh/new.md"] = render_file(
            [Entry("brand-new", "请问" + one.question, "答案。", one.variants[1::2])], "zh"
        )
    return files
