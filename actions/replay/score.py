"""Counts the outcomes of a replay: recall, precision, false alarms, reasons, and what went wrong in each case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from actions.replay.run import Outcome

Verdict = Literal["right", "early", "late", "missed", "false_alarm", "unjudged"]
ASKED = "asked_for_person"


def verdict(outcome: Outcome) -> Verdict:
    """`right` is a handover inside its window, or none where none was due."""
    expect, turn = outcome.case.expect, outcome.turn
    if expect is None:
        return "unjudged"
    if not expect.handoff:
        return "right" if turn is None else "false_alarm"
    if turn is None:
        return "missed"
    return "early" if turn < expect.first else "late" if turn > expect.last else "right"


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Overall figures, each null where nothing counts for it.

    recall: handed over inside the window / must hand over. precision: the same / all handovers. false_alarm_rate:
    handed over / must never. reason_accuracy: right reason / handed over inside the window, of those that name one.
    asked_for_person_recall: recall of the cases whose reason is that one.
    """
    judged = [(outcome, verdict(outcome)) for outcome in outcomes if outcome.case.expect is not None]
    due = [(o, v) for o, v in judged if o.case.expect and o.case.expect.handoff]
    never = [v for o, v in judged if o.case.expect and not o.case.expect.handoff]
    hits = [o for o, v in due if v == "right"]
    named = [o for o in hits if o.case.expect and o.case.expect.reason]
    asked = [v for o, v in due if o.case.expect and o.case.expect.reason == ASKED]
    return {
        "dialogues": len(outcomes),
        "must_hand_over": len(due),
        "must_not": len(never),
        "recall": _share(len(hits), len(due)),
        "precision": _share(len(hits), sum(o.turn is not None for o, _ in judged)),
        "false_alarm_rate": _share(never.count("false_alarm"), len(never)),
        "reason_accuracy": _share(sum(o.reason == o.case.expect.reason for o in named if o.case.expect), len(named)),
        "asked_for_person_recall": _share(asked.count("right"), len(asked)),
        "early": sum(v == "early" for _, v in due),
        "late": sum(v == "late" for _, v in due),
        "missed": sum(v == "missed" for _, v in due),
    }


def result(outcome: Outcome) -> dict[str, Any]:
    """One case as the report holds it; `turn` counts from 1, null when nobody took over."""
    found = verdict(outcome)
    expect = outcome.case.expect
    same = expect is None or expect.reason is None or expect.reason == outcome.reason
    return {
        "id": outcome.case.id,
        "lang": outcome.case.lang,
        "handoff": outcome.turn is not None,
        "turn": outcome.turn,
        "reason": outcome.reason,
        "rule": outcome.rule,
        "verdict": found,
        "reason_right": same if found == "right" and outcome.turn is not None else None,
    }


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The whole report: per dialogue, overall, and overall by language."""
    by_lang = {
        lang: summary([o for o in outcomes if o.case.lang == lang])
        for lang in sorted({o.case.lang for o in outcomes if o.case.lang})
    }
    return {"overall": summary(outcomes), "by_lang": by_lang, "dialogues": [result(o) for o in outcomes]}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
