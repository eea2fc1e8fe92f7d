"""Lists of regular expressions from the policy file, matched against the normal form of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass


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
class Topic:
    """A subject that calls for a person. `always`: whatever the FAQ knows; `words`: unless the FAQ is sure.

    `unless`: look-alikes taken out first (a fire-proof coat is no fire). min_score: how sure the FAQ must be, 0–1.
    before_anger: whether it, and not anger, is the reason when both hold.
    """

    name: str
    words: Patterns
    always: Patterns
    unless: Patterns
    min_score: float
    priority: int
    skill: str | None
    before_anger: bool = False

    def threat(self, form: str) -> bool:
        """Whether the text calls for a person at once."""
        return self.always.find(self.unless.without(form)) is not None

    def touched(self, form: str) -> bool:
        """Whether the text is about this topic."""
        return self.words.find(self.unless.without(form)) is not None
