"""What the policy must know of earlier turns; the caller keeps it in the slot `memory` between turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from actions.policy.text import plain
from actions.signals import Decision, Signals

KEPT_TEXTS = 8
KEPT_ENTRIES = 20
KEPT_CHARS = 120


@dataclass(frozen=True)
class Memory:
    """Counters across turns.

    no_answers, clarifies: in a row. answered: FAQ entry id → times given as the answer. texts: last questions, plain
    form. offers: offers of a person made. offered_last: the last reply was one. declined: the customer said no to one.
    form_failures: in a row, in the running form. action_error: an action failed. complaint_filed: complaint form done.
    unhelped: texts in a row that said that the answer before was no help.
    """

    no_answers: int = 0
    clarifies: int = 0
    answered: tuple[tuple[str, int], ...] = ()
    texts: tuple[str, ...] = ()
    offers: int = 0
    offered_last: bool = False
    declined: bool = False
    form_failures: int = 0
    action_error: bool = False
    complaint_filed: bool = False
    unhelped: int = 0

    @classmethod
    def empty(cls) -> Memory:
        """Memory at the start of a conversation, and again after a handoff came back."""
        return cls()

    def times_answered(self, entry_id: str) -> int:
        """How often this entry was given as the answer."""
        return dict(self.answered).get(entry_id, 0)

    def update(self, decision: Decision, signals: Signals) -> Memory:
        """Memory after this turn; call once per customer turn, after `decide`."""
        # asked again and offered a person: the question stays open, so the third time must still count
        answered = decision.action in ("answer", "empathise") or decision.reason == "same_question"
        asking = decision.action in ("answer", "empathise", "clarify", "no_answer", "offer") or (
            decision.rule == "left_to_rasa"
        )
        return replace(
            self,
            no_answers=self._no_answers(decision),
            clarifies=self.clarifies + 1 if decision.action == "clarify" else 0,
            answered=_count(self.answered, signals.faq[0].id) if answered and signals.faq else self.answered,
            texts=_keep(self.texts, signals.text) if asking else self.texts,
            offers=self.offers + (decision.action == "offer"),
            offered_last=decision.action == "offer",
            declined=self.declined or decision.refused_offer or decision.rule in ("declined_person", "declined_offer"),
            form_failures=self.form_failures if signals.active_form else 0,
            action_error=False,
            complaint_filed=False,
            unhelped=self.unhelped + 1 if decision.unhelped else 0,
        )

    def _no_answers(self, decision: Decision) -> int:
        if decision.rule in ("no_words", "declined_person", "small_talk"):
            return self.no_answers
        if decision.action == "no_answer" or decision.reason == "no_answer":
            return self.no_answers + 1
        return self.no_answers if decision.action in ("none", "clarify") else 0

    def form_failed(self) -> Memory:
        """A form refused the customer's value once more (for the form's validation action)."""
        return replace(self, form_failures=self.form_failures + 1)

    def form_went_on(self) -> Memory:
        """A form accepted a value."""
        return replace(self, form_failures=0)

    def action_failed(self) -> Memory:
        """An action could not do its work (order service down …); the next turn hands over."""
        return replace(self, action_error=True)

    def complaint_done(self) -> Memory:
        """The complaint form is filled; the next turn hands over unless the form's last action already did."""
        return replace(self, complaint_filed=True)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, the value of the slot `memory`."""
        return {
            "no_answers": self.no_answers,
            "clarifies": self.clarifies,
            "answered": dict(self.answered),
            "texts": list(self.texts),
            "offers": self.offers,
            "offered_last": self.offered_last,
            "declined": self.declined,
            "form_failures": self.form_failures,
            "action_error": self.action_error,
            "complaint_filed": self.complaint_filed,
            "unhelped": self.unhelped,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> Memory:
        """Read a stored memory; anything odd in it takes its empty value."""
        if not isinstance(data, Mapping):
            return cls()
        answered = data.get("answered")
        texts = data.get("texts")
        return cls(
            no_answers=_whole(data.get("no_answers")),
            clarifies=_whole(data.get("clarifies")),
            answered=tuple((str(k), _whole(v)) for k, v in answered.items()) if isinstance(answered, Mapping) else (),
            texts=tuple(str(t) for t in texts)[-KEPT_TEXTS:] if isinstance(texts, (list, tuple)) else (),
            offers=_whole(data.get("offers")),
            offered_last=data.get("offered_last") is True,
            declined=data.get("declined") is True,
            form_failures=_whole(data.get("form_failures")),
            action_error=data.get("action_error") is True,
            complaint_filed=data.get("complaint_filed") is True,
            unhelped=_whole(data.get("unhelped")),
        )


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000 else 0


def _count(counts: tuple[tuple[str, int], ...], key: str) -> tuple[tuple[str, int], ...]:
    """`counts` with one more for `key`, the newest last, the oldest forgotten."""
    rest = tuple((k, n) for k, n in counts if k != key)
    return (*rest, (key, dict(counts).get(key, 0) + 1))[-KEPT_ENTRIES:]


def _keep(texts: tuple[str, ...], text: str) -> tuple[str, ...]:
    form = plain(text)[:KEPT_CHARS]
    return (*texts, form)[-KEPT_TEXTS:] if form else texts
