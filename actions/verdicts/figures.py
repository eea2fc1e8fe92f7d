"""Counts verdicts: how often a handoff was needed, came in time, and what the wrong ones cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from actions.verdicts.database import Talk


@dataclass(frozen=True)
class Prices:
    """What a wrong moment costs, in any unit: a needless handoff an agent's time, a late one a customer's trust."""

    early: float = 1.0
    late: float = 5.0


def report(talks: Sequence[Talk], prices: Prices) -> dict[str, Any]:
    """Figures overall, by reason, rule, language and channel."""
    handed = [talk for talk in talks if talk.handed_over]
    groups: dict[str, Callable[[Talk], str]] = {
        "by_reason": lambda talk: talk.reason,
        "by_rule": lambda talk: talk.rule,
        "by_lang": lambda talk: talk.lang,
        "by_channel": lambda talk: talk.channel,
    }
    return {
        "prices": {"early": prices.early, "late": prices.late},
        "overall": figures(handed, prices),
        **{name: _grouped(handed, key, prices) for name, key in groups.items()},
    }


def _grouped(talks: Sequence[Talk], key: Callable[[Talk], str], prices: Prices) -> dict[str, Any]:
    names = sorted({key(talk) for talk in talks if talk.verdict})
    return {name: figures([talk for talk in talks if key(talk) == name], prices) for name in names}


def figures(talks: Sequence[Talk], prices: Prices) -> dict[str, Any]:
    """precision: needed (right or too late), of those judged. recall: in time, of those needed; cost by the prices.

    A customer who should have had a person and got none is in no verdict: the recall knows only the late ones.
    """
    count = {verdict: sum(talk.verdict == verdict for talk in talks) for verdict in ("right", "too_early", "too_late")}
    judged, needed = sum(count.values()), count["right"] + count["too_late"]
    return {
        "handoffs": len(talks),
        "judged": judged,
        **count,
        "precision": _share(needed, judged),
        "precision_from": _lower(needed, judged),
        "recall": _share(count["right"], needed),
        "cost": round(count["too_early"] * prices.early + count["too_late"] * prices.late, 2),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _lower(part: int, whole: int) -> float | None:
    """Lower end of the 95 % Wilson interval: what a few verdicts really say."""
    if not whole:
        return None
    z, share = 1.96, part / whole
    middle = share + z * z / (2 * whole)
    spread = z * math.sqrt((share * (1 - share) + z * z / (4 * whole)) / whole)
    return round((middle - spread) / (1 + z * z / whole), 4)
