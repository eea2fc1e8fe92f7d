"""Turns of the escalation dialogues that may be tuned on, as training texts: above all look-alikes of a need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from actions.needs.rows import NEEDS
from actions.replay.cases import Case, Expect, read_cases

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "bench" / "escalation"
# Never a sealed part: what a model has learnt from measures it no more.
PARTS = (
    "tune.jsonl",
    "dev.jsonl",
    "voices.jsonl",
    "voices-b.jsonl",
    "hands.jsonl",
    "hands-b.jsonl",
    "hands-c.jsonl",
    "hands-d.jsonl",
)
Marks = dict[str, int | None]
# A calm text may chat, refuse a person or complain a little without a handover being due.
_OPEN = frozenset({"talk", "refuse_person"})


def dialogue_texts(folder: Path = FOLDER) -> dict[str, Marks]:
    """Text → need → 1 stated, 0 not, None open. Raises ReplayError when a part is absent or damaged.

    Texts that also stand in a sealed part are left out.
    """
    found: dict[str, Marks] = {}
    sealed = {text for part in sorted(folder.glob("sealed*.jsonl")) for case in read_cases(part) for text in case.turns}
    for part in PARTS:
        for case in read_cases(folder / part):
            for text, marks in _turns(case):
                if text not in sealed:
                    found[text] = _both(found[text], marks) if text in found else marks
    return found


def _turns(case: Case) -> Iterator[tuple[str, Marks]]:
    expect = case.expect or Expect(False)
    for number, text in enumerate(case.turns, 1):
        # Only what opens a talk cannot be the complaint that an answer was no help.
        open_needs = _OPEN if number == 1 else _OPEN | {"unhelped"}
        if not expect.handoff:
            yield text, {need: None if need in open_needs else 0 for need in NEEDS}
        elif number < expect.first:
            yield text, {need: None if need in open_needs or need == "complaint" else 0 for need in NEEDS}
        elif number == expect.first == expect.last:
            yield text, _due(expect.reason)


def _due(reason: str | None) -> Marks:
    """What the text that calls for a person says of the needs; which sensitive topic it is, the benchmark does not."""
    marks: Marks = dict.fromkeys(NEEDS)
    if reason == "asked_for_person":
        return marks | {"ask_person": 1, "refuse_person": 0}
    if reason == "complaint":
        return marks | {"ask_person": 0, "complaint": 1}
    return marks | ({"ask_person": 0} if reason in ("angry", "no_answer", "same_question") else {})


def _both(left: Mapping[str, int | None], right: Mapping[str, int | None]) -> Marks:
    """The same words in two dialogues: what either states is stated, what only one denies is denied."""
    known = {need: [mark for mark in (left[need], right[need]) if mark is not None] for need in NEEDS}
    return {need: max(marks) if marks else None for need, marks in known.items()}
