"""Turns what the desk knows into plain values for the browser; pure, and all words come from the catalogue."""

from __future__ import annotations

import json
import re
from typing import Any

from handoff.console.words import Words
from handoff.conversation import Agent, Event, Handoff, Mode
from handoff.desk import QueueItem, Thread

Json = dict[str, Any]

# Seconds until a first answer is late, by priority (design.md section 7).
FIRST_ANSWER = {0: 600, 1: 600, 2: 600, 3: 60}

_COUNTED = re.compile(r"(?P<kind>no_answer|same_question)_(?P<times>\d+)")
_TOPIC = re.compile(r"(?P<kind>topic|crisis)_(?P<topic>\w+)")


def queue_line(item: QueueItem, agent: Agent, words: Words) -> Json:
    """One line of the queue. ``queued_at`` is epoch seconds: the browser counts the wait by itself."""
    return {
        "id": item.handoff_id,
        "conv": item.conv_id,
        "customer": customer_name(item.conv_id, words),
        "reason": reason_text(item.reason, words),
        "priority": level(item.priority),
        "priority_text": words["priority"][str(level(item.priority))],
        "waiting": item.owner_id is None,
        "mine": item.owner_id == agent.id,
        "owner": item.owner_name,
        "lang": words["lang"].get(item.lang, item.lang),
        "channel": channel_text(item.channel, words),
        "queued_at": round(item.queued_at, 1),
        "late_after": FIRST_ANSWER[level(item.priority)],
        "last_words": item.last_words,
        "unanswered": item.customer_waits,
        "mood": item.mood_label or "unknown",
        "mood_text": mood_text(item.mood_label, words),
    }


def event_line(event: Event) -> Json:
    """One event of the thread; ``late`` marks a bot answer that was never sent."""
    meta = event.payload.get("meta") or {}
    return {
        "seq": event.seq,
        "kind": event.kind,
        "author": event.author,
        "name": event.author_name,
        "text": event.text,
        "buttons": [str(button.get("title", "")) for button in event.payload.get("buttons") or []],
        "at": event.at,
        "internal": event.internal,
        "late": meta.get("code") == "superseded_answer",
    }


def head(thread: Thread, agent: Agent, words: Words) -> Json:
    """Who is spoken to and how the conversation stands for this agent."""
    conversation, card = thread.conversation, thread.card
    state = state_of(thread, agent)
    waiting = state == "queued" and card.handoff is not None
    return {
        "conv": conversation.id,
        "customer": customer_name(conversation.id, words),
        "vip": card.vip,
        "state": state,
        "state_text": words["conversation"][f"state_{state}"].format(name=card.owner_name or ""),
        "owner": card.owner_name,
        "fence": conversation.fence,
        "handoff": card.handoff.id if waiting and card.handoff else None,
        "channel": channel_text(conversation.channel, words),
        "lang": words["lang"].get(conversation.lang, conversation.lang),
    }


def state_of(thread: Thread, agent: Agent) -> str:
    """``bot``, ``queued``, ``mine``, ``other`` or ``closed``."""
    conversation = thread.conversation
    if conversation.mode is Mode.HUMAN:
        return "mine" if conversation.owner_agent == agent.id else "other"
    return str(conversation.mode)


def card_view(thread: Thread, words: Words) -> Json:
    """The handoff card."""
    card = thread.card
    handoff = card.handoff
    said = {event.seq: event.text for event in thread.events if event.author == "customer"}
    return {
        "customer": customer_name(card.conv_id, words),
        "vip": card.vip,
        "channel": channel_text(card.channel, words),
        "lang": words["lang"].get(card.lang, card.lang),
        "owner": card.owner_name,
        "last_ask": card.last_ask,
        "why": _why(handoff, words) if handoff else None,
        "moods": [
            {
                "seq": mood.seq,
                "valence": round(mood.valence, 2),
                "anger": round(mood.anger, 2),
                "urgency": round(mood.urgency, 2),
                "label": mood.label,
                "label_text": mood_text(mood.label, words),
                "text": said.get(mood.seq, "")[:80],
            }
            for mood in card.moods[-30:]
        ],
        "faq": [
            {"question": str(hit.get("question", "")), "score": _number(hit.get("score"))} for hit in card.faq_tried
        ],
        "slots": details(card.slots, words),
        "ticket": details(card.ticket, words) if card.ticket else [],
        "previous": [
            {
                "reason": reason_text(past.reason, words),
                "outcome": words["outcome"].get(past.outcome or "none", past.outcome),
                "agent": past.agent_name,
                "at": past.at,
            }
            for past in reversed(card.previous)
        ],
        "rating": card.rating,
    }


def moods_by_message(thread: Thread, words: Words) -> dict[str, Json]:
    """Mood of each customer message, by its place."""
    return {str(mood.seq): {"label": mood.label, "text": mood_text(mood.label, words)} for mood in thread.card.moods}


def details(value: Any, words: Words) -> list[Json]:
    """Labelled lines of a mapping of any depth; anything else becomes one line."""
    if not isinstance(value, dict):
        return [{"label": words["slot"]["id"], "value": _plain(value)}]
    return [{"label": words["slot"].get(key, key), "value": _plain(item)} for key, item in value.items()]


def reason_text(reason: str, words: Words) -> str:
    return words["reason"].get(reason, words["reason"]["other"])


def rule_text(rule: str, words: Words) -> str:
    """The policy's rule in words; the name itself when there are none."""
    known = words["rule"]
    if counted := _COUNTED.fullmatch(rule):
        return known[counted["kind"]].format(times=counted["times"])
    if topic := _TOPIC.fullmatch(rule):
        return known[topic["kind"]].format(topic=topic["topic"])
    return known.get(rule) or (known["other"].format(rule=rule) if rule else "")


def level(priority: int) -> int:
    """Priority held to the four that have words; a customer put back in the queue rises above them."""
    return max(0, min(3, priority))


def mood_text(label: str | None, words: Words) -> str:
    return words["mood"].get(label or "unknown", words["mood"]["unknown"])


def channel_text(channel: str, words: Words) -> str:
    return words["channel"].get(channel, words["channel"]["other"])


def customer_name(conv_id: str, words: Words) -> str:
    return words["conversation"]["customer"].format(id=conv_id[:4].upper())


def _why(handoff: Handoff, words: Words) -> Json:
    return {
        "reason": reason_text(handoff.reason, words),
        "rule": rule_text(handoff.rule, words),
        "priority": level(handoff.priority),
        "priority_text": words["priority"][str(level(handoff.priority))],
        "queued_at": handoff.queued_at,
        "claimed_at": handoff.claimed_at,
    }


def _number(value: Any) -> float | None:
    return round(float(value), 2) if isinstance(value, (int, float)) else None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
