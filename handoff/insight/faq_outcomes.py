"""What became of each entry's answers: accepted, liked, handed over after, asked again; counted from the ledger."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from handoff.insight.faq_answers import Answered, Opened, answers_since, handoffs_since, thumbs_since

WEEK = 7 * 86400.0
# A person asked for later than this was not asked for because of the answer.
HANDED_OVER_WITHIN = 3600.0


@dataclass(frozen=True)
class Outcome:
    """Counts of one entry. ``accepted``: given, and none of down, handed over after and asked again followed."""

    entry_id: str
    asked: int
    accepted: int
    up: int
    down: int
    handed_over: int
    asked_again: int
    last_at: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, with the share (0–1) of accepted answers."""
        return asdict(self) | {"accepted_share": round(self.accepted / self.asked, 4) if self.asked else None}


Place = tuple[str, int]


def outcomes_since(conn: Connection, since: float) -> list[Outcome]:
    """Outcomes of the answers given from ``since`` (epoch seconds) on, most asked first."""
    given = [answer for answer in answers_since(conn, since) if answer.entry_id]
    thumbs = thumbs_since(conn, since)
    handed = _handed_over_after(given, handoffs_since(conn, since))
    again = _asked_again(given)
    by_entry: dict[str, list[Answered]] = {}
    for answer in given:
        by_entry.setdefault(answer.entry_id or "", []).append(answer)
    found = [_outcome(entry_id, answers, thumbs, handed, again) for entry_id, answers in by_entry.items()]
    return sorted(found, key=lambda outcome: (-outcome.asked, outcome.entry_id))


def not_accepted(conn: Connection, since: float, given: Sequence[Answered]) -> set[Place]:
    """Places (conversation, seq) of the answers that were disliked, led to a person, or were asked for again."""
    down = {place for place, verdict in thumbs_since(conn, since).items() if verdict == "down"}
    return down | _handed_over_after(given, handoffs_since(conn, since)) | _asked_again(given)


def _outcome(
    entry_id: str, answers: Sequence[Answered], thumbs: dict[Place, str], handed: set[Place], again: set[Place]
) -> Outcome:
    places = [(answer.conv_id, answer.seq) for answer in answers]
    down = {place for place in places if thumbs.get(place) == "down"}
    bad = down | handed | again
    return Outcome(
        entry_id=entry_id,
        asked=len(places),
        accepted=sum(place not in bad for place in places),
        up=sum(thumbs.get(place) == "up" for place in places),
        down=len(down),
        handed_over=sum(place in handed for place in places),
        asked_again=sum(place in again for place in places),
        last_at=max(answer.at for answer in answers),
    )


def _handed_over_after(given: Sequence[Answered], handoffs: dict[str, list[Opened]]) -> set[Place]:
    """The last answer before each handoff, when it was not long before."""
    by_conversation: dict[str, list[Answered]] = {}
    for answer in given:
        by_conversation.setdefault(answer.conv_id, []).append(answer)
    places: set[Place] = set()
    for conv_id, opened_here in handoffs.items():
        answers = by_conversation.get(conv_id, [])
        times = [answer.at for answer in answers]
        for opened in opened_here:
            before = bisect_right(times, opened.queued_at) - 1
            if before >= 0 and opened.queued_at - times[before] <= HANDED_OVER_WITHIN:
                places.add((conv_id, answers[before].seq))
    return places


def _asked_again(given: Sequence[Answered]) -> set[Place]:
    """Answers after which the same customer got the same entry once more within a week."""
    latest: dict[tuple[str, str], Answered] = {}
    places: set[Place] = set()
    for answer in sorted(given, key=lambda a: a.at):
        key = answer.customer_id, answer.entry_id or ""
        before = latest.get(key)
        if before is not None and answer.at - before.at <= WEEK:
            places.add((before.conv_id, before.seq))
        latest[key] = answer
    return places
