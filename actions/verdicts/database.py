"""Reads judged handoffs, and the stored signals of the turns before them, from the gateway's database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from actions.errors import ActionsError

Verdict = Literal["right", "too_early", "too_late"]
_HANDOFFS = """
    SELECT h.id, h.conv_id, h.reason, h.rule, h.lang, h.queued_at, c.channel, v.verdict
    FROM handoff h JOIN conversation c ON c.id = h.conv_id LEFT JOIN handoff_verdict v ON v.handoff_id = h.id
    WHERE h.queued_at >= :since AND h.queued_at < :until ORDER BY h.conv_id, h.queued_at
"""
_TURNS = """
    SELECT t.conv_id, t.created_at, t.result, e.text
    FROM turn t JOIN event e ON e.conv_id = t.conv_id AND e.seq = t.in_seq
    WHERE t.created_at >= :since AND t.created_at < :until AND t.result IS NOT NULL ORDER BY t.conv_id, t.in_seq
"""


class DatabaseUnreadable(ActionsError):
    """The gateway's database cannot be read."""


@dataclass(frozen=True)
class StoredTurn:
    """One customer message the bot answered: its words, and what the policy saw (`Signals.to_dict`)."""

    text: str
    signals: Mapping[str, Any]


@dataclass(frozen=True)
class Talk:
    """The bot's turns of one stretch up to a handoff, or of a stretch that needed none. verdict: None unjudged."""

    turns: tuple[StoredTurn, ...]
    handed_over: bool
    verdict: Verdict | None = None
    reason: str = ""
    rule: str = ""
    lang: str = ""
    channel: str = ""


def read_talks(url: str, since: float, until: float) -> list[Talk]:
    """Every stretch between `since` and `until` (epoch seconds). Raises DatabaseUnreadable."""
    with reading(url) as connection:
        return _read(connection, since, until)


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection to the gateway's database, for as long as the block runs. Raises DatabaseUnreadable."""
    try:
        engine = create_engine(_with_driver(url))
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
    except (ArgumentError, SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DatabaseUnreadable(
            f"The gateway's database cannot be read ({reason}). Set BATON_DATABASE_URL or BATON_DATA_DIR as for "
            "`baton run`, and start `baton run` once so that its tables are there."
        ) from error


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1) if url.startswith("postgresql://") else url


def _read(connection: Connection, since: float, until: float) -> list[Talk]:
    span = {"since": since, "until": until}
    turns: dict[str, list[tuple[float, StoredTurn]]] = {}
    for row in connection.execute(text(_TURNS), span):
        signals = signals_of(decision_of(row.result))
        if signals is not None:
            turns.setdefault(row.conv_id, []).append((row.created_at, StoredTurn(row.text, signals)))
    handoffs: dict[str, list[Any]] = {}
    for row in connection.execute(text(_HANDOFFS), span):
        handoffs.setdefault(row.conv_id, []).append(row)
    talks: list[Talk] = []
    for conv_id in {**turns, **handoffs}:
        talks.extend(_cut(turns.get(conv_id, []), handoffs.get(conv_id, [])))
    return talks


def _cut(turns: Sequence[tuple[float, StoredTurn]], handoffs: Sequence[Any]) -> Iterator[Talk]:
    """The turns before each handoff since the one before it, then what followed the last."""
    begin = float("-inf")
    for row in handoffs:
        part = tuple(turn for at, turn in turns if begin < at <= row.queued_at)
        yield Talk(part, True, row.verdict, row.reason, row.rule, row.lang, row.channel)
        begin = row.queued_at
    rest = tuple(turn for at, turn in turns if at > begin)
    if rest:
        yield Talk(rest, False)


def decision_of(result: Any) -> Mapping[str, Any]:
    """The decision in a turn's stored result: SQLite gives JSON as text, PostgreSQL as an object; empty when none."""
    try:
        data = json.loads(result) if isinstance(result, str) else result
    except ValueError:
        return {}
    decision = data.get("decision") if isinstance(data, Mapping) else None
    return decision if isinstance(decision, Mapping) else {}


def signals_of(decision: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the policy saw; turns from before this was stored have none."""
    signals = decision.get("signals")
    return signals if isinstance(signals, Mapping) else None
