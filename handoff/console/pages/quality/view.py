"""Turns samples, cases and results into plain values and words for the browser; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handoff.console.pages.view import channel_text, customer_name, event_line, mood_text, reason_text, rule_text
from handoff.console.quality_sheets import who_text
from handoff.console.words import Words
from handoff.conversation import Agent, Event
from handoff.quality.results import BOT, NOBODY, Results, Scores
from handoff.quality.samples import Item, Sample
from handoff.quality.service import Case
from handoff.quality.sheets import DIMENSIONS, Review

Json = dict[str, Any]
SHOWN = 90


def sample_line(sample: Sample, words: Words) -> Json:
    """One sample; times are epoch seconds."""
    told = words["quality"]
    return {
        "id": sample.id,
        "since": sample.since,
        "until": sample.until,
        "size": sample.size,
        "kind": told[f"kind_{sample.kind}"],
        "seed": sample.seed,
        "name": sample.drawn_by,
        "at": sample.drawn_at,
        "progress": told["progress"].format(reviewed=sample.reviewed, size=sample.size, mine=sample.mine),
        "done": sample.reviewed >= sample.size,
    }


def item_line(item: Item, agent: Agent, words: Words, lang: str) -> Json:
    """One drawn service; ``own`` says that the reader answered in it."""
    told = words["quality"]
    own = item.agent_id == agent.id
    state = "own" if own else item.mine or "none"
    return {
        "conv": item.conv_id,
        "episode": item.episode,
        "place": item.place,
        "customer": customer_name(item.conv_id, words),
        "channel": channel_text(item.channel, words),
        "who": who_of(item, lang),
        "ended_at": item.ended_at,
        "state": state,
        "state_text": told[f"state_{state}"],
        "sheets": told["state_others"].format(count=item.sheets) if item.sheets else "",
    }


def who_of(item: Item, lang: str) -> str:
    """Who answered, in words: the bot, an agent, or nobody."""
    return who_text(BOT if item.handoff_id is None else item.agent_id or NOBODY, item.agent_name, lang)


def case_view(case: Case, words: Words, lang: str) -> Json:
    """Everything beside the transcript."""
    item, own = case.item, case.own
    return {
        "conv": item.conv_id,
        "episode": item.episode,
        "place": words["quality"]["place"].format(place=item.place),
        "customer": customer_name(item.conv_id, words),
        "channel": channel_text(item.channel, words),
        "who": who_of(item, lang),
        "ended_at": item.ended_at,
        "facts": facts_of(case, words),
        "moods": _moods(case, words),
        "own": sheet_of(own) if own else None,
        "submitted_at": own.submitted_at if own else None,
        "others": [sheet_of(one) for one in case.others],
        "own_work": case.own_work,
        "bot_lines": _bot_lines(case.events),
        "following": {"conv": case.following[0], "episode": case.following[1]} if case.following else None,
    }


def transcript(case: Case) -> list[Json]:
    """The events as the thread shows them."""
    return [event_line(event) for event in case.events]


def feelings(case: Case, words: Words) -> dict[str, Json]:
    """Mood of each customer message, by its place."""
    return {str(one.seq): {"label": one.label, "text": mood_text(one.label, words)} for one in case.moods}


def facts_of(case: Case, words: Words) -> list[Json]:
    """The handoff card of this service: why, how long, how it ended, and what the customer gave."""
    told, handoff = words["quality"], case.handoff
    facts: list[tuple[str, str]] = []
    if handoff is not None:
        facts += [
            ("fact_reason", reason_text(handoff.reason, words)),
            ("fact_rule", rule_text(handoff.rule, words)),
            ("fact_ask", str(handoff.details.get("last_ask") or "")),
            ("fact_outcome", told.get(f"outcome_{handoff.outcome}", "")),
        ]
        if handoff.first_claimed_at is not None:
            facts.append(("fact_wait", _clock(handoff.first_claimed_at - handoff.queued_at)))
    if case.rating is not None:
        facts.append(("fact_rating", told["fact_stars"].format(score=case.rating)))
    return [{"label": told[key], "value": value} for key, value in facts if value]


def sheet_of(review: Review) -> Json:
    """One score sheet."""
    sheet = review.sheet
    return {
        "reviewer": review.reviewer_name,
        "scores": dict(sheet.scores),
        "note": sheet.note,
        "bot_wrong": sheet.bot_wrong,
        "wrong_seq": sheet.wrong_seq,
        "at": review.submitted_at or review.at,
    }


def results_view(found: Results, words: Words, lang: str) -> Json:
    """The tables of results; numbers are rounded to what one can read."""
    lines = [_scores(found.all, lang), *(_scores(one, lang) for one in found.by_agent)] if found.all.sheets else []
    agreement = [
        {
            "name": words["servqual"][name],
            "pairs": one.pairs,
            "same": _share(one.same),
            "near": _share(one.near),
            "alpha": _number(one.alpha),
        }
        for name, one in found.agreement.items()
        if one.pairs
    ]
    return {"since": found.since, "until": found.until, "lines": lines, "agreement": agreement}


def _scores(scores: Scores, lang: str) -> Json:
    return {
        "who": who_text(scores.who, scores.name, lang),
        "sheets": scores.sheets,
        "means": [_number(scores.means.get(name)) for name in DIMENSIONS],
        "overall": _number(scores.overall),
        "wrong": scores.bot_wrong,
    }


def _bot_lines(events: Sequence[Event]) -> list[Json]:
    """Answers of the bot, with the entry each came from and the question before it."""
    lines, asked = [], ""
    for event in events:
        if event.author == "customer" and event.kind == "message":
            asked = event.text
        if event.author != "bot" or event.kind != "message" or event.internal:
            continue
        meta: Mapping[str, Any] = event.payload.get("meta") or {}
        lines.append(
            {
                "seq": event.seq,
                "text": " ".join(event.text.split())[:SHOWN],
                "entry": str(meta.get("entry_id") or ""),
                "question": " ".join(asked.split())[:400],
            }
        )
    return lines


def _moods(case: Case, words: Words) -> list[Json]:
    said = {event.seq: event.text for event in case.events}
    return [
        {
            "seq": one.seq,
            "valence": round(one.valence, 2),
            "anger": round(one.anger, 2),
            "urgency": round(one.urgency, 2),
            "label": one.label,
            "label_text": mood_text(one.label, words),
            "text": said.get(one.seq, "")[:80],
        }
        for one in case.moods
    ]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"
