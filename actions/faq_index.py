"""Keeps the FAQ index of the running server fresh: built at start and after each change, never taken down."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from knowledge_base.build import build_entries, build_index, live_entries
from knowledge_base.embedding import Embedder
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.markdown import FolderReader
from knowledge_base.models import Hit, Zone
from knowledge_base.next_questions import NextQuestions
from knowledge_base.refused import refused_files, refused_texts
from knowledge_base.rehearsal import Rehearsal, TextVectors
from knowledge_base.search import KnowledgeBase

logger = logging.getLogger(__name__)
WEB = "web"
# How long changes of a large FAQ lie over the index before they are built into it: an editor rarely saves only once.
MERGE_AFTER_S = 60.0
AGAIN_AFTER_S = 15.0
Signature = tuple[object, ...]


class FaqIndex:
    """The knowledge base in use. `refresh` swaps it whole; searches in other threads see the old or the new one.

    `vectors` remembers encoded texts and `rehearsal` tries changes, both for the editor's desk.
    """

    def __init__(
        self, faq_dir: Path, index_dir: Path, embedder: Embedder, next_questions: NextQuestions | None = None
    ) -> None:
        self._faq_dir = faq_dir
        self._reader = FolderReader(faq_dir)
        self._index_dir = index_dir
        self._embedder = embedder
        self._seen: Signature | None = None
        self._glimpsed: Signature | None = None
        self._again_at = math.inf
        self.next_questions = next_questions or NextQuestions()
        self.vectors = TextVectors(embedder)
        self.rehearsal = Rehearsal(faq_dir, index_dir, embedder, self.vectors)
        self._building = threading.Lock()
        self._writing = threading.Lock()
        self._built: KnowledgeBase | None = None
        self._base: KnowledgeBase | None = None

    @property
    def base(self) -> KnowledgeBase:
        if self._base is None:
            raise RuntimeError("FaqIndex.build() has not been called")
        return self._base

    @property
    def built(self) -> KnowledgeBase:
        """The index itself, without what lies over it."""
        return self._built or self.base

    def build(self) -> None:
        """Build what changed and open it. At start a broken FAQ file falls back to the index of the last run."""
        with self._building:
            seen = self._signature()
            try:
                self._build()
            except KnowledgeBaseError as error:
                logger.error("FAQ not indexed, the last index is used: %s", error)
                self._open()
            self._seen = seen

    def look(self) -> bool:
        """`refresh` once two looks in a row have seen the same: a file may be half written when it is first seen."""
        seen = self._signature()
        if seen in (self._seen, self._glimpsed):
            return self.refresh()
        self._glimpsed = seen
        return False

    def refresh(self) -> bool:
        """Build again if a file, or the day (entries have validity dates), has changed; True when the index is new."""
        with self._building:
            seen = self._signature()
            if seen == self._seen and time.monotonic() < self._again_at:
                return False
            self._seen, self._again_at = seen, math.inf
            try:
                self._build()
            except KnowledgeBaseError as error:
                logger.error("FAQ change not taken over, the index stays as it was: %s", error)
                return False
            except OSError as error:  # a full disk may have room again, with no file changed
                self._again_at = time.monotonic() + AGAIN_AFTER_S
                logger.error("FAQ change not taken over, tried again in %.0f s: %s", AGAIN_AFTER_S, error)
                return False
            return True

    def question(self, entry_id: str) -> str | None:
        """Title of an entry, or None when it is not in the index."""
        entry = self.base.get(entry_id)
        return entry.question if entry else None

    def candidates(self, hits: list[Hit], channel: str = WEB, answered: Collection[str] = ()) -> list[dict[str, Any]]:
        """Hits as the slot `faq` holds them, with the answer of the customer's channel.

        Follow-ups are predicted for the first hit only, without entries that were `answered`; of the others the
        editor's own are named.
        """
        found = [self._candidate(hit, channel) for hit in hits]
        if found and hits[0].zone is not Zone.NONE:
            offers = self.next_questions.after(self.base, hits[0].entry.id, answered)
            found[0]["followups"] = [offer.entry.question for offer in offers]
        return found

    def _candidate(self, hit: Hit, channel: str) -> dict[str, Any]:
        entry = hit.entry
        return {
            "id": entry.id,
            "question": entry.question,
            "answer": entry.answer_for(channel),
            "buttons": list(entry.buttons),
            "images": list(entry.images),
            "links": list(entry.links_for(channel)),
            "score": round(hit.score, 4),
            "zone": str(hit.zone),
            "category": entry.category,
            "followups": [title for title in map(self.question, entry.followups) if title],
            "sensitive": entry.sensitive,
        }

    def merge(self) -> None:
        """Take what lies over the index into it, beside the running search."""
        with self._building:
            if self._base is self._built:
                return
            entries = live_entries(self._faq_dir, reader=self._reader)
            refused = refused_texts(self._faq_dir)
        with self._writing:
            build_entries(entries, self._index_dir, self._embedder, refused=refused)
        with self._building:
            self._open()
            self._build()

    def _build(self) -> None:
        if self._lay_over():
            return
        with self._writing:
            report = build_index(self._faq_dir, self._index_dir, self._embedder, reader=self._reader)
        if report.changed:
            logger.info("FAQ indexed: %d entries, %d texts encoded", report.entries, report.encoded)
        self._open()

    def _open(self) -> None:
        self._base = self._built = KnowledgeBase.open(self._index_dir, self._embedder)

    def _lay_over(self) -> bool:
        """Make a few changes of a large FAQ live at once; False when a build must do it."""
        if self._built is None or self._built.refused != refused_texts(self._faq_dir):
            return False
        change = self._built.overlay(live_entries(self._faq_dir, reader=self._reader), self.vectors.of)
        if change is None:
            return False
        if not change.is_empty:
            self._base = self._built.with_overlay(change)
            later = threading.Timer(MERGE_AFTER_S, self._merge_later)
            later.daemon = True
            later.start()
            logger.info("FAQ change live: %d entries laid over the index", len(change.added))
        return True

    def _merge_later(self) -> None:
        try:
            self.merge()
        except KnowledgeBaseError as error:
            logger.error("FAQ change live, but not yet in the index on disk: %s", error)

    def _signature(self) -> Signature:
        files = [*sorted(self._faq_dir.rglob("*.md")), *refused_files(self._faq_dir)]
        return (date.today(), *(_stamp(file) for file in files))


def _stamp(file: Path) -> tuple[str, int, int]:
    try:
        status = file.stat()
    except OSError:  # deleted or replaced between listing and reading
        return (str(file), 0, -1)
    return (str(file), status.st_mtime_ns, status.st_size)
