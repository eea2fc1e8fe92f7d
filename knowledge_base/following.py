"""Learns which question follows which accepted answer; the gateway writes the file, the action server reads it.

Only ids and counts are kept: no words, no customers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge_base.errors import FollowingDamaged
from knowledge_base.manifest import write_json

FILE_NAME = "followups.json"
DAY = 86400.0
HALF_LIFE = 30 * DAY
# Fewer customers than this are chance, and might be recognised by what they asked.
LEAST_CUSTOMERS = 3
# What was tapped had been put before the customer; what was typed nobody suggested.
_TAPPED, _TYPED = 0.5, 1.0
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Step:
    """A customer got `before` and next asked for `after` (entry ids), at epoch seconds `at`."""

    before: str
    after: str
    at: float
    customer: str
    tapped: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """An entry that was asked for next: `weight` counts customers, older ones less."""

    id: str
    weight: float
    customers: int


@dataclass(frozen=True)
class Following:
    """For each entry id what is asked next, most often first."""

    next: Mapping[str, tuple[Next, ...]] = field(default_factory=dict)
    made_at: float = 0.0
    steps: int = 0

    @classmethod
    def learn(
        cls, steps: Iterable[Step], now: float, *, half_life: float = HALF_LIFE, least: int = LEAST_CUSTOMERS
    ) -> Following:
        """Count steps: each customer once for a pair, half as much after each `half_life` seconds."""
        best: dict[tuple[str, str], dict[str, float]] = {}
        seen = 0
        for step in steps:
            if step.before == step.after:
                continue
            seen += 1
            age = max(now - step.at, 0.0)
            weight = (_TAPPED if step.tapped else _TYPED) * 0.5 ** (age / half_life)
            by_customer = best.setdefault((step.before, step.after), {})
            by_customer[step.customer] = max(weight, by_customer.get(step.customer, 0.0))
        found: dict[str, list[Next]] = {}
        for (before, after), weights in best.items():
            if len(weights) >= least:
                found.setdefault(before, []).append(Next(after, sum(weights.values()), len(weights)))
        ranked = {key: _ranked(items) for key, items in found.items()}
        return cls(dict(sorted(ranked.items())), now, seen)

    def after(self, entry_id: str) -> tuple[str, ...]:
        """Ids asked next after an entry, most often first."""
        return tuple(item.id for item in self.next.get(entry_id, ()))

    def save(self, path: Path) -> None:
        """Write the file whole: a reader sees the old or the new one. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `load` reads them."""
        rows = {
            key: [{"id": item.id, "weight": round(item.weight, 3), "customers": item.customers} for item in items]
            for key, items in self.next.items()
        }
        return {"made_at": round(self.made_at), "steps": self.steps, "next": rows}

    @classmethod
    def load(cls, path: Path) -> Following:
        """Read the file; nothing is learnt yet where there is none. Raises FollowingDamaged."""
        try:
            data = json.loads(path.read_bytes())
            rows = {
                str(key): tuple(Next(str(row["id"]), float(row["weight"]), int(row["customers"])) for row in items)
                for key, items in data["next"].items()
            }
            return cls(rows, float(data["made_at"]), int(data["steps"]))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            remedy = "write it again: baton faq followups"
            raise FollowingDamaged(f"cannot read the learnt follow-ups {path}: {error!r}", remedy) from error


def _ranked(items: Sequence[Next]) -> tuple[Next, ...]:
    return tuple(sorted(items, key=lambda item: (-item.weight, item.id))[:_KEPT])
