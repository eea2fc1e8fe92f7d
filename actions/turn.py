"""Runs on every customer message before any policy: one encoding gives mood and FAQ candidates, the policy decides."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, active_form_of, answered_in, metadata_of, text_of, turn_id_of
from actions.faq_index import WEB
from actions.insults import supported, without_insults
from actions.language import language_of
from actions.mood.reading import Mood
from actions.mood.state import MoodState
from actions.orders import find_order_number
from actions.policy import Memory, decide
from actions.signals import Candidate, Signals
from actions.wiring import Services, current
from knowledge_base.models import Hit
from knowledge_base.text import normalise

TOP_K = 5
# Intents whose flow looks up or takes down the case itself. When the classifier is sure of one, a FAQ text about the
# same topic ("how do I track a parcel?") must not outweigh it; an entry's title, as its button sends it, does.
FLOW_INTENTS = frozenset({"order_status", "complaint"})
FLOW_CONFIDENCE = 0.8
CARRIED = ("order_number", "ticket")


@dataclass(frozen=True)
class Reading:
    """What one encoding of a text gives: its mood, its FAQ candidates, best first, and what it calls for."""

    mood: Mood
    faq: list[dict[str, Any]]
    needs: Mapping[str, float]


class ActionReadTurn(Action):
    """Sets mood, mood_state, faq, lang, next_step, decision, memory and turn_id; see docs/architecture.md."""

    def name(self) -> str:
        return "action_validate_slot_mappings"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        turn_id = turn_id_of(tracker)
        if turn_id and tracker.get_slot("turn_id") == turn_id:
            return []  # Rasa runs this a second time when a form starts; evidence must not count twice
        services = current.get()
        text, metadata = text_of(tracker), metadata_of(tracker)
        lang = language_of(text, tracker.get_slot("lang"), metadata.get("lang"))
        channel = str(metadata.get("channel") or WEB)
        answered = answered_in(tracker)
        reading = (await asyncio.to_thread(read_texts, services, [text], [lang], TOP_K, channel, answered))[0]
        signals = _signals(tracker, text, lang, reading, services, vip=bool(metadata.get("vip")))
        decision = decide(signals, services.policy)
        slots: dict[str, Any] = {
            "mood": reading.mood.to_dict(),
            "mood_state": signals.mood_state.to_dict(),
            "faq": reading.faq,
            "lang": lang,
            "next_step": decision.next_step,
            "decision": {**decision.to_dict(), "signals": signals.to_dict()},
            "memory": signals.memory.update(decision, signals).to_dict(),
            "turn_id": turn_id,
        }
        if tracker.get_slot("turn_id") is None:
            slots |= _carried(metadata)
        mentioned = find_order_number(text)
        if mentioned:
            slots["order_number"] = mentioned
        return [SlotSet(name, value) for name, value in slots.items()]


def _carried(metadata: dict[str, Any]) -> dict[str, Any]:
    """Slots of the episode before a handoff: the bot that gets the customer back does not ask for them again."""
    carry = metadata.get("carry")
    slots = carry.get("slots") if isinstance(carry, dict) else None
    return {name: slots[name] for name in CARRIED if slots.get(name)} if isinstance(slots, dict) else {}


def read_texts(
    services: Services,
    texts: list[str],
    langs: list[str],
    top_k: int,
    channel: str = WEB,
    answered: Collection[str] = (),
) -> list[Reading]:
    """Mood and candidates of each text, from one encoding of all; answers as `channel` shows them.

    Entries that were `answered` already are not offered as follow-ups.
    """
    vectors = services.encode(texts)
    moods = services.mood.read(texts, vectors)
    needs = services.needs.read(texts, vectors) if services.needs is not None else [{} for _ in texts]
    found = [_search(services, *each, top_k) for each in zip(texts, langs, vectors, moods, needs, strict=True)]
    candidates = [services.faq.candidates(hits, channel, answered) for hits in found]
    return [Reading(*each) for each in zip(moods, candidates, needs, strict=True)]


def _search(
    services: Services,
    text: str,
    lang: str,
    vector: npt.NDArray[np.float32],
    mood: Mood,
    needs: Mapping[str, float],
    top_k: int,
) -> list[Hit]:
    """What the text finds; of an insulting one, only what it would find without the insults."""
    hits = services.faq.base.search_vector(text, vector, lang=lang, top_k=top_k)
    bare = without_insults(text, mood, needs) if any(hit.zone != "none" for hit in hits) else None
    if bare is None:
        return hits
    if not bare:
        return []
    return supported(hits, services.faq.base.search_vector(bare, services.encode([bare])[0], lang=lang, top_k=top_k))


def _signals(tracker: Tracker, text: str, lang: str, reading: Reading, services: Services, vip: bool) -> Signals:
    intent = tracker.latest_message.get("intent") or {}
    confidence = float(intent.get("confidence") or 0.0)
    candidates = Signals.candidates(reading.faq)
    if intent.get("name") in FLOW_INTENTS and confidence >= FLOW_CONFIDENCE and not _is_title(text, candidates):
        candidates = _below(candidates, services.policy.faq.sure)
    state = MoodState.from_dict(tracker.get_slot("mood_state"))
    return Signals(
        text=text,
        memory=Memory.from_dict(tracker.get_slot("memory")),
        lang=lang,
        intent=intent.get("name"),
        intent_confidence=confidence,
        faq=candidates,
        mood=reading.mood,
        mood_state=state.update(reading.mood, services.policy.mood),
        active_form=active_form_of(tracker),
        vip=vip,
        needs=reading.needs,
    )


def _is_title(text: str, candidates: tuple[Candidate, ...]) -> bool:
    return any(normalise(text) == normalise(candidate.question) for candidate in candidates)


def _below(candidates: tuple[Candidate, ...], sure: float) -> tuple[Candidate, ...]:
    """Scores held under `sure`, the mark from which the policy lets the FAQ outweigh Rasa's rules."""
    return tuple(replace(candidate, score=min(candidate.score, sure - 0.01)) for candidate in candidates)
