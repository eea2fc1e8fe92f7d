"""The quality sample, as part of the agent API; supervisors and administrators. See docs/architecture.md."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from handoff.accounts import SignIn
from handoff.console.auth import Guard
from handoff.console.downloads import table_file
from handoff.console.quality_sheets import quality_sheets
from handoff.conversation import Agent
from handoff.insight.export import Format
from handoff.quality import QualityDesk
from handoff.quality.results import Results, Scores
from handoff.quality.service import MAX_NOTE, MAX_SEED, MOST, Case
from handoff.quality.sheets import Dimension, Review, Sheet
from handoff.settings import Settings

Score = Annotated[int, Field(ge=1, le=5)]
Epoch = Annotated[float, Field(ge=0, lt=1e11)]
Moment = Annotated[float, Query(ge=0, lt=1e11)]


class DrawIn(BaseModel):
    """A draw: services that ended from ``since`` to before ``until``, epoch seconds."""

    since: Epoch
    until: Epoch
    wanted: int = Field(ge=1, le=MOST)
    kind: Literal["all", "contained", "handed_over"] = "all"
    seed: str = Field("", max_length=MAX_SEED)


class SheetIn(BaseModel):
    """A score sheet; without ``submit`` it is kept as a draft."""

    scores: dict[Dimension, Score] = Field(default_factory=dict)
    note: str = Field("", max_length=MAX_NOTE)
    bot_wrong: bool = False
    wrong_seq: int | None = Field(None, ge=1)
    submit: bool = False

    def sheet(self) -> Sheet:
        return Sheet(dict(self.scores), self.note, self.bot_wrong, self.wrong_seq)


def router(quality: QualityDesk, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent/quality``."""
    guard = Guard(sign_in, settings)
    Me = Annotated[Agent, Depends(guard.agent)]
    routes = APIRouter(prefix="/api/v1/agent/quality", tags=["agent"])

    @routes.post("/samples")
    async def draw(body: DrawIn, me: Me) -> dict[str, Any]:
        """Draw a sample; 409 when nothing is left that was not drawn before."""
        return asdict(await quality.draw(me, body.since, body.until, body.wanted, body.kind, body.seed))

    @routes.get("/samples")
    async def samples(me: Me) -> list[dict[str, Any]]:
        """Every sample, the newest first."""
        return [asdict(one) for one in await quality.samples(me)]

    @routes.get("/samples/{sample_id}")
    async def items(sample_id: str, me: Me) -> list[dict[str, Any]]:
        """The services of a sample in the order of the draw."""
        return [asdict(one) for one in await quality.items(me, sample_id)]

    @routes.get("/cases/{conv_id}/{episode}")
    async def case(conv_id: str, episode: int, me: Me) -> dict[str, Any]:
        """A drawn service with its transcript, moods and sheets."""
        return case_out(await quality.open(me, conv_id, episode))

    @routes.put("/cases/{conv_id}/{episode}/sheet")
    async def save(conv_id: str, episode: int, body: SheetIn, me: Me) -> dict[str, Any]:
        """Keep or submit the own sheet."""
        return case_out(await quality.save(me, conv_id, episode, body.sheet(), submit=body.submit))

    @routes.get("/results")
    async def results(since: Moment, until: Moment, me: Me) -> dict[str, Any]:
        """What the sheets submitted in the period come to."""
        return results_out(await quality.results(me, since, until))

    @routes.get("/sheets.{form}")
    async def sheets(form: Format, since: Moment, until: Moment, me: Me, lang: Literal["zh", "en"] = "zh") -> Response:
        """Results and every submitted sheet as a file; the audit trail keeps who took it."""
        found, reviews = await quality.results(me, since, until), await quality.sheets(me, since, until)
        return await table_file(quality_sheets(found, reviews, lang, await quality.zone()), form, "quality")

    return routes


def case_out(case: Case) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "item": asdict(case.item),
        "events": [event.public() | {"internal": event.internal} for event in case.events],
        "moods": [asdict(one) for one in case.moods],
        "handoff": {"reason": case.handoff.reason, "rule": case.handoff.rule, "outcome": case.handoff.outcome}
        if case.handoff
        else None,
        "rating": case.rating,
        "own_work": case.own_work,
        "own": review_out(case.own) if case.own else None,
        "others": [review_out(one) for one in case.others],
    }


def review_out(review: Review) -> dict[str, Any]:
    """One sheet with whose it is."""
    return asdict(review.sheet) | {
        "reviewer": review.reviewer_name,
        "at": review.at,
        "submitted_at": review.submitted_at,
    }


def results_out(found: Results) -> dict[str, Any]:
    """Means by dimension, for everybody and by who answered, and the agreement of reviewers."""
    return {
        "since": found.since,
        "until": found.until,
        "all": scores_out(found.all),
        "by_agent": [scores_out(one) for one in found.by_agent],
        "agreement": {name: asdict(one) for name, one in found.agreement.items()},
    }


def scores_out(scores: Scores) -> dict[str, Any]:
    """Means of one who answered."""
    return asdict(scores) | {"overall": scores.overall}
