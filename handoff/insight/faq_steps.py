"""Which question a customer asked next after an accepted answer: what follow-up questions are learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import Connection

from handoff.insight.faq_answers import Answered, answers_since
from handoff.insight.faq_outcomes import not_accepted
from knowledge_base.following import Step

# What is asked after a longer silence is another matter.
NEXT_WITHIN = 1800.0


def steps_since(conn: Connection, since: float) -> list[Step]:
    """Steps between answers given from `since` (epoch seconds) on, both of them accepted; oldest first."""
    answers = list(answers_since(conn, since))
    given = [answer for answer in answers if answer.entry_id]
    bad = not_accepted(conn, since, given)
    by_conversation: dict[str, list[Answered]] = {}
    for answer in given:
        by_conversation.setdefault(answer.conv_id, []).append(answer)
    steps = [
        _step(before, after)
        for talk in by_conversation.values()
        for before, after in pairwise(_one_for_each_question(talk))
        if after.at - before.at <= NEXT_WITHIN
        and before.entry_id != after.entry_id
        and not bad & {(before.conv_id, before.seq), (after.conv_id, after.seq)}
    ]
    return sorted(steps, key=lambda step: step.at)


def _one_for_each_question(answers: Sequence[Answered]) -> list[Answered]:
    """The first answer to each question."""
    first: dict[int, Answered] = {}
    for answer in answers:
        first.setdefault(answer.asked_seq, answer)
    return list(first.values())


def _step(before: Answered, after: Answered) -> Step:
    return Step(
        before=before.entry_id or "",
        after=after.entry_id or "",
        at=after.at,
        customer=after.customer_id,
        tapped=after.question in before.choices,
    )
