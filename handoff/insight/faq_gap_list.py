"""Makes the list of gaps an editor works off: missed questions of one meaning, with why, how often and a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import Any

from handoff.insight.faq_gaps import Missed
from handoff.insight.faq_refused import refusable
from knowledge_base.text import normalise

Groups = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class GapItem:
    """Questions of one meaning. ``misses`` counts them by kind; ``draft`` is what an agent answered.

    ``nearest`` is the entry (id, question, score) that comes nearest, None where nobody looked. ``refused``: an editor
    has written that the shop does not answer this; such a gap is ``dismissed``, too.
    """

    count: int
    questions: list[dict[str, Any]]
    misses: dict[str, int]
    nearest: dict[str, Any] | None
    draft: str
    lang: str
    last_at: float
    dismissed: bool
    refused: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def questions_to_group(missed: Sequence[Missed], limit: int = 2000) -> list[dict[str, Any]]:
    """The commonest wordings with their counts, as the encoder groups them; wordings equal but for marks are one."""
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for item in missed:
        key = normalise(item.question)
        if key:
            counts[key] += 1
            shown.setdefault(key, " ".join(item.question.split())[:400])
    return [{"question": shown[key], "count": count} for key, count in counts.most_common(limit)]


def ungrouped(questions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each wording as a group of its own, for when no encoder can be asked."""
    return [{"count": q["count"], "questions": [dict(q)], "nearest": None} for q in questions]


def gap_list(
    missed: Sequence[Missed], groups: Groups, dismissed: AbstractSet[str], refused: AbstractSet[str] = frozenset()
) -> list[GapItem]:
    """The gaps in the order of ``groups``; one is dismissed when most askings are of dismissed or refused wordings.

    It is refused when most askings of those wordings are refused that the desk would write down (`refusable`). All of
    them would be too many: one wording with a number in it is never written, and a new slip would bring back a gap
    that is settled. Any would be too few: one seldom line would hide what customers have come to ask since.
    """
    by_key: dict[str, list[Missed]] = {}
    for item in missed:
        by_key.setdefault(normalise(item.question), []).append(item)
    aside = dismissed | refused
    return [_item(group, by_key, aside, refused) for group in groups]


def _item(
    group: Mapping[str, Any], by_key: Mapping[str, list[Missed]], aside: AbstractSet[str], refused: AbstractSet[str]
) -> GapItem:
    asked: Counter[str] = Counter()
    for question in group["questions"]:
        asked[normalise(question["question"])] += question["count"]
    members = [item for key in asked for item in by_key.get(key, ())]
    writable = {key: asked[key] for key in refusable(question["question"] for question in group["questions"])}
    settled = _mostly(writable, refused)
    drafts = [item.draft for item in sorted(members, key=lambda m: -m.at) if item.draft]
    return GapItem(
        count=group["count"],
        questions=[dict(question) for question in group["questions"]],
        misses=dict(Counter(item.miss.value for item in members)),
        nearest=dict(group["nearest"]) if group.get("nearest") else None,
        draft=drafts[0] if drafts else "",
        lang=Counter(item.lang for item in members).most_common(1)[0][0] if members else "zh",
        last_at=max((item.at for item in members), default=0.0),
        dismissed=settled or _mostly(asked, aside),
        refused=settled,
    )


def _mostly(asked: Mapping[str, int], keys: AbstractSet[str]) -> bool:
    """Whether most of the askings, counted by wording, are of these wordings."""
    return sum(count for key, count in asked.items() if key in keys) * 2 > sum(asked.values())
