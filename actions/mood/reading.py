"""The value every mood model returns for one message; the policy, the slots and the handoff card all carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Label = Literal["angry", "negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = get_args(Label)


def _unit(value: Any, default: float) -> float:
    """`value` as a number held to 0–1; `default` when it is no number (slots come back from storage as anything)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return default
    return min(1.0, max(0.0, float(value)))


@dataclass(frozen=True)
class Mood:
    """Mood of one message. All numbers lie in 0–1.

    valence: 0 bad … 0.5 plain … 1 good. anger: how angry the writer is, at whomever. urgency: how soon it must be
    solved.
    directed: how sure it is that the feeling is about us and not about a third party (weather, boss, another shop).
    spans: the words that weighed most, strongest first.
    """

    valence: float = 0.5
    anger: float = 0.0
    urgency: float = 0.0
    label: Label = "neutral"
    spans: tuple[str, ...] = ()
    directed: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, the value of the slot `mood`."""
        return {
            "valence": round(self.valence, 4),
            "anger": round(self.anger, 4),
            "urgency": round(self.urgency, 4),
            "label": self.label,
            "spans": list(self.spans),
            "directed": round(self.directed, 4),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> Mood:
        """Read a stored mood; a missing or odd field takes its neutral value, so an old slot never breaks a turn."""
        if not isinstance(data, Mapping):
            return cls()
        label = data.get("label")
        spans = data.get("spans")
        return cls(
            valence=_unit(data.get("valence"), 0.5),
            anger=_unit(data.get("anger"), 0.0),
            urgency=_unit(data.get("urgency"), 0.0),
            label=label if label in LABELS else "neutral",
            spans=tuple(str(s) for s in spans) if isinstance(spans, (list, tuple)) else (),
            directed=_unit(data.get("directed"), 1.0),
        )
