"""Builds the index from the FAQ folder; only texts the last index does not hold are encoded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.embedding import Embedder
from knowledge_base.errors import FaqFolderMissing, IndexDamaged, IndexForeign, IndexMissing
from knowledge_base.index import Floats, IndexData, Scale, Scales, lexical_document, load_index, save_index
from knowledge_base.layers import meaning_dimension
from knowledge_base.lexical import TermTable
from knowledge_base.markdown import FolderReader, load_entries
from knowledge_base.models import Entry
from knowledge_base.probe import probe_texts, rivals_of
from knowledge_base.prototypes import precision_matrix
from knowledge_base.refused import refused_texts
from knowledge_base.text import detect_language
from knowledge_base.vectors import FaissIndex

_BATCH = 256

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BuildReport:
    """What a build did; `changed` is False when the index already held exactly this."""

    entries: int
    texts: int
    encoded: int
    changed: bool
    path: Path


def build_index(
    faq_dir: Path,
    index_dir: Path,
    embedder: Embedder,
    progress: Progress | None = None,
    *,
    today: date | None = None,
    reader: FolderReader | None = None,
) -> BuildReport:
    """Index the live entries of `faq_dir`; `progress(done, total)` counts the texts to encode.

    A server that builds again and again keeps one `reader`, which parses only files that changed.

    Raises FaqError on a bad file and FaqFolderMissing when nothing is live; the old index then stays.
    """
    entries = live_entries(faq_dir, today=today, reader=reader)
    return build_entries(entries, index_dir, embedder, progress, refused=refused_texts(faq_dir))


def live_entries(faq_dir: Path, *, today: date | None = None, reader: FolderReader | None = None) -> list[Entry]:
    """What customers may be shown today; raises FaqError on a bad file, FaqFolderMissing when nothing is live."""
    day = today or date.today()
    entries = reader.load() if reader else load_entries(faq_dir)
    live = [entry for entry in entries if entry.is_live(day)]
    if not live:
        raise FaqFolderMissing(f"{faq_dir} holds no published, valid entry", "publish one: `status: published`")
    return live


def build_entries(
    entries: Sequence[Entry],
    index_dir: Path,
    embedder: Embedder,
    progress: Progress | None = None,
    *,
    refused: Sequence[str] = (),
) -> BuildReport:
    """Index the given entries as they are, and questions that are `refused`; see `build_index`."""
    old = _previous(index_dir, embedder)
    rivals = rivals_of(refused)
    rivals_hash = _hash(rivals)
    known_rivals = old is not None and old.elsewhere_hash == rivals_hash
    wanted = content_hash(entries, embedder.name, refused)
    texts = [text for entry in entries for text in entry.wordings]
    if old is not None and known_rivals and old.content_hash == wanted:
        return BuildReport(len(entries), len(texts), 0, False, index_dir)
    known, held = (old.texts, old.vectors) if old is not None else ([], None)
    vectors, encoded = _vectors(texts, known, held, embedder, progress or _unseen)
    sizes = np.array([len(entry.wordings) for entry in entries], np.int64)
    meaning = meaning_dimension(embedder)
    data = IndexData(
        entries=tuple(entries),
        vectors=vectors,
        faiss=FaissIndex.build(np.ascontiguousarray(vectors[:, :meaning]), like=old.faiss if old is not None else None),
        table=_terms([lexical_document(entry) for entry in entries], old),
        elsewhere=_rival_vectors(rivals, old, embedder),
        refused=tuple(refused),
        precision=precision_matrix(vectors[:, :meaning], sizes),
        scales=old.scales if old is not None else measure_scales(embedder),
        model=embedder.name,
        content_hash=wanted,
        elsewhere_hash=rivals_hash,
        meaning=meaning,
    )
    return BuildReport(len(entries), len(texts), encoded, True, save_index(data, index_dir))


def content_hash(entries: Sequence[Entry], model: str, refused: Sequence[str] = ()) -> str:
    """Hex digest over the model's name, everything an entry holds, and the questions refused."""
    digest = hashlib.sha256("\n".join([model, *refused]).encode("utf-8", "replace"))
    for entry in entries:
        digest.update(json.dumps(entry.to_dict(), ensure_ascii=False, sort_keys=True).encode("utf-8", "replace"))
    return digest.hexdigest()


def _hash(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()


def measure_scales(embedder: Embedder) -> Scales:
    """Mean and spread of the cosines between unrelated sentences, which differ between models and languages."""
    texts = probe_texts()
    vectors = embedder.encode(texts)
    english = np.array([detect_language(text) == "en" for text in texts])
    zh, en = vectors[~english], vectors[english]
    return Scales(
        zh=_scale((zh @ zh.T)[np.triu_indices(len(zh), 1)]),
        en=_scale((en @ en.T)[np.triu_indices(len(en), 1)]),
        mixed=_scale((zh @ en.T).ravel()),
    )


def _scale(cosines: Floats) -> Scale:
    return Scale(float(cosines.mean()), max(float(cosines.std()), 1e-3))


def _previous(index_dir: Path, embedder: Embedder) -> IndexData | None:
    try:
        return load_index(index_dir, embedder)
    except (IndexMissing, IndexDamaged, IndexForeign):
        return None


def _vectors(
    texts: list[str], known: list[str], held: Floats | None, embedder: Embedder, progress: Progress
) -> tuple[Floats, int]:
    """Vectors of `texts`, taken from those `held` of the texts `known` where they are the same; how many were not."""
    fresh, places = _reuse(texts, known)
    vectors = _encode(fresh, embedder, progress)
    pool = vectors if held is None else np.concatenate([held, vectors])
    return np.ascontiguousarray(pool[places]), len(fresh)


def _rival_vectors(rivals: list[str], old: IndexData | None, embedder: Embedder) -> Floats:
    """Vectors of the rivals (m, d), taken from the old index unless that was made with other texts of this package."""
    known = rivals_of(old.refused) if old is not None else []
    if old is None or _hash(known) != old.elsewhere_hash:
        return _vectors(rivals, [], None, embedder, _unseen)[0]
    return _vectors(rivals, known, old.elsewhere, embedder, _unseen)[0]


def _unseen(done: int, total: int) -> None:
    """Progress that nobody is told."""


def _terms(documents: list[str], old: IndexData | None) -> TermTable:
    fresh, places = _reuse(documents, old.documents if old is not None else [])
    table = TermTable.of(fresh)
    return (table if old is None else old.table.joined(table)).take(places)


def _reuse(wanted: list[str], known: list[str]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Texts that are new, and for each wanted text its row in `known + new`."""
    rows = {text: row for row, text in enumerate(known)}
    fresh = [text for text in dict.fromkeys(wanted) if text not in rows]
    rows.update((text, len(known) + n) for n, text in enumerate(fresh))
    return fresh, np.array([rows[text] for text in wanted], np.int64)


def _encode(texts: list[str], embedder: Embedder, progress: Progress) -> Floats:
    progress(0, len(texts))
    parts = [np.zeros((0, embedder.dimension), np.float32)]
    # Texts of like length share a batch, so that short ones are not padded to the longest.
    order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
    for start in range(0, len(order), _BATCH):
        parts.append(embedder.encode([texts[n] for n in order[start : start + _BATCH]]))
        progress(min(start + _BATCH, len(order)), len(order))
    sorted_vectors = np.concatenate(parts)
    vectors = np.empty_like(sorted_vectors)
    vectors[order] = sorted_vectors
    return vectors
