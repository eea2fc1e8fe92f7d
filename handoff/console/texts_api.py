"""The agent API of ready texts: canned replies, and words that must not be said."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from handoff.accounts import SignIn
from handoff.canned import TEAM, CannedReplies, CannedReply
from handoff.console.auth import Guard
from handoff.conversation import Agent
from handoff.settings import Settings
from handoff.wording import Wording, WordingRule


class ReplyIn(BaseModel):
    shortcut: str = Field(min_length=1, max_length=32)
    text: str = Field(max_length=4000)
    lang: Literal["zh", "en"]
    category: str = Field("", max_length=40)
    team: bool = False


class RuleIn(BaseModel):
    word: str = Field(min_length=1, max_length=100)
    alternative: str = Field(min_length=1, max_length=500)
    reason: str = Field("", max_length=500)
    allowed_in: list[str] = Field(default_factory=list, max_length=20)


class TextIn(BaseModel):
    text: str = Field(max_length=20000)


def router(canned: CannedReplies, wording: Wording, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent``."""
    guard = Guard(sign_in, settings)
    routes = APIRouter(prefix="/api/v1/agent", tags=["agent"])
    _reply_routes(routes, guard, canned)
    _wording_routes(routes, guard, wording)
    return routes


def _reply_routes(routes: APIRouter, guard: Guard, canned: CannedReplies) -> None:
    Me = Annotated[Agent, Depends(guard.agent)]

    @routes.get("/replies")
    async def replies(me: Me) -> list[dict[str, Any]]:
        """The team's canned replies and the own ones."""
        return [asdict(one) for one in await canned.of(me)]

    @routes.post("/replies")
    async def add(body: ReplyIn, me: Me) -> dict[str, str]:
        """A new reply; one for the team needs a supervisor."""
        return {"id": await canned.save(me, _reply(body, me, ""))}

    @routes.put("/replies/{reply_id}")
    async def change(reply_id: str, body: ReplyIn, me: Me) -> dict[str, str]:
        """Replace a reply."""
        return {"id": await canned.save(me, _reply(body, me, reply_id))}

    @routes.delete("/replies/{reply_id}")
    async def drop(reply_id: str, me: Me) -> dict[str, bool]:
        """Remove a reply."""
        await canned.delete(me, reply_id)
        return {"ok": True}


def _wording_routes(routes: APIRouter, guard: Guard, wording: Wording) -> None:
    Me = Annotated[Agent, Depends(guard.agent)]

    @routes.get("/wording")
    async def rules(me: Me) -> list[dict[str, Any]]:
        """Words that must not be said, with what to say instead."""
        return [asdict(one) for one in await wording.rules()]

    @routes.post("/wording/check")
    async def check(body: TextIn, me: Me) -> list[dict[str, Any]]:
        """The rules that a text breaks."""
        return [asdict(one) for one in await wording.broken(body.text)]

    @routes.post("/wording")
    async def save(body: RuleIn, me: Me) -> dict[str, Any]:
        """Add a rule, or replace the one of this word (supervisors)."""
        rule = WordingRule(body.word, body.alternative, body.reason, tuple(body.allowed_in))
        return asdict(await wording.save(me, rule))

    @routes.delete("/wording/{rule_id}")
    async def drop(rule_id: str, me: Me) -> dict[str, bool]:
        """Remove a rule of the team (supervisors)."""
        await wording.delete(me, rule_id)
        return {"ok": True}


def _reply(body: ReplyIn, me: Agent, reply_id: str) -> CannedReply:
    return CannedReply(body.shortcut, body.text, body.lang, body.category, TEAM if body.team else me.id, reply_id)
