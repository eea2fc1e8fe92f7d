"""How a customer's text lies among the wordings around the best entry: what tells a near miss from a match."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.index import Floats, Scale
from knowledge_base.text import terms

# Candidates whose wordings are compared with the best one's.
AROUND = 12
_SIBLINGS = 3
# What stands for the lead over the next entry where there is none.
_LONE_LEAD, _LONE_WORDS_LEAD, _LONE_COSINE_LEAD = 3.0, 0.3, 0.1
# Scaled cosine from which on two texts are taken to mean the same, and how gradually.
_SAME_MEANING, _SAME_MEANING_WIDTH = 6.0, 0.5


@dataclass(frozen=True)
class Neighbourhood:
    """Candidates best first: `rows[n]` are the wordings' vectors (k, d) of the n-th; `wordings` those of the first.

    `dense` (best cosine, scaled), `cosines` (the same, plain) and `lexical` are one number for each candidate.
    """

    rows: Sequence[Floats]
    wordings: Sequence[str]
    dense: npt.NDArray[np.float64]
    cosines: Floats
    lexical: npt.NDArray[np.float64]


def surroundings(text: str, vector: Floats, near: Neighbourhood, unseen: float, scale: Scale) -> list[float]:
    """The numbers named in SURROUNDINGS.

    isolation: is the text nearer to the best wording than other entries are? siblings: nearer than its own variants?
    unseen: share of words that the knowledge base does not have; length: of the text, in terms; lead, lexical_lead,
    cosine_lead: over the next entries; overlap: share of the best wording's terms that the text has; same: how surely
    the text and the best wording mean the same.
    """
    own = near.rows[0]
    cosines = own @ vector
    best = int(cosines.argmax())
    others = [float((rows @ own[best]).max()) for rows in near.rows[1 : AROUND + 1]]
    siblings = np.sort(np.delete(own, best, axis=0) @ own[best])[::-1][:_SIBLINGS]
    asked, wording = set(terms(text)), set(terms(near.wordings[best]))
    top = float(cosines[best])
    alone = len(near.rows) == 1
    return [
        (top - (max(others) if others else scale.mean)) / scale.spread,
        (top - float(siblings.mean())) / scale.spread if len(siblings) else 0.0,
        unseen,
        math.log1p(len(asked)),
        _LONE_LEAD if alone else float(near.dense[0] - near.dense[1]),
        len(asked & wording) / max(len(wording), 1),
        _LONE_WORDS_LEAD if alone else float(near.lexical[0] - near.lexical[1]),
        _LONE_COSINE_LEAD if alone else float(near.cosines[0] - near.cosines[1:].max()),
        same_meaning(float(near.dense[0])),
    ]


def same_meaning(scaled: float) -> float:
    """How surely (0-1) two texts of this scaled cosine mean the same: only where several do, wording can decide."""
    return 1.0 / (1.0 + math.exp(min((_SAME_MEANING - scaled) / _SAME_MEANING_WIDTH, 50.0)))
