"""Rows of score sheets: one of each reviewer for each drawn service, a draft until it is submitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Select, delete, insert, select
from sqlalchemy.engine import Row

from handoff.store import tables as t
from handoff.store.clock import now

Dimension = Literal["reliability", "responsiveness", "assurance", "empathy", "tangibles"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

assert DIMENSIONS == t.DIMENSIONS


@dataclass(frozen=True)
class Sheet:
    """What a reviewer thinks: scores 1–5, remarks, and whether the bot said something wrong (``wrong_seq``: where)."""

    scores: dict[Dimension, int] = field(default_factory=dict)
    note: str = ""
    bot_wrong: bool = False
    wrong_seq: int | None = None

    @property
    def whole(self) -> bool:
        return all(name in self.scores for name in DIMENSIONS)


@dataclass(frozen=True)
class Review:
    """A sheet with whose it is; ``submitted_at`` is None for a draft. Times are epoch seconds."""

    conv_id: str
    episode: int
    reviewer: str
    reviewer_name: str
    sheet: Sheet
    at: float
    submitted_at: float | None


def reviews_of(conn: Connection, conv_id: str, episode: int) -> list[Review]:
    """Every sheet of one service, drafts too, oldest first."""
    r = t.quality_review.c
    return [review_from_row(row) for row in conn.execute(_reviews().where(r.conv_id == conv_id, r.episode == episode))]


def submitted_between(conn: Connection, since: float, until: float) -> list[Review]:
    """Sheets that were submitted from ``since`` to before ``until``, in order."""
    r = t.quality_review.c
    rows = conn.execute(_reviews().where(r.state == "submitted", r.submitted_at >= since, r.submitted_at < until))
    return sorted((review_from_row(row) for row in rows), key=lambda one: (one.submitted_at or 0.0, one.conv_id))


def put(conn: Connection, conv_id: str, episode: int, reviewer: str, sheet: Sheet, *, submit: bool) -> None:
    """Store the reviewer's sheet in place of the one before; delete and insert read alike on both databases."""
    r = t.quality_review.c
    conn.execute(delete(t.quality_review).where(r.conv_id == conv_id, r.episode == episode, r.reviewer == reviewer))
    conn.execute(
        insert(t.quality_review).values(
            conv_id=conv_id,
            episode=episode,
            reviewer=reviewer,
            state="submitted" if submit else "draft",
            **{name: sheet.scores.get(name) for name in DIMENSIONS},
            note=sheet.note,
            bot_wrong=sheet.bot_wrong,
            wrong_seq=sheet.wrong_seq if sheet.bot_wrong else None,
            at=now(),
            submitted_at=now() if submit else None,
        )
    )


def review_from_row(row: Row[Any]) -> Review:
    scores = {name: getattr(row, name) for name in DIMENSIONS if getattr(row, name) is not None}
    return Review(
        conv_id=row.conv_id,
        episode=row.episode,
        reviewer=row.reviewer,
        reviewer_name=row.display_name,
        sheet=Sheet(scores, row.note, row.bot_wrong, row.wrong_seq),
        at=row.at,
        submitted_at=row.submitted_at,
    )


def mean(values: Sequence[float]) -> float | None:
    """The mean, None of nothing."""
    return sum(values) / len(values) if values else None


def _reviews() -> Select[Any]:
    r = t.quality_review.c
    return select(t.quality_review, t.agent.c.display_name).join(t.agent, t.agent.c.id == r.reviewer).order_by(r.at)
