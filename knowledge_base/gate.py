"""The publish gate: asks saved questions on the old and the new FAQ and shows which answers change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from knowledge_base.evaluate import Outcome


@dataclass(frozen=True)
class Change:
    """A question that is answered otherwise than before; a regression was right before and is wrong now."""

    question: str
    expected: str | None
    before: str | None
    after: str | None
    regression: bool
    mended: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {key: getattr(self, key) for key in self.__dataclass_fields__}


def compare(old: Sequence[Outcome], new: Sequence[Outcome]) -> list[Change]:
    """Changes between outcomes of the same cases, regressions first."""
    changes = [_change(before, after) for before, after in zip(old, new, strict=True)]
    found = [change for change in changes if change.before != change.after or change.regression]
    return sorted(found, key=lambda change: (not change.regression, not change.mended))


def _change(before: Outcome, after: Outcome) -> Change:
    return Change(
        question=after.case.question,
        expected=after.case.id,
        before=_given(before),
        after=_given(after),
        regression=before.right and not after.right,
        mended=after.right and not before.right,
    )


def _given(outcome: Outcome) -> str | None:
    """Id of the entry that is given first; None for no answer."""
    return None if outcome.refused else outcome.hits[0].entry.id
