"""Tries a change of the FAQ before it is published: asks the saved questions of the live index and of the new one."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.build import build_entries
from knowledge_base.embedding import Embedder
from knowledge_base.errors import FaqFolderMissing
from knowledge_base.evaluate import Case, Outcome
from knowledge_base.gate import Change, compare
from knowledge_base.index import Floats
from knowledge_base.layers import meaning_dimension
from knowledge_base.markdown import FolderReader, entries_of
from knowledge_base.models import Entry
from knowledge_base.reach import Changed, reached
from knowledge_base.search import KnowledgeBase

_DEPTH = 3
_BATCH = 32
_REMEMBERED = 20_000
# Outcomes are remembered for so many contents of the index.
_CONTENTS = 3


class TextVectors:
    """Unit vectors by text, remembered (least recently used forgotten), so that saved questions are encoded once."""

    def __init__(self, embedder: Embedder, remembered: int = _REMEMBERED) -> None:
        self._embedder = embedder
        self._remembered = remembered
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, d) of `texts`, in their order."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        fresh = [text for text in dict.fromkeys(texts) if text not in found]
        for start in range(0, len(fresh), _BATCH):
            batch = fresh[start : start + _BATCH]
            found.update(zip(batch, self._embedder.encode(batch), strict=True))
        with self._lock:
            for text in found:
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
        none = np.zeros((0, self._embedder.dimension), np.float32)
        return np.stack([found[text] for text in texts]) if texts else none


class RememberingEmbedder:
    """The embedder, which encodes a text only once while it is `remembered`."""

    def __init__(self, embedder: Embedder, remembered: int = _REMEMBERED) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self.meaning_dimension = meaning_dimension(embedder)
        self._vectors = TextVectors(embedder, remembered)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, d) of `texts`, in their order."""
        return self._vectors.of(list(texts))


@dataclass(frozen=True)
class Rehearsed:
    """How many questions there are, how many the change can reach, and those answered otherwise, regressions first."""

    asked: int
    reached: int
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "asked": self.asked,
            "reached": self.reached,
            "regressions": sum(change.regression for change in self.changes),
            "mended": sum(change.mended for change in self.changes),
            "changes": [change.to_dict() for change in self.changes],
        }


class Rehearsal:
    """Rehearses changes of one FAQ folder, one at a time; the live index is read and never touched."""

    def __init__(self, faq_dir: Path, index_dir: Path, embedder: Embedder, vectors: TextVectors | None = None) -> None:
        self._reader = FolderReader(faq_dir)
        self._faq_dir = faq_dir
        self._index_dir = index_dir
        self._embedder = embedder
        self._vectors = vectors or TextVectors(embedder)
        self._one = threading.Lock()
        self._known: OrderedDict[str, dict[Case, Outcome]] = OrderedDict()
        self._latest: dict[Case, Outcome] = {}

    def warm(self, live: KnowledgeBase, cases: Sequence[Case]) -> int:
        """Ask what is not known of `cases` yet, so that the next rehearsal need not; how many that were."""
        with self._one:
            unknown = [case for case in cases if not self._is_known(live, case)]
            self._outcomes(live, unknown)
            return len(unknown)

    def run(
        self,
        live: KnowledgeBase,
        changed: Mapping[str, str],
        cases: Sequence[Case],
        today: date | None = None,
        built: KnowledgeBase | None = None,
    ) -> Rehearsed:
        """Ask `cases` that the change can reach on `live` and on the folder with `changed` texts by path.

        `built` is the index under `live`, where changes lie over it. Raises FaqError when a file cannot be read with
        the change, FaqFolderMissing when nothing would be live.
        """
        with self._one:
            entries = entries_of(self._reader.files(changed))
            day = today or date.today()
            shown = [entry for entry in entries if entry.is_live(day)]
            if not shown:
                raise FaqFolderMissing(f"{self._faq_dir} would hold no published entry", "leave one published")
            self._outcomes(live, [case for case in cases if not self._is_known(live, case)])
            change = Changed.between(live, shown)
            with self._changed(built or live, shown) as trial:
                asked = self._reached(cases, live, trial, change)
                before, after = self._outcomes(live, asked), self._outcomes(trial, asked)
            return Rehearsed(len(cases), len(asked), tuple(compare(before, after)))

    def _is_known(self, live: KnowledgeBase, case: Case) -> bool:
        """Whether something is known of the case that a change from outside has not made worthless."""
        outcome = self._latest.get(case)
        if outcome is None or not outcome.hits:
            return outcome is not None
        found = outcome.hits[0].entry
        now = live.get(found.id)
        return now is not None and now.wordings == found.wordings

    @contextmanager
    def _changed(self, built: KnowledgeBase, shown: Sequence[Entry]) -> Iterator[KnowledgeBase]:
        """A knowledge base of the entries `shown`: laid over a large one, built anew from a copy of a small one."""
        over = built.overlay(shown, self._vectors.of)
        if over is not None:
            yield built.with_overlay(over)
            return
        with tempfile.TemporaryDirectory(dir=self._scratch()) as folder:
            scratch = Path(folder) / "index"
            _borrow(self._index_dir, scratch)
            build_entries(shown, scratch, self._embedder, refused=built.refused)
            yield KnowledgeBase.open(scratch, self._embedder)

    def _reached(self, cases: Sequence[Case], live: KnowledgeBase, trial: KnowledgeBase, change: Changed) -> list[Case]:
        rows = [
            *(live.vectors_of(entry.id) for entry in change.gone),
            *(trial.vectors_of(entry.id) for entry in change.come),
        ]
        wordings = np.concatenate(rows) if rows else np.zeros((0, self._embedder.dimension), np.float32)
        vectors = self._vectors.of([case.question for case in cases])
        return reached(cases, vectors, self._latest, change, wordings, live)

    def _outcomes(self, base: KnowledgeBase, cases: Sequence[Case]) -> list[Outcome]:
        """Asked once for each content: what is published after a rehearsal is what the next one compares with."""
        known = self._known.setdefault(base.content_hash, {})
        self._known.move_to_end(base.content_hash)
        while len(self._known) > _CONTENTS:
            self._known.popitem(last=False)
        missing = [case for case in dict.fromkeys(cases) if case not in known]
        known.update(zip(missing, self._ask(base, missing), strict=True))
        self._latest.update((case, known[case]) for case in cases)
        return [known[case] for case in cases]

    def _ask(self, base: KnowledgeBase, cases: Sequence[Case]) -> list[Outcome]:
        vectors = self._vectors.of([case.question for case in cases])
        return [
            Outcome(case, tuple(base.search_vector(case.question, vector, case.lang, _DEPTH)), 0.0)
            for case, vector in zip(cases, vectors, strict=True)
        ]

    def _scratch(self) -> Path:
        self._index_dir.parent.mkdir(parents=True, exist_ok=True)
        return self._index_dir.parent


def _borrow(index_dir: Path, scratch: Path) -> None:
    """Start from a copy of the live index, so that only new texts are encoded."""
    try:
        shutil.copytree(index_dir, scratch, ignore=shutil.ignore_patterns(".*"))
    except (OSError, shutil.Error):
        # A version may be taken away while it is copied; then everything is encoded anew.
        shutil.rmtree(scratch, ignore_errors=True)
