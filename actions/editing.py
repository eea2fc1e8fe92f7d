"""What the editor's desk asks of the encoder: explain a search, rehearse a change, group questions by meaning."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from actions.wiring import Services, current
from knowledge_base.evaluate import Case
from knowledge_base.explain import explain
from knowledge_base.gaps import Asked, group_gaps
from knowledge_base.models import Entry

Text = Annotated[str, StringConstraints(max_length=4000)]
Lang = Literal["zh", "en"] | None
MAX_CASES = 20_000
MAX_QUESTIONS = 2_000


class ExplainIn(BaseModel):
    """A customer's words."""

    text: Text
    lang: Lang = None
    top_k: Annotated[int, Field(ge=1, le=20)] = 5


class CaseIn(BaseModel):
    """A saved question; `id` None means that "no answer" is right."""

    question: Text
    id: str | None
    lang: Lang = None


class RehearseIn(BaseModel):
    """Texts of changed files by their path in the FAQ folder, and the questions to ask."""

    files: dict[str, str]
    cases: Annotated[list[CaseIn], Field(max_length=MAX_CASES)]


class FollowupsIn(BaseModel):
    """An entry as it stands in the form."""

    id: str
    question: Text = ""
    lang: Literal["zh", "en"]
    category: str = ""
    followups: list[str] = []
    buttons: list[str] = []
    sensitive: bool = False


class AskedIn(BaseModel):
    """A question and how often it was asked."""

    question: Text
    count: Annotated[int, Field(ge=1)] = 1


class GroupIn(BaseModel):
    """Questions to group."""

    questions: Annotated[list[AskedIn], Field(max_length=MAX_QUESTIONS)]


def router(guarded: list[Any]) -> APIRouter:
    """Routes under `/faq`; see docs/architecture.md."""
    routes = APIRouter(prefix="/faq", dependencies=guarded)

    @routes.post("/explain")
    async def explained(body: ExplainIn) -> dict[str, Any]:
        return await asyncio.to_thread(_explain, current.get(), body)

    @routes.post("/rehearse")
    async def rehearsed(body: RehearseIn) -> dict[str, Any]:
        return await asyncio.to_thread(_rehearse, current.get(), body)

    @routes.post("/followups")
    async def followups(body: FollowupsIn) -> dict[str, Any]:
        """What would be offered after the entry, and why."""
        return await asyncio.to_thread(_followups, current.get(), body)

    @routes.post("/refresh")
    async def refreshed() -> dict[str, Any]:
        """Take files over that were just written whole, instead of waiting for the next look."""
        return await asyncio.to_thread(_refresh, current.get())

    @routes.post("/group")
    async def grouped(body: GroupIn) -> dict[str, Any]:
        return await asyncio.to_thread(_group, current.get(), body)

    return routes


def _explain(services: Services, body: ExplainIn) -> dict[str, Any]:
    base = services.faq.base
    found = explain(base, services.faq.vectors.of, body.text, body.lang, body.top_k).to_dict()
    return found | {"content": base.content_hash}


def _rehearse(services: Services, body: RehearseIn) -> dict[str, Any]:
    cases = [Case(case.question, case.id, case.lang) for case in body.cases if case.question.strip()]
    faq = services.faq
    if not body.files:
        return {"asked": len(cases), "reached": faq.rehearsal.warm(faq.base, cases), "changes": []}
    return faq.rehearsal.run(faq.base, body.files, cases, built=faq.built).to_dict()


def _followups(services: Services, body: FollowupsIn) -> dict[str, Any]:
    facts = body.model_dump() | {"followups": tuple(body.followups), "buttons": tuple(body.buttons)}
    offers = services.faq.next_questions.offers(services.faq.base, Entry(answer="", **facts))
    return {"offers": [{"id": o.entry.id, "question": o.entry.question, "source": o.source.value} for o in offers]}


def _refresh(services: Services) -> dict[str, Any]:
    changed = services.faq.refresh()
    return {"changed": changed, "content": services.faq.base.content_hash}


def _group(services: Services, body: GroupIn) -> dict[str, Any]:
    asked = [Asked(item.question, item.count) for item in body.questions]
    groups = group_gaps(asked, services.faq.base, services.faq.vectors)
    return {"groups": [group.to_dict() for group in groups]}
