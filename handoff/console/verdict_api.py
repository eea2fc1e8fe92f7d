"""Agents' verdicts on handoffs, as part of the agent API; see docs/architecture.md."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from handoff.accounts import SignIn
from handoff.console.auth import Guard
from handoff.conversation import Agent
from handoff.settings import Settings
from handoff.store.verdicts import Judgement, Verdict
from handoff.verdicts import MAX_NOTE, VerdictDesk


class VerdictIn(BaseModel):
    """One click, and words if the agent has any."""

    verdict: Judgement
    note: str = Field("", max_length=MAX_NOTE)


class VerdictOut(BaseModel):
    """The verdict that counts now; ``at`` is in epoch seconds."""

    handoff_id: str
    verdict: Judgement
    note: str
    agent_name: str
    at: float


def router(verdicts: VerdictDesk, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent/handoffs/{id}/verdict``."""
    guard = Guard(sign_in, settings)
    Me = Annotated[Agent, Depends(guard.agent)]
    routes = APIRouter(prefix="/api/v1/agent/handoffs", tags=["agent"])

    @routes.put("/{handoff_id}/verdict")
    async def give(handoff_id: str, body: VerdictIn, me: Me) -> VerdictOut:
        """Judge the moment of a handoff; the last verdict counts."""
        return _out(await verdicts.give(me, handoff_id, body.verdict, body.note))

    @routes.get("/{handoff_id}/verdict")
    async def given(handoff_id: str, me: Me) -> VerdictOut | None:
        """The verdict that counts now, null while nobody judged."""
        found = await verdicts.of(me, handoff_id)
        return _out(found) if found else None

    return routes


def _out(verdict: Verdict) -> VerdictOut:
    return VerdictOut(
        handoff_id=verdict.handoff_id,
        verdict=verdict.verdict,
        note=verdict.note,
        agent_name=verdict.agent_name,
        at=verdict.at,
    )
