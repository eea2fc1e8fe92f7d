"""Builders for the policy's tables of cases."""

from __future__ import annotations

from typing import Any

from actions.mood.reading import Label, Mood
from actions.mood.state import Level, MoodState
from actions.policy import Candidate, Memory, PolicyConfig, Signals

CONFIG = PolicyConfig.load()


def hit(zone: str = "answer", score: float = 0.8, entry: str = "returns-7days", sensitive: bool = False) -> Candidate:
    return Candidate.from_dict({"id": entry, "score": score, "zone": zone, "sensitive": sensitive})


def mood(label: Label = "neutral", anger: float = 0.0, valence: float = 0.5, directed: float = 1.0) -> Mood:
    return Mood(valence=valence, anger=anger, label=label, directed=directed)


def level(name: Level) -> MoodState:
    return MoodState(evidence={"calm": 0.0, "tense": 0.7, "angry": 1.5}[name], level=name, turns=2)


def signals(text: str, intent: str | None = None, **changes: Any) -> Signals:
    given: dict[str, Any] = {"memory": Memory.empty(), "intent": intent, "intent_confidence": 0.95 if intent else 0.0}
    return Signals(text=text, **{**given, **changes})
