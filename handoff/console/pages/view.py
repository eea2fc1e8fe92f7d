"""Turns what the desk knows into plain values for the browser; pure, and all words come from the catalogue."""

from __future__ import annotations

import json
import re
from typing import Any

from handoff.console.sections import ANSWERING, WATCHING
from handoff.console.words import Words
from handoff.conversation import Agent, Event, Mode
from handoff.desk import QueueItem, Thread
from handoff.insight.targets import Targets
from handoff.team_desk import Attention

Json = dict[str, Any]

_USUAL = Targets()

_COUNTED = re.compile(r"(?P<kind>no_answer|same_question)_(?P<times>\d+)")
_TOPIC = re.compile(r"(?P<kind>topic|crisis)_(?P<topic>\w+)")


def queue_line(item: QueueItem, agent: Agent, words: Words, targets: Targets = _USUAL) -> Json:
    """One line of the queue. ``queued_at`` is epoch seconds: the browser counts the wait by itself."""
    return {
        "id": item.handoff_id,
        "conv": item.conv_id,
        "customer": customer_name(item.conv_id, words),
        "reason": reason_text(item.reason, words),
        "priority": level(item.priority),
        "priority_text": words["priority"][str(level(item.priority))],
        "waiting": item.owner_id is None,
        "offered": item.offered_to == agent.id,
        "offer_until": item.offer_until,
        "elsewhere": item.offered_to is not None and item.offered_to != agent.id,
        "reason_key": item.reason,
        "lang_key": item.lang,
        "channel_key": item.channel,
        "skill": item.skill,
        "mine": item.owner_id == agent.id,
        "owner": item.owner_name,
        "lang": words["lang"].get(item.lang, item.lang),
        "channel": channel_text(item.channel, words),
        "queued_at": round(item.queued_at, 1),
        "late_after": targets.first_response_for(level(item.priority)),
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
        "wordless": meta.get("wordless") is True,
        "files": [
            {
                "id": str(file.get("id", "")),
                "name": str(file.get("name", "")),
                "type": str(file.get("type", "")),
                "size": int(file.get("size") or 0),
                "picture": file.get("thumbnail") is True,
                "width": int(file.get("width") or 0),
                "height": int(file.get("height") or 0),
            }
            for file in event.payload.get("attachments") or []
        ],
    }


def head(thread: Thread, attention: Attention, agent: Agent, words: Words) -> Json:
    """Who is spoken to, how the conversation stands for this agent, and who else is here."""
    conversation, card = thread.conversation, thread.card
    state = state_of(thread, agent)
    waiting = state == "queued" and card.handoff is not None
    here = words["conversation"]["looking"].format(names="、".join(attention.looking)) if attention.looking else ""
    return {
        "conv": conversation.id,
        "customer": customer_name(conversation.id, words),
        "vip": card.vip,
        "state": state,
        "state_text": words["conversation"][f"state_{state}"].format(name=card.owner_name or ""),
        "owner": card.owner_name,
        "fence": conversation.fence,
        "handoff": card.handoff.id if waiting and card.handoff else None,
        "offered": bool(waiting and card.handoff and card.handoff.offered_to == agent.id),
        "may_take_over": agent.role in WATCHING and state != "mine" and not waiting,
        "may_note": state in ("other", "queued") and agent.role in ANSWERING,
        "looking": here,
        "channel": channel_text(conversation.channel, words),
        "lang": words["lang"].get(conversation.lang, conversation.lang),
        "lang_key": conversation.lang,
    }


def typing_text(attention: Attention, words: Words) -> str:
    """Who is typing, in words; empty when nobody does."""
    told = [words["thread"]["customer_typing"]] if attention.customer_typing else []
    told += [words["thread"]["typing"].format(name=name) for name in attention.typing]
    return " · ".join(told)


def state_of(thread: Thread, agent: Agent) -> str:
    """``bot``, ``queued``, ``mine``, ``other`` or ``closed``."""
    conversation = thread.conversation
    if conversation.mode is Mode.HUMAN:
        return "mine" if conversation.owner_agent == agent.id else "other"
    return str(conversation.mode)


def moods_by_message(thread: Thread, words: Words) -> dict[str, Json]:
    """Mood of each customer message, by its place."""
    return {str(mood.seq): {"label": mood.label, "text": mood_text(mood.label, words)} for mood in thread.card.moods}


def details(value: Any, words: Words) -> list[Json]:
    """Labelled lines of a mapping of any depth; anything else becomes one line."""
    if not isinstance(value, dict):
        return [{"label": words["slot"]["id"], "value": plain(value)}]
    return [{"label": words["slot"].get(key, key), "value": plain(item)} for key, item in value.items()]


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


def plain(value: Any) -> str:
    """Any value as one line of text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
