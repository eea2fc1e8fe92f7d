"""The agent API of what is kept beside a conversation: profile, complaints, earlier handoffs."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from handoff.accounts import SignIn
from handoff.casework import Casework
from handoff.console.auth import Guard
from handoff.conversation import Agent
from handoff.desk import Desk
from handoff.settings import Settings
from handoff.store.casework import Profile


class ProfileIn(BaseModel):
    name: str = Field("", max_length=100)
    phone: str = Field("", max_length=100)
    email: str = Field("", max_length=100)
    note: str = Field("", max_length=2000)


class ComplaintIn(BaseModel):
    severity: int = Field(ge=1, le=4)
    text: str = Field(max_length=4000)


class ResultIn(BaseModel):
    result: str = Field(max_length=4000)


def router(desk: Desk, casework: Casework, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent``; each looks first whether the agent may see the conversation."""
    routes = APIRouter(prefix="/api/v1/agent", tags=["agent"])
    Me = Annotated[Agent, Depends(Guard(sign_in, settings).agent)]

    @routes.get("/conversations/{conv_id}/case")
    async def case(conv_id: str, me: Me) -> dict[str, Any]:
        """Profile, complaints and earlier handoffs of the customer."""
        await desk.thread(me, conv_id)
        return asdict(await casework.file_of(conv_id))

    @routes.put("/conversations/{conv_id}/profile")
    async def profile(conv_id: str, body: ProfileIn, me: Me) -> dict[str, bool]:
        """Replace what is known of the customer."""
        await desk.thread(me, conv_id)
        await casework.save_profile(me, conv_id, Profile(body.name, body.phone, body.email, body.note))
        return {"ok": True}

    @routes.post("/conversations/{conv_id}/complaints")
    async def complain(conv_id: str, body: ComplaintIn, me: Me) -> dict[str, Any]:
        """File a complaint; its due time follows from the severity."""
        await desk.thread(me, conv_id)
        return asdict(await casework.file_complaint(me, conv_id, body.severity, body.text))

    @routes.get("/complaints")
    async def complaints(me: Me) -> list[dict[str, Any]]:
        """Open complaints, the most pressing first."""
        return [asdict(one) for one in await casework.open_complaints()]

    @routes.post("/complaints/{complaint_id}/done")
    async def done(complaint_id: str, body: ResultIn, me: Me) -> dict[str, Any]:
        """Say how it ended."""
        return asdict(await casework.finish_complaint(me, complaint_id, body.result))

    return routes
