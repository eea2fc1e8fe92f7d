"""Lays a few changed entries over a large index, so that a change is live at once; the next build takes them in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from knowledge_base.index import Floats, IndexData, lexical_document
from knowledge_base.lexical import TermTable
from knowledge_base.models import Entry

# A whole build is quick below this many entries, and better: it learns from all wordings.
LEAST_ENTRIES = 2_000
# More than this is not "a few": searching the overlay would cost, and encoding it would take longer than 2 s.
MOST_TEXTS = 128

Encode = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True)
class Overlay:
    """Entries that come behind those of an index, and the positions in it that count no longer.

    `kept` replaces entries in which only what the search does not read has changed (dates, line in the file …).
    """

    added: tuple[Entry, ...]
    dead: npt.NDArray[np.int64]
    kept: dict[int, Entry]
    vectors: Floats
    table: TermTable

    @property
    def is_empty(self) -> bool:
        """The index holds all this already."""
        return not (self.added or len(self.dead) or self.kept)

    def laid_over(self, data: IndexData) -> IndexData:
        """`data` with this change; shares all large parts with it."""
        entries = list(data.entries)
        for position, entry in self.kept.items():
            entries[position] = entry
        return replace(data, entries=(*entries, *self.added), later=self.vectors, content_hash=self._hash(data))

    def _hash(self, data: IndexData) -> str:
        digest = hashlib.sha256(data.content_hash.encode())
        digest.update(self.dead.tobytes())
        for entry in (*self.kept.values(), *self.added):
            digest.update(json.dumps(entry.to_dict(), ensure_ascii=False, sort_keys=True).encode("utf-8", "replace"))
        return digest.hexdigest()


def overlay(data: IndexData, entries: Sequence[Entry], encode: Encode) -> Overlay | None:
    """What must be laid over `data` (as it was built) so that it holds `entries`; None when a build is better."""
    if data.later is not None or len(data.entries) < LEAST_ENTRIES:
        return None
    places = {entry.id: position for position, entry in enumerate(data.entries)}
    added, kept, dead = [], dict[int, Entry](), set(range(len(data.entries)))
    for entry in entries:
        place = places.get(entry.id)
        old = None if place is None else data.entries[place]
        if place is None or old is None or not _reads_alike(old, entry):
            added.append(entry)
            continue
        dead.discard(place)
        if old is not entry and old != entry:
            kept[place] = entry
    texts = [text for entry in added for text in entry.wordings]
    if len(texts) > MOST_TEXTS or len(dead) > len(data.entries) // 10:
        return None
    vectors = np.ascontiguousarray(encode(texts), np.float32).reshape(len(texts), data.vectors.shape[1])
    table = TermTable.of([lexical_document(entry) for entry in added])
    return Overlay(tuple(added), np.array(sorted(dead), np.int64), kept, vectors, table)


def _reads_alike(old: Entry, new: Entry) -> bool:
    return (old.wordings, old.tags, old.answer, old.lang) == (new.wordings, new.tags, new.answer, new.lang)
