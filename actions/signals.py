"""What the escalation policy sees of a customer turn, and what it decides; the seam between actions and policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from actions.mood.reading import Mood
from actions.mood.state import MoodState, StateParams
from actions.needs.rows import NEEDS

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
LEAST_KEPT = 0.01


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
    needs: chance 0–1 of each need the text may state (actions.needs); empty where no such model runs.
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
    needs: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: all that `decide` saw but the text and the memory, so that stored turns can be decided again."""
        return {
            "intent": self.intent,
            "confidence": round(self.intent_confidence, 4),
            "lang": self.lang,
            "form": self.active_form,
            "vip": self.vip,
            "mood": self.mood.to_dict(),
            "faq": [
                {"id": hit.id, "score": hit.score, "zone": hit.zone, "sensitive": hit.sensitive} for hit in self.faq[:3]
            ],
            "needs": {name: c for name, c in self.needs.items() if c >= LEAST_KEPT} if self.needs else None,
        }

    @classmethod
    def from_dict(
        cls, text: str, data: Mapping[str, Any], memory: Memory, before: MoodState, params: StateParams
    ) -> Signals:
        """Signals of a stored turn, after `before` and with `memory`; odd fields take their empty value."""
        mood = Mood.from_dict(data.get("mood"))
        needs, confidence = data.get("needs"), data.get("confidence")
        return cls(
            text=text,
            memory=memory,
            lang="en" if data.get("lang") == "en" else "zh",
            intent=str(data["intent"]) if data.get("intent") else None,
            intent_confidence=float(confidence) if isinstance(confidence, (int, float)) else 0.0,
            faq=cls.candidates(data.get("faq")),
            mood=mood,
            mood_state=before.update(mood, params),
            active_form=str(data["form"]) if data.get("form") else None,
            vip=data.get("vip") is True,
            needs=dict.fromkeys(NEEDS, 0.0) | dict(needs) if isinstance(needs, Mapping) else {},
        )

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
    the person offered, whatever else was asked in the same message. unhelped: the message said that the answer before
    was no help.
    """

    action: Action
    rule: str
    reason: Reason | None = None
    priority: int = 0
    skill: str | None = None
    empathy: str | None = None
    refused_offer: bool = False
    unhelped: bool = False

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
