"""Replays one or many conversations turn by turn until a person takes over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from actions.replay.cases import Case
from actions.replay.client import Dialogue, Endpoints, new_sender

JOBS = 2


@dataclass(frozen=True)
class Step:
    """One customer message and the channel's whole answer to it."""

    text: str
    answer: dict[str, Any]

    @property
    def handoff(self) -> dict[str, Any] | None:
        """The handoff this turn opened."""
        handoff = self.answer.get("handoff")
        return handoff if isinstance(handoff, dict) else None

    @property
    def decision(self) -> dict[str, Any]:
        """The policy's decision for this turn."""
        decision = self.answer.get("decision")
        return decision if isinstance(decision, dict) else {}


@dataclass(frozen=True)
class Outcome:
    """The steps of a case up to the handover. `turn`: where it happened, counted from 1; None: never."""

    case: Case
    steps: tuple[Step, ...]

    @property
    def turn(self) -> int | None:
        """The turn of the handover."""
        return len(self.steps) if self.steps and self.steps[-1].handoff else None

    @property
    def reason(self) -> str | None:
        """The reason the handover names."""
        handoff = self.steps[-1].handoff if self.steps else None
        return str(handoff.get("reason")) if handoff else None

    @property
    def rule(self) -> str | None:
        """The rule behind the handover."""
        handoff = self.steps[-1].handoff if self.steps else None
        return str(handoff.get("rule")) if handoff else None


def replay_one(case: Case, dialogue: Dialogue) -> Outcome:
    """Send the turns of one case as a new conversation; what comes after the handover is the person's."""
    sender = new_sender()
    steps: list[Step] = []
    for text in case.turns:
        steps.append(Step(text, dialogue.turn(case, sender, text)))
        if steps[-1].handoff:
            break
    return Outcome(case, tuple(steps))


def replay_all(
    cases: Sequence[Case], endpoints: Endpoints, done: Callable[[int], None] | None = None, jobs: int = JOBS
) -> list[Outcome]:
    """Outcomes in the order of the cases; `done` gets the count after each. Raises StackError when a turn fails."""
    dialogue = Dialogue(endpoints)
    try:
        with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
            outcomes = []
            for outcome in pool.map(lambda case: replay_one(case, dialogue), cases):
                outcomes.append(outcome)
                if done is not None:
                    done(len(outcomes))
            return outcomes
    finally:
        dialogue.close()
