"""Lists of regular expressions from the policy file, matched against the normal form of a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SURE = 0.85
# A bare "I want to complain" lies so near to legal threats that these must be beyond doubt beside a surer complaint.
BESIDE_COMPLAINT = 0.95


@dataclass(frozen=True)
class Patterns:
    """An ordered list of compiled expressions; the first that matches counts."""

    compiled: tuple[re.Pattern[str], ...] = ()

    def find(self, form: str) -> str | None:
        """The words of `form` (from `text.normal`) that matched, or None."""
        for pattern in self.compiled:
            match = pattern.search(form)
            if match:
                return match.group(0)
        return None

    def without(self, form: str) -> str:
        """`form` with every match replaced by a mark no pattern can match, so that look-alikes do not count."""
        for pattern in self.compiled:
            form = pattern.sub("\u25a1", form)
        return form


@dataclass(frozen=True)
class Meaning:
    """What the needs model adds to word lists. need: its output, None for words alone.

    enter: from this chance on no word is needed. veto: below this chance the words alone do not count.
    """

    need: str | None = None
    enter: float = 1.01
    veto: float = 0.0

    def holds(self, worded: bool, needs: Mapping[str, float], answered: bool = False) -> bool:
        """Words that are not denied by the meaning, or the meaning by itself; words alone where no model ran.

        answered: something else explains the text well (a sure FAQ hit), so that the meaning alone must be sure too.
        """
        chance = needs.get(self.need) if self.need else None
        if chance is None:
            return worded
        enter = max(self.enter, SURE) if answered else self.enter
        return chance >= enter or (worded and chance >= self.veto)


@dataclass(frozen=True)
class Topic:
    """A subject that calls for a person. `always`: whatever the FAQ knows; `words`: unless the FAQ is sure.

    `unless`: look-alikes taken out first (a fire-proof coat is no fire). min_score: how sure the FAQ must be, 0–1.
    before_anger: whether it, and not anger, is the reason when both hold. meaning: what a text may mean without these
    words, or must mean at least a little with them.
    """

    name: str
    words: Patterns
    always: Patterns
    unless: Patterns
    min_score: float
    priority: int
    skill: str | None
    before_anger: bool = False
    meaning: Meaning = field(default_factory=lambda: Meaning())

    def threat(self, form: str, needs: Mapping[str, float], answered: bool = False) -> bool:
        """Whether the text calls for a person at once, by its words or by what it means.

        answered: the FAQ surely has the answer, so that the meaning alone must be as sure.
        """
        left = self.unless.without(form)
        worded = self.always.find(left) is not None
        if not worded and left != form:
            return False  # a look-alike is near in meaning too
        if not worded and needs.get("complaint", 0.0) > needs.get(self.meaning.need or "", 0.0) < BESIDE_COMPLAINT:
            return False  # a complaint is near to the threats that often come with one
        return self.meaning.holds(worded, needs, answered)

    def touched(self, form: str) -> bool:
        """Whether the text is about this topic."""
        return self.words.find(self.unless.without(form)) is not None
