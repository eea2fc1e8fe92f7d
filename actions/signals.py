"""What the escalation policy sees of a customer turn, and what it decides; the seam between actions and policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from actions.mood.reading import Mood
from actions.mood.state import MoodState

if TYPE_CHECKING:  # the policy package imports this module
    from actions.policy.memory import Memory

Zone = Literal["answer", "clarify", "none"]
Action = Literal["answer", "empathise", "clarify", "no_answer", "offer", "handover", "none"]
NextStep = Literal["answer", "clarify", "no_answer", "offer", "handover", "none"]
Reason = Literal[
    "asked_for_person",
    "angry",
    "same_question",
    "no_answer",
    "sensitive_topic",
    "vip",
    "flow_failed",
    "bot_failed",
    "complaint",
    "accepted_offer",
]
ZONES: tuple[Zone, ...] = get_args(Zone)
ACTIONS: tuple[Action, ...] = get_args(Action)
REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True)
class Candidate:
    """One FAQ entry found for the text. `score` is the calibrated chance (0–1) that it is the right answer."""

    id: str
    score: float
    zone: Zone
    question: str = ""
    category: str = ""
    sensitive: bool = False

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Candidate:
        """From one element of the slot `faq`; unknown keys are ignored, an unknown zone counts as `none`."""
        zone = data.get("zone")
        score = data.get("score")
        number = isinstance(score, (int, float)) and score == score
        return cls(
            id=str(data.get("id") or ""),
            score=min(1.0, max(0.0, float(score))) if number and score is not None else 0.0,
            zone=zone if zone in ZONES else "none",
            question=str(data.get("question") or ""),
            category=str(data.get("category") or ""),
            sensitive=bool(data.get("sensitive")),
        )


@dataclass(frozen=True)
class Signals:
    """One turn as the policy sees it.

    faq: best first. mood: this message. mood_state: the conversation *including* this message. memory: what earlier
    turns left. intent: None when no classifier ran (`/understand`). active_form: name of the running form, or None.
    """

    text: str
    memory: Memory
    lang: str = "zh"
    intent: str | None = None
    intent_confidence: float = 0.0
    faq: tuple[Candidate, ...] = ()
    mood: Mood = field(default_factory=Mood)
    mood_state: MoodState = field(default_factory=MoodState.empty)
    active_form: str | None = None
    vip: bool = False

    @staticmethod
    def candidates(faq: Sequence[Mapping[str, Any]] | None) -> tuple[Candidate, ...]:
        """The slot `faq` as candidates."""
        return tuple(Candidate.from_dict(item) for item in faq or () if isinstance(item, Mapping))


@dataclass(frozen=True)
class Decision:
    """What to do next. `reason` is set for `offer` and `handover`; `rule` always names what spoke.

    action `empathise` is `answer` with a word of empathy before it; `empathy` names the situation
    (`delay`, `quality`, `service`, `money`, `general`) and may stand beside any action but `handover`.
    priority: 0 routine … 3 at once. skill: the group of agents wanted, or None. refused_offer: the customer said no to
    the person offered, whatever else was asked in the same message.
    """

    action: Action
    rule: str
    reason: Reason | None = None
    priority: int = 0
    skill: str | None = None
    empathy: str | None = None
    refused_offer: bool = False

    @property
    def next_step(self) -> NextStep:
        """The value of the slot `next_step`."""
        return "answer" if self.action == "empathise" else self.action

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, the value of the slot `decision`."""
        return {
            "action": self.action,
            "reason": self.reason,
            "rule": self.rule,
            "priority": self.priority,
            "skill": self.skill,
            "empathy": self.empathy,
        }
