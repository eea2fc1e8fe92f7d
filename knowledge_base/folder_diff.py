"""Asks saved questions of the FAQ as it is and as it would be, two folders: what `baton faq diff` tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.embedding import Embedder
from knowledge_base.evaluate import Case, Outcome, ask
from knowledge_base.gate import Change, compare
from knowledge_base.reach import Changed, reached, read_alike
from knowledge_base.rehearsal import RememberingEmbedder
from knowledge_base.search import KnowledgeBase

# Brings the index in a folder up to the FAQ of another: (FAQ folder, index folder).
Build = Callable[[Path, Path], object]


@dataclass(frozen=True)
class FolderDiff:
    """`asked` of the new FAQ, `skipped` because the change cannot alter their answers; `changes`: regressions first."""

    asked: int
    skipped: int
    changes: tuple[Change, ...]

    @property
    def regressions(self) -> int:
        return sum(change.regression for change in self.changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "asked": self.asked,
            "skipped": self.skipped,
            "regressions": self.regressions,
            "changes": [change.to_dict() for change in self.changes],
        }


def diff_folders(
    old: Path,
    new: Path,
    cases: Sequence[Case],
    embedder: Embedder,
    build: Build,
    scratch: Path,
    *,
    only_reached: bool = False,
) -> FolderDiff:
    """Ask `cases` of both folders, indexed in `scratch`; each text is encoded once.

    Where nothing that the search reads has changed, no answer can change and none is asked again. Else all are asked,
    or with `only_reached` those that `reach` names: far fewer, by a measured rule and not by proof.
    """
    remembering = RememberingEmbedder(embedder, remembered=4 * len(cases) + 1_000)
    # One index folder for both: the second build takes over the vectors of texts that stayed.
    build(old, scratch)
    before = KnowledgeBase.open(scratch, remembering)
    found = ask(before, remembering, cases)
    build(new, scratch)
    after = KnowledgeBase.open(scratch, remembering)
    if read_alike(before.entries, after.entries):
        return FolderDiff(0, len(cases), ())
    chosen = list(range(len(cases)))
    if only_reached:
        near = _reached(before, after, cases, found, remembering)
        chosen = [number for number in chosen if cases[number] in near]
    again = ask(after, remembering, [cases[number] for number in chosen])
    changes = compare([found[number] for number in chosen], again)
    return FolderDiff(len(chosen), len(cases) - len(chosen), tuple(changes))


def _reached(
    before: KnowledgeBase, after: KnowledgeBase, cases: Sequence[Case], found: Sequence[Outcome], embedder: Embedder
) -> set[Case]:
    change = Changed.between(before, after.entries)
    rows = [before.vectors_of(entry.id) for entry in change.gone] + [after.vectors_of(e.id) for e in change.come]
    wordings = np.concatenate(rows) if rows else np.zeros((0, embedder.dimension), np.float32)
    known = {outcome.case: outcome for outcome in found}
    vectors = embedder.encode([case.question for case in cases])
    return set(reached(cases, vectors, known, change, wordings, before))
