"""Where things are in an index: the rows of each entry, the entry of each id and wording; cheap to extend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.models import Entry
from knowledge_base.text import normalise

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Directory:
    """`owners` (rows,): the entry of a vector; `starts` (n + 1,): the first row of an entry; `alive` (n,): which count.

    `exact` finds entries by `normalise`d wording; dead ones may be among them.
    """

    owners: Ints
    starts: Ints
    langs: npt.NDArray[np.str_]
    alive: npt.NDArray[np.bool_]
    by_id: dict[str, int]
    exact: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Directory:
        """The directory of `entries`, all alive."""
        nothing = np.zeros(0, np.int64)
        empty = cls(nothing, np.zeros(1, np.int64), np.zeros(0, np.str_), np.zeros(0, np.bool_), {}, {})
        return empty.extended(entries, nothing)

    def extended(self, more: Sequence[Entry], dead: Ints) -> Directory:
        """With `more` entries behind the others, and those at the positions `dead` counting no longer."""
        first = len(self.alive)
        sizes = np.array([len(entry.wordings) for entry in more], np.int64)
        alive = np.concatenate([self.alive, np.ones(len(more), np.bool_)])
        alive[dead] = False
        gone = set(dead.tolist())
        by_id = {key: place for key, place in self.by_id.items() if place not in gone} if gone else dict(self.by_id)
        exact = dict(self.exact)
        for place, entry in enumerate(more, first):
            by_id[entry.id] = place
            for key in {normalise(text) for text in entry.wordings} - {""}:
                exact[key] = (*exact.get(key, ()), place)
        return Directory(
            owners=np.concatenate([self.owners, np.repeat(np.arange(first, first + len(more)), sizes)]),
            starts=np.concatenate([self.starts, self.starts[-1] + np.cumsum(sizes)]).astype(np.int64),
            langs=np.concatenate([self.langs, np.array([entry.lang for entry in more], np.str_)]),
            alive=alive,
            by_id=by_id,
            exact=exact,
        )
