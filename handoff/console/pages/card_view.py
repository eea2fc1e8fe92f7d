"""The handoff card as plain values for the browser: why, what was tried, who the customer is, what may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handoff.canned.variables import values_of
from handoff.casework import CaseFile
from handoff.console.pages.view import (
    Json,
    channel_text,
    customer_name,
    details,
    level,
    mood_text,
    plain,
    reason_text,
    rule_text,
)
from handoff.console.words import Words
from handoff.conversation import Agent, Handoff
from handoff.desk import SendingWindow, Thread
from handoff.store.casework import Complaint, PastConversation
from handoff.store.verdicts import Verdict

MOODS = 30


@dataclass(frozen=True)
class Opinion:
    """Whether the agent may judge the moment of the handoff, and the verdict that counts now."""

    may_judge: bool
    verdict: Verdict | None = None


def card_view(thread: Thread, case: CaseFile, opinion: Opinion, agent: Agent, words: Words) -> Json:
    """Everything on the right of a conversation."""
    card, profile = thread.card, case.profile
    moods = _moods(thread, words)
    return {
        "conv": card.conv_id,
        "customer": customer_name(card.conv_id, words),
        "vip": card.vip,
        "channel": channel_text(card.channel, words),
        "lang": words["lang"].get(card.lang, card.lang),
        "owner": card.owner_name,
        "last_ask": card.last_ask,
        "why": _why(card.handoff, words) if card.handoff else None,
        "handoff": card.handoff.id if card.handoff else None,
        "may_judge": opinion.may_judge,
        "verdict": opinion.verdict.verdict if opinion.verdict else None,
        "verdict_note": opinion.verdict.note if opinion.verdict else "",
        "moods": moods,
        "mood_now": moods[-1]["label"] if moods else "unknown",
        "faq": [
            {"question": str(hit.get("question", "")), "score": _number(hit.get("score"))} for hit in card.faq_tried
        ],
        "slots": details({name: value for name, value in card.slots.items() if name != "order"}, words),
        "order": order_lines(card.slots.get("order"), words),
        "ticket": details(card.ticket, words) if card.ticket else [],
        "complaints": [complaint_line(one, words) for one in case.complaints],
        "previous": [_past(one, thread.conversation.id, words) for one in case.past],
        "profile": {"name": profile.name, "phone": profile.phone, "email": profile.email, "note": profile.note},
        "rating": card.rating,
        "sending": _sending(card.sending),
        "values": values_of(agent, profile.name, card.slots, _ticket(thread, case)),
    }


def order_lines(order: Any, words: Words) -> list[Json]:
    """What the order service said when the customer was handed over, labelled."""
    if not isinstance(order, dict):
        return []
    known = {**order, "status": words["order_status"].get(str(order.get("status")), order.get("status"))}
    return [
        {"label": words["order"].get(name, name), "value": plain(value)}
        for name, value in known.items()
        if value not in (None, "")
    ]


def complaint_line(complaint: Complaint, words: Words) -> Json:
    """One complaint; times are epoch seconds."""
    return {
        "id": complaint.id,
        "conv": complaint.conv_id,
        "customer": customer_name(complaint.conv_id, words),
        "number": complaint.number,
        "severity": complaint.severity,
        "severity_text": words["severity"][str(complaint.severity)],
        "text": complaint.text,
        "due_at": complaint.due_at,
        "owner": complaint.owner_name,
        "done_at": complaint.done_at,
        "result": complaint.result,
    }


def _ticket(thread: Thread, case: CaseFile) -> Any:
    return case.complaints[0].number if case.complaints else thread.card.ticket


def _moods(thread: Thread, words: Words) -> list[Json]:
    said = {event.seq: event.text for event in thread.events if event.author == "customer"}
    return [
        {
            "seq": mood.seq,
            "valence": round(mood.valence, 2),
            "anger": round(mood.anger, 2),
            "urgency": round(mood.urgency, 2),
            "label": mood.label,
            "label_text": mood_text(mood.label, words),
            "text": said.get(mood.seq, "")[:80],
        }
        for mood in thread.card.moods[-MOODS:]
    ]


def _why(handoff: Handoff, words: Words) -> Json:
    return {
        "reason": reason_text(handoff.reason, words),
        "rule": rule_text(handoff.rule, words),
        "priority": level(handoff.priority),
        "priority_text": words["priority"][str(level(handoff.priority))],
        "queued_at": handoff.queued_at,
        "claimed_at": handoff.claimed_at,
    }


def _past(past: PastConversation, here: str, words: Words) -> Json:
    return {
        "conv": past.conv_id if past.conv_id != here else None,
        "reason": reason_text(past.reason, words),
        "outcome": words["outcome"].get(past.outcome or "none", past.outcome),
        "agent": past.agent_name,
        "channel": channel_text(past.channel, words),
        "at": past.at,
    }


def _sending(window: SendingWindow | None) -> Json | None:
    if window is None:
        return None
    return {"left": window.left, "until": window.until, "waiting": window.waiting}


def _number(value: Any) -> float | None:
    return round(float(value), 2) if isinstance(value, (int, float)) else None
