"""Chooses the questions offered after an answer: the editor's own first, then learnt ones, then near entries."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path

import numpy as np

from knowledge_base.errors import FollowingDamaged
from knowledge_base.following import Following
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase

logger = logging.getLogger(__name__)
OFFERED = 3
# So many entries are looked at to find near ones of the same category.
_LOOKED_AT = 40


class Source(StrEnum):
    """Why a question is offered."""

    WRITTEN = "written"  # the editor's `followups`
    LEARNT = "learnt"  # asked next by customers who got this answer
    LINKED = "linked"  # its own `followups` lead here
    NEAR = "near"  # of the same category, near in meaning


@dataclass(frozen=True)
class Offer:
    """An entry offered next."""

    entry: Entry
    source: Source


@dataclass
class _Seen:
    """What was worked out over one content of the index."""

    content: str
    linked: dict[str, list[str]]
    near: dict[str, tuple[str, ...]] = field(default_factory=dict)


class NextQuestions:
    """Offers questions; safe to share between threads. `file` is read again when it changes; None: nothing learnt."""

    def __init__(self, file: Path | None = None, *, predict: bool = True, following: Following | None = None) -> None:
        self._file = file
        self._predict = predict
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._following = following or Following()
        self._seen: _Seen | None = None

    def after(self, base: KnowledgeBase, entry_id: str, answered: Collection[str] = ()) -> list[Offer]:
        """At most OFFERED questions, besides all that the editor wrote; none of `answered` is predicted.

        Nothing is predicted after an entry whose own buttons or follow-ups fill the places, nor after a sensitive
        one: there the editor alone decides.
        """
        entry = base.get(entry_id)
        return self.offers(base, entry, answered) if entry is not None else []

    def offers(self, base: KnowledgeBase, entry: Entry, answered: Collection[str] = ()) -> list[Offer]:
        """`after`, for an entry as an editor has it under the hands."""
        found = [Offer(target, Source.WRITTEN) for target in map(base.get, entry.followups) if target is not None]
        if not self._predict or entry.sensitive:
            return found
        taken = {*answered, *(offer.entry.id for offer in found)}
        places = max(OFFERED - len(entry.buttons) - len(found), 0)
        return [*found, *islice(self.predicted(base, entry, taken), places)]

    def predicted(self, base: KnowledgeBase, entry: Entry, taken: Collection[str] = ()) -> Iterator[Offer]:
        """What nobody wrote, likeliest first: live, of the same language, not sensitive, and none of `taken`."""
        seen, said = {entry.id, *taken}, {entry.question, *entry.buttons}
        for target_id, source in self._likely(base, entry):
            target = base.get(target_id)
            if target is None or target.id in seen or target.question in said:
                continue
            if target.lang == entry.lang and not target.sensitive:
                seen.add(target.id)
                yield Offer(target, source)

    def _likely(self, base: KnowledgeBase, entry: Entry) -> Iterator[tuple[str, Source]]:
        for target in self._learnt().after(entry.id):
            yield target, Source.LEARNT
        seen = self._of(base)
        for target in seen.linked.get(entry.id, ()):
            yield target, Source.LINKED
        if entry.id not in seen.near:
            seen.near[entry.id] = near_entries(base, base.get(entry.id) or entry)
        for target in seen.near[entry.id]:
            yield target, Source.NEAR

    def _of(self, base: KnowledgeBase) -> _Seen:
        with self._lock:
            if self._seen is None or self._seen.content != base.content_hash:
                self._seen = _Seen(base.content_hash, _linked(base))
            return self._seen

    def _learnt(self) -> Following:
        """What the file holds now; a damaged one leaves what was known."""
        if self._file is None:
            return self._following
        try:
            status = self._file.stat()
        except OSError:
            return self._following
        stamp = (status.st_mtime_ns, status.st_size)
        with self._lock:
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._following = Following.load(self._file)
                except FollowingDamaged as error:
                    logger.error("learnt follow-ups are left out: %s", error)
            return self._following


def _linked(base: KnowledgeBase) -> dict[str, list[str]]:
    linked: dict[str, list[str]] = {}
    for entry in base.entries:
        if base.get(entry.id) is entry:
            for target in entry.followups:
                linked.setdefault(target, []).append(entry.id)
    return linked


def near_entries(base: KnowledgeBase, entry: Entry) -> tuple[str, ...]:
    """Entries of the same category and language, nearest to the middle of the entry's wordings first."""
    vectors = base.vectors_of(entry.id)
    if not len(vectors):
        return ()
    middle = vectors.mean(0)
    middle /= max(float(np.linalg.norm(middle)), 1e-9)
    hits = base.search_vector(entry.question, middle, entry.lang, _LOOKED_AT)
    return tuple(hit.entry.id for hit in hits if hit.entry.category == entry.category and hit.entry.id != entry.id)
