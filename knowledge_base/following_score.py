"""Measures the questions offered next on what customers asked: learnt from the older steps, tried on the newer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from knowledge_base.following import Following, Step
from knowledge_base.models import Entry
from knowledge_base.next_questions import OFFERED, NextQuestions, near_entries
from knowledge_base.search import KnowledgeBase

# The older part teaches.
_TAUGHT = 0.8

Guess = Callable[[Entry], Sequence[str]]


def held_out(base: KnowledgeBase, steps: Sequence[Step]) -> dict[str, Any]:
    """Share (0–1) of the newer steps whose next question was among the three offered, by way of choosing them.

    `steps` are oldest first. None as a share where there is nothing to try it on.
    """
    cut = int(len(steps) * _TAUGHT)
    taught, tried = steps[:cut], [step for step in steps[cut:] if base.get(step.before)]
    following = Following.learn(taught, taught[-1].at if taught else 0.0)
    chooser = NextQuestions(following=following)
    popular = [target for target, _ in Counter(step.after for step in taught).most_common()]
    ways: Mapping[str, Guess] = {
        "offered": lambda entry: [offer.entry.id for offer in chooser.after(base, entry.id)],
        "written_only": lambda entry: entry.followups,
        "predicted_only": lambda entry: _predicted(chooser, base, entry),
        "learnt_only": lambda entry: following.after(entry.id),
        "asked_most": lambda entry: popular,
    }
    return {
        "steps": len(steps),
        "taught": len(taught),
        "tried": len(tried),
        "hit_at_3": {name: _hits(base, tried, guess) for name, guess in ways.items()},
    }


def hidden(base: KnowledgeBase) -> dict[str, Any]:
    """The editor's own follow-ups as a test of what is offered where none are written and nothing is learnt.

    Each entry's are hidden in turn; links from other entries stay. `near_only` goes by meaning alone.
    """
    wanted = [
        Step(entry.id, target, 0.0, "")
        for entry in base.entries
        if base.get(entry.id) is entry and not entry.sensitive
        for target in entry.followups
        if _offerable(base, entry, target)
    ]
    chooser = NextQuestions()
    ways: Mapping[str, Guess] = {
        "offered": lambda entry: _predicted(chooser, base, entry),
        "near_only": lambda entry: [i for i in near_entries(base, entry) if _offerable(base, entry, i)],
        "any_of_category": lambda entry: _category(base, entry),
    }
    return {"pairs": len(wanted), "hit_at_3": {name: _hits(base, wanted, guess) for name, guess in ways.items()}}


def _hits(base: KnowledgeBase, tried: Sequence[Step], guess: Guess) -> float | None:
    guesses: dict[str, tuple[str, ...]] = {}
    right = 0
    for step in tried:
        entry = base.get(step.before)
        if entry is None:
            continue
        if entry.id not in guesses:
            guesses[entry.id] = tuple(list(guess(entry))[:OFFERED])
        right += step.after in guesses[entry.id]
    return round(right / len(tried), 4) if tried else None


def _predicted(chooser: NextQuestions, base: KnowledgeBase, entry: Entry) -> list[str]:
    return [offer.entry.id for offer in chooser.predicted(base, entry)]


def _offerable(base: KnowledgeBase, entry: Entry, target_id: str) -> bool:
    target = base.get(target_id)
    return target is not None and target.lang == entry.lang and not target.sensitive


def _category(base: KnowledgeBase, entry: Entry) -> list[str]:
    """Entries of the same category in the order of the files: what needs no thought."""
    same = [e for e in base.entries if (e.category, e.lang) == (entry.category, entry.lang) and e.id != entry.id]
    return [e.id for e in same if not e.sensitive and base.get(e.id) is e]
