"""Replays stored signals under other thresholds and says which single change would have cost less."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actions.mood.state import MoodState
from actions.policy import Memory, PolicyConfig, decide
from actions.signals import Signals
from actions.verdicts.database import Talk
from actions.verdicts.figures import Prices

LEAST_JUDGED = 5
Change = Callable[[PolicyConfig, float], PolicyConfig]


@dataclass(frozen=True)
class Knob:
    """One number of the policy file: its name there, its value now, and what to try in its place."""

    name: str
    now: float
    tries: tuple[float, ...]
    set: Change


def proposals(talks: Sequence[Talk], config: PolicyConfig, prices: Prices) -> list[dict[str, Any]]:
    """Changes that would have cost less, the best of each knob, cheapest first; none on fewer than five verdicts."""
    kept = [talk for talk in talks if talk.turns and (talk.verdict or not talk.handed_over)]
    judged = sum(talk.verdict is not None for talk in kept)
    if judged < LEAST_JUDGED:
        return []
    before = total_cost(kept, config, prices)
    found = []
    for knob in knobs(config):
        costs = [(total_cost(kept, knob.set(config, value), prices), value) for value in knob.tries]
        cost, value = min(costs, key=lambda pair: (pair[0], abs(pair[1] - knob.now)))
        if cost < before:
            row = {"setting": knob.name, "now": knob.now, "proposed": value, "cost_now": before, "cost_then": cost}
            found.append(row | {"judged": judged, "talks": len(kept)})
    return sorted(found, key=lambda row: float(row["cost_then"]))


def total_cost(talks: Sequence[Talk], config: PolicyConfig, prices: Prices) -> float:
    """What these talks would have cost under `config`."""
    return round(sum(_cost(talk, handed_at(talk, config), prices) for talk in talks), 2)


def handed_at(talk: Talk, config: PolicyConfig) -> int | None:
    """The turn, from 1, at which `config` hands over; None: not within the turns that are known."""
    state, memory = MoodState.empty(), Memory.empty()
    for number, turn in enumerate(talk.turns, 1):
        signals = Signals.from_dict(turn.text, turn.signals, memory, state, config.mood)
        decision = decide(signals, config)
        if decision.action == "handover":
            return number
        state, memory = signals.mood_state, memory.update(decision, signals)
    return None


def _cost(talk: Talk, at: int | None, prices: Prices) -> float:
    """A talk without a handoff counts as needing none; what would follow a later handoff nobody knows."""
    last = len(talk.turns)
    if talk.verdict is None or talk.verdict == "too_early":
        return prices.early if at is not None else 0.0
    if talk.verdict == "right":
        return prices.late if at is None else prices.early if at < last else 0.0
    return prices.late if at is None or at >= last else 0.0


def knobs(config: PolicyConfig) -> Iterator[Knob]:
    """The numbers worth moving."""
    mood = config.mood
    for name, tries in (("outburst", (0.65, 0.7, 0.8, 0.85, 0.9)), ("angry_enter", (0.9, 1.05, 1.4, 1.6, 1.8))):
        yield Knob(f"mood.{name}", getattr(mood, name), tries, _setter("mood", name))
    yield Knob("angry.min_anger", config.angry.min_anger, (0.25, 0.3, 0.45, 0.55), _setter("angry", "min_anger"))
    for part in ("no_answer", "same_question"):
        value = getattr(config, part).hand_over_at
        yield Knob(f"{part}.hand_over_at", value, (2, 3, 4), _setter(part, "hand_over_at", int))
    for part in ("asked", "complaint"):
        name = {"asked": "asked_for_person"}.get(part, part)
        yield Knob(f"{name}.meaning_from", getattr(config, part).meaning.enter, _CHANCES, _meaning(part))
    for topic in (*config.crisis, *config.topics):
        part = "crisis" if topic in config.crisis else "topics"
        name = f"{'sensitive_topics' if part == 'topics' else part}.{topic.name}.meaning_from"
        yield Knob(name, topic.meaning.enter, _CHANCES, _topic(part, topic.name))


_CHANCES = (0.35, 0.45, 0.55, 0.65, 0.75, 0.85)


def _setter(part: str, field: str, kind: Callable[[float], float] = float) -> Change:
    def change(config: PolicyConfig, value: float) -> PolicyConfig:
        settings: Any = replace(getattr(config, part), **{field: kind(value)})
        return replace(config, **{part: settings})

    return change


def _meaning(part: str) -> Change:
    def change(config: PolicyConfig, value: float) -> PolicyConfig:
        settings = getattr(config, part)
        new: Any = replace(settings, meaning=replace(settings.meaning, enter=value))
        return replace(config, **{part: new})

    return change


def _topic(part: str, name: str) -> Change:
    def change(config: PolicyConfig, value: float) -> PolicyConfig:
        topics: Any = tuple(
            replace(topic, meaning=replace(topic.meaning, enter=value)) if topic.name == name else topic
            for topic in getattr(config, part)
        )
        return replace(config, **{part: topics})

    return change
