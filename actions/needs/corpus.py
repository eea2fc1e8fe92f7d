"""All training texts of the needs model: phrases, dialogues, Rasa's examples, and mood messages as ordinary talk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from actions.mood.rows import load_rows
from actions.needs.dialogues import dialogue_texts
from actions.needs.rows import NEEDS, load_phrases
from actions.policy.config import PolicyConfig
from actions.policy.text import normal

NLU = Path(__file__).resolve().parents[2] / "bot" / "data" / "nlu"
Marks = Mapping[str, int | None]  # 1 the text states the need, 0 it does not, None it may
TALKING = frozenset({"greet", "thanks", "goodbye", "affirm", "deny", "chitchat", "nonsense"})
ASKING = frozenset({"ask_faq", "order_status", "return_refund", "restart"})
# Needs that shade into one another: a phrase of one says nothing about the others.
KIN = (frozenset({"hurt", "danger", "child_danger"}), frozenset({"legal", "media", "complaint"}))
GRAVE = frozenset(NEEDS) - {"ask_person", "refuse_person", "complaint", "talk", "unhelped"}
NLU_WEIGHT, MOOD_WEIGHT = 0.5, 0.3
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_COMPLAINT = re.compile(r"投诉|complain", re.IGNORECASE)
_PERSON = re.compile(r"人工|真人")


@dataclass(frozen=True)
class Sample:
    """One training text. weight: how much it counts."""

    text: str
    marks: Marks
    weight: float


def load_samples() -> list[Sample]:
    """Each text once; the phrases written for this model go before what is borrowed."""
    policy, samples = PolicyConfig.load(), {phrase.text: _own(phrase.text, phrase.needs) for phrase in load_phrases()}
    for text, told in dialogue_texts().items():
        if text not in samples:
            samples[text] = Sample(text, told, 1.0)
    for intent, text in _examples():
        if text not in samples:
            samples[text] = Sample(text, _of_intent(intent, _unsure(text, policy)), NLU_WEIGHT)
    for row in load_rows():
        if not row.in_test and row.text not in samples:
            marks = _ordinary(_unsure(row.text, policy) | {"talk", "unhelped"})
            samples[row.text] = Sample(row.text, marks, MOOD_WEIGHT)
    return list(samples.values())


def _own(text: str, needs: frozenset[str]) -> Sample:
    marks: dict[str, int | None] = {name: int(name in needs) for name in NEEDS}
    for family in KIN:
        if needs & family:
            marks |= dict.fromkeys(family - needs)
    if needs - {"unhelped"}:  # whoever asks for a person or complains may have been answered in vain before
        marks["unhelped"] = 1 if "unhelped" in needs else None
    return Sample(text, marks, 1.0)


def _ordinary(unsure: frozenset[str]) -> dict[str, int | None]:
    return {name: None if name in unsure else 0 for name in NEEDS}


def _of_intent(intent: str, unsure: frozenset[str]) -> Marks:
    marks = _ordinary(unsure)
    if intent == "ask_person":
        return marks | {"ask_person": 1, "refuse_person": 0}
    if intent == "complaint":  # asks how to complain as often as it complains
        return dict.fromkeys(NEEDS) | {"ask_person": 0, "refuse_person": 0, "talk": 0}
    if intent in TALKING:
        denies = {"refuse_person": None, "unhelped": None} if intent == "deny" else {}
        return marks | {"talk": 1} | denies
    return marks | {"talk": 0 if intent in ASKING else None}


def _unsure(text: str, policy: PolicyConfig) -> frozenset[str]:
    """What a borrowed text may state besides its label, by the word lists of the policy."""
    form, found = normal(text), set[str]()
    if policy.asked.patterns.find(form) or _PERSON.search(form):
        found |= {"ask_person", "refuse_person"}
    if any(topic.always.find(form) or topic.words.find(form) for topic in (*policy.crisis, *policy.topics)):
        found |= GRAVE
    if policy.complaint.patterns.find(form) or _COMPLAINT.search(form):
        found.add("complaint")
    return frozenset(found)


def _examples() -> Iterator[tuple[str, str]]:
    """(intent, text) of Rasa's training examples, without the marks of entities."""
    yaml = YAML(typ="safe", pure=True)
    for path in sorted(NLU.glob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8")).get("nlu") or []:
            for line in str(block.get("examples") or "").splitlines() if "intent" in block else ():
                text = _ENTITY.sub(r"\1", line.strip().removeprefix("- ").strip())
                if text:
                    yield block["intent"], text
