"""A conversation that took place, read back from the gateway's database as the steps `baton policy explain` shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text

from actions.replay.cases import Case
from actions.replay.errors import ReplayError
from actions.replay.run import Outcome, Step
from actions.verdicts.database import decision_of, reading, signals_of

_TURNS = """
    SELECT t.in_seq, t.created_at, t.result, e.text FROM turn t
    JOIN event e ON e.conv_id = t.conv_id AND e.seq = t.in_seq
    WHERE t.conv_id = :conv AND t.result IS NOT NULL ORDER BY t.in_seq
"""
_REPLIES = """
    SELECT seq, text FROM event WHERE conv_id = :conv AND author = 'bot' AND kind = 'message' ORDER BY seq
"""
_HANDOFFS = "SELECT reason, rule, priority, queued_at FROM handoff WHERE conv_id = :conv ORDER BY queued_at"


def stored_outcomes(url: str, conv_id: str) -> list[Outcome]:
    """One outcome for each stretch with the bot, the handover in its last step. Raises ReplayError when unknown."""
    with reading(url) as connection:
        turns, replies, handoffs = (
            connection.execute(text(query), {"conv": conv_id}).all() for query in (_TURNS, _REPLIES, _HANDOFFS)
        )
    if not turns:
        raise ReplayError(
            f"No answered turn of a conversation {conv_id!r} is stored. Copy the id from the console's address line; "
            "erased and expired conversations are gone."
        )
    return list(_stretches(conv_id, turns, replies, handoffs))


def _stretches(
    conv_id: str, turns: Sequence[Any], replies: Sequence[Any], handoffs: Sequence[Any]
) -> Iterator[Outcome]:
    ends = [row.queued_at for row in handoffs]
    groups: dict[int, list[Step]] = {}
    for place, row in enumerate(turns):
        after = turns[place + 1].in_seq if place + 1 < len(turns) else float("inf")
        said = [{"text": reply.text} for reply in replies if row.in_seq < reply.seq < after]
        stretch = sum(end < row.created_at for end in ends)
        groups.setdefault(stretch, []).append(Step(row.text, _answer(row.result, said)))
    for stretch, steps in sorted(groups.items()):
        if stretch < len(handoffs):
            found = handoffs[stretch]
            steps[-1].answer["handoff"] = {"reason": found.reason, "rule": found.rule, "priority": found.priority}
        case = Case(f"{conv_id} ({stretch + 1})", None, tuple(step.text for step in steps))
        yield Outcome(case, tuple(steps))


def _answer(result: Any, said: list[dict[str, Any]]) -> dict[str, Any]:
    """The channel's answer, as far as it was stored."""
    decision = decision_of(result)
    signals = signals_of(decision) or {}
    intent = {"name": signals.get("intent"), "confidence": signals.get("confidence") or 0.0}
    return {"intent": intent, "mood": signals.get("mood"), "decision": dict(decision), "messages": said}
