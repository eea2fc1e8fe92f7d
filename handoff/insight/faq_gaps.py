"""Questions without a good answer, from the ledger: what was missed, and what the person answered in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from handoff.insight.faq_answers import (
    Answered,
    Line,
    Opened,
    answers_since,
    handoffs_since,
    people_lines,
    thumbs_since,
    wrong_by_review,
)

# Why a person was asked, where the knowledge base is to blame.
_MISSED_REASONS = frozenset({"no_answer", "same_question"})
# A person who takes over later than this answers something else.
_ANSWERED_WITHIN = 3600.0
# Shorter messages of agents are greetings and thanks.
_LEAST_DRAFT = 8


class Miss(StrEnum):
    """How a question went wrong; the later ones are worse and win when one message has several."""

    CLARIFIED = "clarified"
    NO_ANSWER = "no_answer"
    THUMBS_DOWN = "thumbs_down"
    HANDED_OVER = "handed_over"
    REVIEWED = "reviewed"  # a supervisor who reviewed the conversation found the answer wrong


_WORSE = tuple(Miss)


@dataclass(frozen=True)
class Missed:
    """One customer message without a good answer. ``draft`` is what an agent answered, empty when none did."""

    conv_id: str
    seq: int
    question: str
    lang: str
    at: float
    miss: Miss
    entry_id: str | None = None
    draft: str = ""


def missed_since(conn: Connection, since: float) -> list[Missed]:
    """Missed questions from ``since`` (epoch seconds) on, newest first; each customer message once."""
    answers = list(answers_since(conn, since))
    asked = people_lines(conn, since, "customer")
    handoffs = handoffs_since(conn, since)
    replies = people_lines(conn, since, "agent")
    worst: dict[tuple[str, int], Missed] = {}
    for found in [*_missed_answers(conn, since, answers), *_handed_over(answers, asked, handoffs)]:
        key = found.conv_id, found.seq
        if key not in worst or _WORSE.index(found.miss) > _WORSE.index(worst[key].miss):
            worst[key] = found
    drafted = [_with_draft(m, handoffs.get(m.conv_id, ()), replies.get(m.conv_id, ())) for m in worst.values()]
    return sorted(drafted, key=lambda missed: -missed.at)


def _missed_answers(conn: Connection, since: float, answers: Sequence[Answered]) -> Iterator[Missed]:
    thumbs, wrong = thumbs_since(conn, since), wrong_by_review(conn)
    followed = _answers_by_question(answers)
    for answer in answers:
        if thumbs.get((answer.conv_id, answer.seq)) == "down":
            yield _missed(answer, Miss.THUMBS_DOWN)
        if (answer.conv_id, answer.seq) in wrong:
            yield _missed(answer, Miss.REVIEWED)
        if answer.response == "utter_no_answer":
            yield _missed(answer, Miss.NO_ANSWER)
        elif answer.response == "utter_clarify" and not _chosen(answer, followed):
            yield _missed(answer, Miss.CLARIFIED)


def _missed(answer: Answered, miss: Miss) -> Missed:
    return Missed(answer.conv_id, answer.asked_seq, answer.question, answer.lang, answer.at, miss, answer.entry_id)


def _answers_by_question(answers: Sequence[Answered]) -> dict[str, list[Answered]]:
    by_conversation: dict[str, list[Answered]] = {}
    for answer in answers:
        by_conversation.setdefault(answer.conv_id, []).append(answer)
    return by_conversation


def _chosen(clarify: Answered, answers: dict[str, list[Answered]]) -> bool:
    """Whether the customer's next message took one of the choices and got its entry."""
    later = (a for a in answers[clarify.conv_id] if a.asked_seq > clarify.asked_seq)
    following = next(later, None)
    return following is not None and following.entry_id is not None and following.question in clarify.choices


def _handed_over(
    answers: Sequence[Answered], asked: dict[str, list[Line]], handoffs: dict[str, list[Opened]]
) -> Iterator[Missed]:
    """The message that led to a person because the knowledge base had nothing."""
    langs = {answer.conv_id: answer.lang for answer in answers}
    for conv_id, opened_here in handoffs.items():
        for opened in opened_here:
            if opened.reason not in _MISSED_REASONS or not opened.last_ask.strip():
                continue
            said = [line for line in asked.get(conv_id, ()) if line.at <= opened.queued_at]
            same = next((line for line in reversed(said) if line.text == opened.last_ask), None)
            place = same.seq if same else (said[-1].seq if said else 0)
            lang = langs.get(conv_id, "zh")
            yield Missed(conv_id, place, opened.last_ask, lang, opened.queued_at, Miss.HANDED_OVER)


def _with_draft(missed: Missed, handoffs: Sequence[Opened], replies: Sequence[Line]) -> Missed:
    """The longest thing the agent said in the handoff that followed: the answer, rather than the greeting."""
    for opened in handoffs:
        if opened.claimed_at is None or not 0 <= opened.queued_at - missed.at + 1.0 <= _ANSWERED_WITHIN:
            continue
        end = opened.ended_at or float("inf")
        said = [line.text for line in replies if opened.claimed_at <= line.at <= end and line.seq > missed.seq]
        best = max(said, key=len, default="")
        if len(best) >= _LEAST_DRAFT:
            return Missed(
                missed.conv_id, missed.seq, missed.question, missed.lang, missed.at, missed.miss, missed.entry_id, best
            )
    return missed
