"""BM25 over characters, character pairs and words: finds the exact wording that vectors blur."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.text import terms

K1, B = 1.2, 0.5
Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@lru_cache(maxsize=200_000)
def _code(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class TermTable:
    """Terms of n texts, row after row: `starts` (n+1), `codes` (64-bit hashes) and their `counts`."""

    starts: Ints
    codes: Codes
    counts: npt.NDArray[np.float32]

    @classmethod
    def of(cls, texts: Sequence[str]) -> TermTable:
        starts, codes, counts = [0], list[int](), list[int]()
        for text in texts:
            tally = Counter(_code(term) for term in terms(text))
            codes.extend(tally.keys())
            counts.extend(tally.values())
            starts.append(len(codes))
        return cls(np.array(starts, np.int64), np.array(codes, np.uint64), np.array(counts, np.float32))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def joined(self, other: TermTable) -> TermTable:
        """The rows of this table, then those of `other`."""
        return TermTable(
            np.concatenate([self.starts, other.starts[1:] + self.starts[-1]]),
            np.concatenate([self.codes, other.codes]),
            np.concatenate([self.counts, other.counts]),
        )

    def take(self, rows: Ints) -> TermTable:
        """The given rows, in the given order."""
        sizes = self.starts[rows + 1] - self.starts[rows]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        flat = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], sizes)
        return TermTable(starts, self.codes[flat], self.counts[flat])

    def save(self, path: Path) -> None:
        np.savez(path, starts=self.starts, codes=self.codes, counts=self.counts)

    @classmethod
    def load(cls, path: Path) -> TermTable:
        with np.load(path, allow_pickle=False) as data:
            return cls(data["starts"], data["codes"], data["counts"])


class LexicalIndex:
    """Inverted BM25 lists of a term table; scores are shares (0–1) of the best sum the query could reach.

    `like` is an index whose rarity of terms and length of texts are taken over: for a few rows that come behind it.
    """

    def __init__(self, table: TermTable, like: LexicalIndex | None = None) -> None:
        rows = len(table)
        self.size = rows
        lengths = np.add.reduceat(np.append(table.counts, 0.0), table.starts[:-1]) if rows else np.zeros(0)
        lengths = np.where(table.starts[1:] > table.starts[:-1], lengths, 0.0)
        owners = np.repeat(np.arange(rows), np.diff(table.starts))
        order = np.argsort(table.codes, kind="stable")
        self._rows = owners[order].astype(np.int32)
        self._codes, firsts = np.unique(table.codes[order], return_index=True)
        self._bounds = np.append(firsts, len(order))
        frequencies = np.diff(self._bounds)
        if like is None:
            self._average = max(float(lengths.mean()) if rows else 1.0, 1e-9)
            self._idf = np.log1p((rows - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)
            self._unseen_idf = float(np.log1p((rows + 0.5) / 0.5))
        else:
            self._average, self._unseen_idf = like._average, like._unseen_idf
            self._idf = np.array([like.rarity(int(code)) for code in self._codes], np.float32)
        norm = K1 * (1.0 - B + B * lengths / self._average)
        saturated = table.counts * (K1 + 1.0) / (table.counts + norm[owners])
        self._weights = (saturated[order] * np.repeat(self._idf, frequencies)).astype(np.float32)
        self._later: LexicalIndex | None = None

    def extended(self, later: TermTable) -> LexicalIndex:
        """This index with the rows of `later` behind its own."""
        longer = copy(self)
        longer._later = LexicalIndex(later, like=self)
        longer.size = len(self) + len(later)
        return longer

    def __len__(self) -> int:
        """Rows, without those that `extended` put behind."""
        return self.size - (self._later.size if self._later else 0)

    def rarity(self, code: int) -> float:
        """Inverse document frequency of a term."""
        span = self._place(code)
        return self._unseen_idf if span is None else float(self._idf[span])

    def frequency(self, term: str) -> int:
        """How many rows hold a term: a character or a pair of them, or a word with whatever ending."""
        place = self._place(_code(next(iter(terms(term)[-1:]), term)))
        own = 0 if place is None else int(self._bounds[place + 1] - self._bounds[place])
        return own + (self._later.frequency(term) if self._later else 0)

    def scores(self, text: str) -> Floats:
        """Shape (size,), float32 in 0–1: BM25 divided by the sum a short text with all terms would get."""
        tally = Counter(_code(term) for term in terms(text))
        parts = [self._sums(tally), *([self._later._sums(tally)] if self._later else [])]
        totals = np.concatenate(parts)
        best = 0.0
        for code, count in tally.items():
            known = self._place(code) is not None
            best += count * self.rarity(code) * ((K1 + 1.0) / (1.0 + K1 * (1.0 - B)) if known else 1.0)
        return np.minimum(totals / best, 1.0, dtype=np.float32) if best > 0.0 else totals

    def unseen_share(self, text: str) -> float:
        """Share (0–1) of the weight of a text's different terms that no row has."""
        codes = {_code(term) for term in terms(text)}
        weights = {code: self.rarity(code) for code in codes}
        unseen = sum(weight for code, weight in weights.items() if self._place(code) is None)
        return unseen / max(sum(weights.values()), 1e-9)

    def _place(self, code: int) -> int | None:
        place = int(np.searchsorted(self._codes, np.uint64(code)))
        return place if place < len(self._codes) and self._codes[place] == code else None

    def _sums(self, tally: Counter[int]) -> Floats:
        totals = np.zeros(len(self), np.float32)
        for code, count in tally.items():
            place = self._place(code)
            if place is not None:
                span = slice(self._bounds[place], self._bounds[place + 1])
                totals[self._rows[span]] += count * self._weights[span]
        return totals

    def top(self, scores: Floats, count: int) -> Ints:
        """Rows of the `count` best positive scores, best first."""
        count = min(count, self.size)
        if count == 0:
            return np.zeros(0, np.int64)
        rows = np.argpartition(-scores, count - 1)[:count]
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        return rows[scores[rows] > 0.0].astype(np.int64)
