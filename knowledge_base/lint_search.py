"""What only the encoder sees: entries so alike that they take each other's questions, and variants that stray."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from knowledge_base.errors import FaqError
from knowledge_base.index import IndexData
from knowledge_base.lint import Finding, Level
from knowledge_base.models import Entry

# How much of the way from unrelated texts to equal ones two entries' middles must come to be shown as a pair.
_ALIKE = 0.9
_BLOCK = 1024
# A wording strays when another entry is nearer than the rest of its own, by this share of the same way.
_STRAY_BY = 0.12
_TRANSLATION_SUFFIX = "-en"


def lint_index(data: IndexData) -> list[Finding]:
    """Warnings about alike entries (with their cosine, 0–1) and stray variants, by file and line."""
    findings = [*_alike(data), *_stray(data)]
    return sorted(findings, key=lambda f: (f.problem.path, f.problem.line))


def _alike(data: IndexData) -> Iterator[Finding]:
    sizes = np.array([len(entry.wordings) for entry in data.entries])
    starts = np.cumsum(sizes) - sizes
    middles = np.add.reduceat(np.asarray(data.vectors), starts, axis=0)
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    unrelated = max(data.scales.zh.mean, data.scales.en.mean)
    alike = unrelated + _ALIKE * (1.0 - unrelated)
    for begin in range(0, len(middles), _BLOCK):
        cosines = middles[begin : begin + _BLOCK] @ middles.T
        for row, column in np.argwhere(cosines >= alike).tolist():
            one, other = data.entries[begin + row], data.entries[column]
            if begin + row < column and one.lang == other.lang:
                score = float(cosines[row, column])
                where = f"`{other.id}` ({other.path}:{other.line})"
                message = f"`{one.id}` and {where} are alike: {score:.3f}"
                yield _warning(one, message, "join them, or give each wordings that only it answers")


def _stray(data: IndexData) -> Iterator[Finding]:
    """Wordings to which another entry is nearer, by its best wording and by the mean of all of them."""
    owners = data.owners
    sizes = np.bincount(owners)
    starts = np.cumsum(sizes) - sizes
    langs = np.array([entry.lang for entry in data.entries])
    vectors = np.asarray(data.vectors)
    margin = _STRAY_BY * (1.0 - max(data.scales.zh.mean, data.scales.en.mean))
    for begin in range(0, len(vectors), _BLOCK):
        cosines = vectors[begin : begin + _BLOCK] @ vectors.T
        for row, line in enumerate(cosines):
            owner = int(owners[begin + row])
            if sizes[owner] < 2:
                continue
            line[begin + row] = 0.0
            means = np.add.reduceat(line, starts) / np.where(np.arange(len(sizes)) == owner, sizes - 1, sizes)
            bests = np.maximum.reduceat(line, starts)
            bests[langs != langs[owner]] = -1.0
            rival = int(bests.argmax())
            if bests[rival] > bests[owner] + margin and means[rival] > means[owner]:
                yield _stray_finding(data, begin + row, rival, float(bests[rival]), float(bests[owner]))


def _stray_finding(data: IndexData, place: int, rival: int, score: float, own: float) -> Finding:
    entry, other = data.entries[int(data.owners[place])], data.entries[rival]
    message = f"{data.texts[place]!r} is nearer to `{other.id}` ({score:.3f}) than to the rest of its entry ({own:.3f})"
    return _warning(entry, message, f"reword it, or move it to {other.path}:{other.line}")


def _warning(entry: Entry, message: str, remedy: str) -> Finding:
    problem = FaqError(entry.path, entry.line, message, remedy, f"## {entry.question}")
    return Finding(Level.WARNING, problem, entry.id)
