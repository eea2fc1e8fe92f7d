"""The last rule of the policy: nothing calls for a person, so the FAQ, Rasa's own rules or a hint to rephrase it is."""

from __future__ import annotations

from actions.policy.config import CountSettings
from actions.policy.text import likeness, plain
from actions.policy.turn import Turn
from actions.signals import Decision, Reason


def by_faq(turn: Turn) -> Decision:
    """answer, clarify, no_answer, none, or what a question asked too often leads to."""
    if not turn.has_words or turn.murmurs:
        return Decision("no_answer", "no_words") if not turn.in_form else Decision("none", "form_runs")
    if turn.in_form:
        return _in_form(turn)
    if turn.unhelped:
        repeated = _asked_again(turn)
        if repeated is not None:
            return repeated
    if _rasa_owns(turn):
        repeated = _asked_again(turn) if turn.signals.intent in turn.config.intents.repeatable else None
        return repeated or Decision("none", "left_to_rasa")
    best = turn.best
    if turn.talks and (best is None or best.zone != "answer"):
        return Decision("no_answer", "small_talk")
    if best is None or best.zone == "none":
        # a question put again without an answer is no good answer twice: the count below says so
        return _no_answer(turn)
    repeated = _asked_again(turn)
    if repeated is not None:
        return repeated
    if best.zone == "answer":
        return Decision("answer", "faq_answer")
    if turn.signals.memory.clarifies >= turn.config.faq.max_clarifies:
        return _no_answer(turn)
    return Decision("clarify", "faq_clarify")


def _in_form(turn: Turn) -> Decision:
    """A form keeps the turn unless the customer clearly asks something else."""
    free_text = turn.signals.active_form in turn.config.faq.free_text_forms
    if turn.faq_sure and turn.asks_question and not free_text:
        return Decision("answer", "faq_in_form")
    return Decision("none", "form_runs")


def _rasa_owns(turn: Turn) -> bool:
    intents = turn.config.intents
    if turn.signals.intent in intents.nonsense and turn.signals.intent_confidence >= intents.min_confidence:
        return not (turn.best is not None and turn.best.zone == "answer")
    if turn.is_courtesy:
        return True
    if turn.signals.intent not in intents.rasa or turn.faq_sure:
        return False
    if turn.signals.intent_confidence >= intents.min_confidence:
        return True
    return turn.best is None or turn.best.zone != "answer"


def _times_asked(turn: Turn, settings: CountSettings) -> int:
    """How often this question has now been put, this time included; the customer may say so in other words."""
    memory = turn.signals.memory
    by_entry = memory.times_answered(turn.best.id) if turn.best is not None and turn.best.zone != "none" else 0
    text = plain(turn.signals.text)
    by_text = 0
    if len(text) >= settings.min_chars:
        by_text = sum(likeness(text, old) >= settings.likeness for old in memory.texts)
    by_word = memory.unhelped + 1 if turn.unhelped else 0
    return max(by_entry, by_text, by_word) + 1


def _asked_again(turn: Turn) -> Decision | None:
    settings = turn.config.same_question
    times = _times_asked(turn, settings)
    if times < 2:
        return None
    return _counted(turn, settings, times, "same_question")


def _no_answer(turn: Turn) -> Decision:
    settings = turn.config.no_answer
    counted = _counted(turn, settings, turn.signals.memory.no_answers + 1, "no_answer")
    return counted or Decision("no_answer", "no_answer")


def _counted(turn: Turn, settings: CountSettings, times: int, reason: Reason) -> Decision | None:
    """Offer or hand over when the count is reached; a customer who refused a person is left in peace."""
    if turn.signals.memory.declined:
        return None
    if turn.signals.vip and reason in turn.config.vip.hand_over_on:
        return Decision("handover", f"vip_{reason}", "vip", settings.priority, turn.config.vip.skill)
    if settings.hand_over_at and times >= settings.hand_over_at:
        return Decision("handover", f"{reason}_{times}", reason, settings.priority, settings.skill)
    if settings.offer_at and times >= settings.offer_at and turn.may_offer:
        return Decision("offer", f"{reason}_{times}", reason, 0, settings.skill)
    return None
