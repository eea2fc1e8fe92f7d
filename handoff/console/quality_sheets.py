"""The quality sample as tables for spreadsheets, in the words of the console; no word of a customer is in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handoff.console.words import words
from handoff.insight.export import Cell, Sheet
from handoff.quality.results import BOT, NOBODY, Results, Scores
from handoff.quality.samples import Item
from handoff.quality.sheets import DIMENSIONS, Review, mean


def quality_sheets(found: Results, reviews: Sequence[tuple[Item, Review]], lang: str, zone: ZoneInfo) -> list[Sheet]:
    """Means by who answered, the agreement of reviewers, and one line for each sheet."""
    told = words(lang)
    q, names = told["quality"], [told["servqual"][name] for name in DIMENSIONS]
    means = [_means(one, who_text(one.who, one.name, lang)) for one in (found.all, *found.by_agent)]
    agreement = [
        [told["servqual"][name], one.pairs, _rounded(one.same), _rounded(one.near), _rounded(one.alpha)]
        for name, one in found.agreement.items()
    ]
    header = [q["column_submitted"], q["column_conversation"], q["column_episode"], q["column_channel"], q["who"]]
    header += [q["column_reviewer"], *names, q["overall"], q["bot_wrong"], q["note"]]
    return [
        Sheet(q["results"], [q["who"], q["sheets"], *names, q["overall"], q["wrong"]], means),
        Sheet(q["agreement"], [q["dimension"], q["pairs"], q["same"], q["near"], q["alpha"]], agreement),
        Sheet(q["sheet"], header, [_review(item, review, lang, zone) for item, review in reviews]),
    ]


def who_text(who: str, name: str | None, lang: str) -> str:
    """Who answered, in words."""
    q = words(lang)["quality"]
    return name or {"": q["everybody"], BOT: q["contained"], NOBODY: q["nobody"]}.get(who, who)


def _means(scores: Scores, who: str) -> list[Cell]:
    return [
        who,
        scores.sheets,
        *(_rounded(scores.means.get(name)) for name in DIMENSIONS),
        _rounded(scores.overall),
        scores.bot_wrong,
    ]


def _review(item: Item, review: Review, lang: str, zone: ZoneInfo) -> list[Cell]:
    told, sheet = words(lang), review.sheet
    at = datetime.fromtimestamp(review.submitted_at or review.at, zone).strftime("%Y-%m-%d %H:%M:%S")
    who = BOT if item.handoff_id is None else item.agent_id or NOBODY
    return [
        at,
        item.conv_id,
        item.episode,
        told["channel"].get(item.channel, item.channel),
        who_text(who, item.agent_name, lang),
        review.reviewer_name,
        *(sheet.scores.get(name) for name in DIMENSIONS),
        _rounded(mean(list(sheet.scores.values()))),
        told["quality"]["wrong_yes"] if sheet.bot_wrong else "",
        sheet.note,
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
