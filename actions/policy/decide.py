"""The escalation policy: which rule speaks first for a turn, and what it decides. Pure; rules in order of weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from actions.policy.config import PolicyConfig
from actions.policy.faq_rules import by_faq
from actions.policy.patterns import Topic
from actions.policy.turn import Turn, declines_person
from actions.signals import Decision, Reason, Signals

BEYOND_DOUBT = 0.97
Rule = Callable[[Turn], Decision | None]


def decide(signals: Signals, config: PolicyConfig) -> Decision:
    """What to do after this customer message. Never raises for any signals; the same signals give the same decision."""
    turn = Turn.of(signals, config)
    for rule in RULES:
        decision = rule(turn)
        if decision is not None:
            return _finished(decision, turn)
    return _finished(by_faq(turn), turn)


def hand_over(reason: Reason, rule: str, config: PolicyConfig) -> Decision:
    """A handover asked for by code and not by a message (the complaint form is done, an action failed)."""
    settings = {
        "complaint": (config.complaint.priority, config.complaint.skill),
        "flow_failed": (config.flow.priority, config.flow.skill),
        "asked_for_person": (config.asked.priority, config.asked.skill),
        "angry": (config.angry.priority, config.angry.skill),
    }
    priority, skill = settings.get(reason, (1, None))
    return Decision("handover", rule, reason, priority, skill)


def _finished(decision: Decision, turn: Turn) -> Decision:
    """What the memory keeps of the turn; a handover takes the higher priority of anger and of a VIP, any other action
    may carry a word of empathy.
    """
    decision = replace(decision, unhelped=turn.unhelped)
    if turn.signals.memory.offered_last and turn.refuses_offer:
        decision = replace(decision, refused_offer=True)
    if decision.action != "handover":
        return _with_empathy(decision, turn)
    priority = decision.priority
    if turn.angry:
        priority = max(priority, turn.config.angry.priority)
    if turn.signals.vip:
        priority = min(3, priority + turn.config.vip.raise_priority)
    skill = decision.skill or (turn.config.vip.skill if turn.signals.vip else None)
    return replace(decision, priority=priority, skill=skill)


def _with_empathy(decision: Decision, turn: Turn) -> Decision:
    situation = turn.situation
    if situation is None:
        return decision
    action = "empathise" if decision.action == "answer" else decision.action
    return replace(decision, action=action, empathy=situation)


def _crisis(turn: Turn) -> Decision | None:
    for topic in turn.config.crisis:
        if topic.threat(turn.form, turn.signals.needs):
            return Decision("handover", f"crisis_{topic.name}", "sensitive_topic", topic.priority, topic.skill)
    return None


def _accepted(turn: Turn) -> Decision | None:
    """A yes to the offer is that, also when its button says "a person, please"."""
    settings = turn.config.offer
    if turn.signals.memory.offered_last and settings.accept.find(turn.form) and not turn.refuses_offer:
        return Decision("handover", "accepted_offer", "accepted_offer", settings.priority, settings.skill)
    return None


def _asked(turn: Turn) -> Decision | None:
    settings = turn.config.asked
    if turn.asks_person_in_words:
        return Decision("handover", "asked_for_person", "asked_for_person", settings.priority, settings.skill)
    return None


def _asked_by_intent(turn: Turn) -> Decision | None:
    """No wording we know, but the classifier is sure. It takes talk of agents for it, so topics and anger go first."""
    settings = turn.config.asked
    if turn.asks_person:
        return Decision("handover", "asked_for_person", "asked_for_person", settings.priority, settings.skill)
    return None


def _flow_failed(turn: Turn) -> Decision | None:
    settings, memory = turn.config.flow, turn.signals.memory
    if memory.action_error:
        return Decision("handover", "action_failed", "flow_failed", settings.priority, settings.skill)
    if memory.form_failures >= settings.form_failures:
        return Decision("handover", "form_failed", "flow_failed", settings.priority, settings.skill)
    return None


def _offer_answered(turn: Turn) -> Decision | None:
    if not turn.signals.memory.offered_last:
        return None
    settings = turn.config.offer
    if turn.refuses_offer:
        return Decision("none", "declined_offer") if not turn.says_more else None
    if turn.intent_is(turn.config.intents.affirm):
        return Decision("handover", "accepted_offer", "accepted_offer", settings.priority, settings.skill)
    return None


def _angry(turn: Turn) -> Decision | None:
    settings = turn.config.angry
    if turn.angry and not turn.bare_complaint:
        return Decision("handover", "angry", "angry", settings.priority, settings.skill)
    return None


def _grave_threat(turn: Turn) -> Decision | None:
    """Topics that are the reason even when the customer is angry: they say which agents are needed.

    So is any other topic the text states beyond doubt: a report of fraud sounds angry by its words alone.
    """
    needs = turn.signals.needs
    grave = (t for t in turn.config.topics if t.before_anger or needs.get(t.meaning.need or "", 0.0) >= BEYOND_DOUBT)
    return _threat(turn, tuple(grave))


def _told_complaint(turn: Turn) -> Decision | None:
    """A complaint told at once, with what happened: a person takes it, and no form asks for it again."""
    settings = turn.config.complaint
    form = settings.not_these.without(turn.form)
    stated = settings.meaning.holds(settings.patterns.find(form) is not None, turn.signals.needs)
    short = turn.bare_complaint or not turn.intent_is(turn.config.intents.complaint)
    if not stated or short or turn.in_form or turn.faq_sure or turn.furious or form != turn.form:
        return None
    return Decision("handover", "complaint_told", "complaint", settings.priority, settings.skill)


def _any_threat(turn: Turn) -> Decision | None:
    return _threat(turn, turn.config.topics)


def _threat(turn: Turn, topics: tuple[Topic, ...]) -> Decision | None:
    for topic in topics:
        if topic.threat(turn.form, turn.signals.needs, answered=turn.faq_sure):
            return Decision("handover", f"topic_{topic.name}", "sensitive_topic", topic.priority, topic.skill)
    return None


def _complaint(turn: Turn) -> Decision | None:
    settings, signals = turn.config.complaint, turn.signals
    if signals.memory.complaint_filed:
        return Decision("handover", "complaint_filed", "complaint", settings.priority, settings.skill)
    if turn.in_form:
        return None
    classified = turn.intent_is(turn.config.intents.complaint)
    form = settings.not_these.without(turn.form)
    worded = settings.patterns.find(form) is not None
    worded = settings.meaning.holds(worded, signals.needs) if worded or form == turn.form else False
    if not classified and not worded:
        return None
    if turn.faq_sure or (form != turn.form and not worded):
        return None
    if signals.vip and "complaint" in turn.config.vip.hand_over_on:
        return Decision("handover", "vip_complaint", "vip", settings.priority, turn.config.vip.skill)
    if classified:
        return Decision("none", "complaint_form")
    return Decision("handover", "complaint_words", "complaint", settings.priority, settings.skill)


def _sensitive(turn: Turn) -> Decision | None:
    """On a sensitive topic the FAQ answers only when it is sure; words given to a running form are no topic."""
    if turn.in_form:
        return None
    score = turn.best.score if turn.best is not None and turn.best.zone == "answer" else 0.0
    for topic in turn.config.topics:
        if topic.touched(turn.form) and score < topic.min_score:
            return Decision("handover", f"topic_{topic.name}", "sensitive_topic", topic.priority, topic.skill)
    return None


def _vip_negative(turn: Turn) -> Decision | None:
    settings = turn.config.vip
    if turn.signals.vip and "negative" in settings.hand_over_on and turn.unhappy:
        return Decision("handover", "vip_negative", "vip", 1, settings.skill)
    return None


def _tense(turn: Turn) -> Decision | None:
    """Bad feeling gathers and the FAQ has no clear answer: offer a person, once."""
    settings = turn.config.angry
    helpless = turn.best is None or turn.best.zone != "answer"
    if settings.offer_when_tense and turn.tense and helpless and turn.may_offer and not turn.in_form:
        return Decision("offer", "tense", "angry", 0, settings.skill)
    return None


def _declined_person(turn: Turn) -> Decision | None:
    """The customer wants no agent: never hand over for these words, answer when there is an answer."""
    if not declines_person(turn) or turn.in_form:
        return None
    if turn.best is not None and turn.best.zone != "none":
        return None
    return Decision("no_answer", "declined_person")


RULES: tuple[Rule, ...] = (
    _crisis,
    _accepted,
    _asked,
    _flow_failed,
    _offer_answered,
    _grave_threat,
    _told_complaint,
    _angry,
    _any_threat,
    _asked_by_intent,
    _complaint,
    _sensitive,
    _vip_negative,
    _declined_person,
    _tense,
)
