"""Mood of a conversation: evidence of frustration gathered over turns, so that one harsh word is not yet anger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from actions.mood.reading import Mood

Level = Literal["calm", "tense", "angry"]
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True)
class StateParams:
    """How evidence gathers. Set in the section `mood` of the policy file.

    decay: share of the old evidence kept at each turn (0–1). anger_weight, negative_weight: what a fully angry, a fully
    negative message adds; good news takes away `relief`. The level rises at `*_enter` and falls only below `*_leave`.
    """

    decay: float = 0.75
    anger_weight: float = 1.0
    negative_weight: float = 0.35
    relief: float = 0.5
    angry_enter: float = 1.25
    angry_leave: float = 0.6
    tense_enter: float = 0.5
    tense_leave: float = 0.25
    outburst: float = 0.75


DEFAULT_PARAMS = StateParams()


@dataclass(frozen=True)
class MoodState:
    """Evidence so far. `evidence` ≥ 0 (1 is about one fully angry message); `turns` counts messages read;
    `trend` is the change of evidence at the last turn (above 0: getting worse); `peak` is the most evidence seen."""

    evidence: float = 0.0
    level: Level = "calm"
    trend: float = 0.0
    peak: float = 0.0
    turns: int = 0

    @classmethod
    def empty(cls) -> MoodState:
        """The state before the first message."""
        return cls()

    def update(self, mood: Mood, params: StateParams = DEFAULT_PARAMS) -> MoodState:
        """The state after one more message. Pure."""
        evidence = max(0.0, self.evidence * params.decay + _weight(mood, params))
        return MoodState(
            evidence=evidence,
            level=_level(self.level, evidence, mood, params),
            trend=evidence - self.evidence,
            peak=max(self.peak, evidence),
            turns=self.turns + 1,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, the value of the slot `mood_state`."""
        return {
            "evidence": round(self.evidence, 4),
            "level": self.level,
            "trend": round(self.trend, 4),
            "peak": round(self.peak, 4),
            "turns": self.turns,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> MoodState:
        """Read a stored state; anything odd in it takes its empty value."""
        if not isinstance(data, Mapping):
            return cls()
        level = data.get("level")
        turns = data.get("turns")
        return cls(
            evidence=max(0.0, _number(data.get("evidence"))),
            level=level if level in LEVELS else "calm",
            trend=_number(data.get("trend")),
            peak=max(0.0, _number(data.get("peak"))),
            turns=turns if isinstance(turns, int) and not isinstance(turns, bool) and turns > 0 else 0,
        )


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > 1e6:
        return 0.0
    return float(value)


def _weight(mood: Mood, params: StateParams) -> float:
    """What this message adds to the evidence: anger at us first, bad feeling a little, good feeling takes away."""
    anger = mood.anger if mood.anger >= 0.35 else 0.0  # below that it is noise, and noise must not gather
    bad = max(0.0, 0.4 - mood.valence) / 0.4
    good = max(0.0, mood.valence - 0.6) / 0.4
    return (params.anger_weight * anger + params.negative_weight * bad) * mood.directed - params.relief * good


def _level(old: Level, evidence: float, mood: Mood, params: StateParams) -> Level:
    if evidence >= params.angry_enter or mood.anger * mood.directed >= params.outburst:
        return "angry"
    if old == "angry" and evidence >= params.angry_leave:
        return "angry"
    if evidence >= params.tense_enter or (old != "calm" and evidence >= params.tense_leave):
        return "tense"
    return "calm"
