"""The agent API around the queue: presence, offers, colleagues, attention, messages left, business hours."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from handoff.accounts import SignIn
from handoff.console.auth import Guard
from handoff.console.models import ClientId
from handoff.conversation import Agent, PresenceState
from handoff.settings import Settings
from handoff.store.presence import Presence
from handoff.team_desk import TeamDesk

Skill = Annotated[str, Field(min_length=1, max_length=64)]


class PresenceIn(BaseModel):
    state: PresenceState
    reason: str = Field("", max_length=100)


class RoutingIn(BaseModel):
    skills: list[Skill] = Field(default_factory=list, max_length=50)
    langs: list[Literal["zh", "en"]] = Field(default_factory=list, max_length=2)
    cap: int = Field(ge=1, le=100)


class ReadIn(BaseModel):
    seq: int = Field(ge=1, le=2**31 - 1)


class FinishIn(BaseModel):
    result: str = Field(max_length=1000)


class AnswerIn(BaseModel):
    client_msg_id: str = ClientId
    text: str


def router(team: TeamDesk, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent``."""
    guard = Guard(sign_in, settings)
    routes = APIRouter(prefix="/api/v1/agent", tags=["agent"])
    _presence_routes(routes, guard, team, settings)
    _attention_routes(routes, guard, team)
    _left_message_routes(routes, guard, team)
    _settings_routes(routes, guard, team)
    return routes


def _presence_routes(routes: APIRouter, guard: Guard, team: TeamDesk, settings: Settings) -> None:
    Me = Annotated[Agent, Depends(guard.agent)]

    @routes.post("/presence/heartbeat")
    async def heartbeat(me: Me) -> dict[str, Any]:
        """Say every 15 s that the desk is manned; the answer holds the offers made meanwhile."""
        found = await team.heartbeat(me)
        return _presence(found, settings) | {"offers": [asdict(offer) for offer in await team.offers(me)]}

    @routes.get("/presence")
    async def presence(me: Me) -> dict[str, Any]:
        """How this agent counts now."""
        return _presence(await team.presence(me), settings)

    @routes.put("/presence")
    async def set_presence(body: PresenceIn, me: Me) -> dict[str, Any]:
        """Online, away or offline."""
        return _presence(await team.set_presence(me, body.state, body.reason), settings)

    @routes.get("/offers")
    async def offers(me: Me) -> list[dict[str, Any]]:
        """Customers this agent is asked to take; accept by claiming."""
        return [asdict(offer) for offer in await team.offers(me)]

    @routes.post("/handoffs/{handoff_id}/decline")
    async def decline(handoff_id: str, me: Me) -> dict[str, bool]:
        """Not this one: it is offered to the next."""
        await team.decline(me, handoff_id)
        return {"ok": True}

    @routes.get("/colleagues")
    async def colleagues(me: Me) -> list[dict[str, Any]]:
        """The team: who is here, with which skills, how loaded."""
        return [asdict(colleague) for colleague in await team.colleagues()]


def _attention_routes(routes: APIRouter, guard: Guard, team: TeamDesk) -> None:
    Me = Annotated[Agent, Depends(guard.agent)]

    @routes.post("/conversations/{conv_id}/typing")
    async def typing(conv_id: str, me: Me) -> dict[str, bool]:
        """This agent is typing."""
        await team.typing(me, conv_id)
        return {"ok": True}

    @routes.post("/conversations/{conv_id}/looking")
    async def looking(conv_id: str, me: Me) -> dict[str, bool]:
        """This agent has the conversation open."""
        await team.looking(me, conv_id)
        return {"ok": True}

    @routes.post("/conversations/{conv_id}/read")
    async def read(conv_id: str, body: ReadIn, me: Me) -> dict[str, bool]:
        """This agent, if it is theirs, has read everything up to ``seq``; the customer sees that."""
        await team.read(me, conv_id, body.seq)
        return {"ok": True}

    @routes.get("/conversations/{conv_id}/attention")
    async def attention(conv_id: str, me: Me) -> dict[str, Any]:
        """Who types and who looks."""
        return asdict(await team.attention(me, conv_id))


def _left_message_routes(routes: APIRouter, guard: Guard, team: TeamDesk) -> None:
    Me = Annotated[Agent, Depends(guard.agent)]
    path = "/left-messages/{message_id}"

    @routes.get("/left-messages")
    async def listed(me: Me, state: Annotated[Literal["open", "done"], Query()] = "open") -> list[dict[str, Any]]:
        """What customers left when nobody was there."""
        return [asdict(message) for message in await team.left_messages(done=state == "done")]

    @routes.post(f"{path}/take")
    async def take(message_id: str, me: Me) -> dict[str, Any]:
        """See to this one."""
        return asdict(await team.take_left_message(me, message_id))

    @routes.post(f"{path}/release")
    async def release(message_id: str, me: Me) -> dict[str, Any]:
        """Give it back to the list."""
        return asdict(await team.release_left_message(me, message_id))

    @routes.post(f"{path}/done")
    async def done(message_id: str, body: FinishIn, me: Me) -> dict[str, Any]:
        """It is seen to."""
        return asdict(await team.finish_left_message(me, message_id, body.result))

    @routes.post(f"{path}/answer")
    async def answer(message_id: str, body: AnswerIn, me: Me) -> dict[str, Any]:
        """Answer in the customer's conversation."""
        event = await team.answer_left_message(me, message_id, body.client_msg_id, body.text)
        return {"conv_id": event.conv_id, "seq": event.seq, "at": event.at}


def _settings_routes(routes: APIRouter, guard: Guard, team: TeamDesk) -> None:
    Me = Annotated[Agent, Depends(guard.agent)]

    @routes.get("/hours")
    async def hours(me: Me) -> dict[str, Any]:
        """The business hours in force, and whether it is open now."""
        return asdict(await team.hours()) | {"service": asdict(await team.service())}

    @routes.put("/hours")
    async def set_hours(body: dict[str, Any], me: Me) -> dict[str, Any]:
        """Put other hours in force (supervisors)."""
        return asdict(await team.set_hours(me, body))

    @routes.put("/accounts/{name}/routing")
    async def set_routing(name: str, body: RoutingIn, me: Me) -> dict[str, Any]:
        """Skills, languages and capacity of an account (supervisors)."""
        agent = await team.set_routing(me, name, body.skills, body.langs, body.cap)
        return {"name": agent.name, "skills": agent.skills, "langs": agent.langs, "cap": agent.cap, "load": agent.load}


def _presence(found: Presence | None, settings: Settings) -> dict[str, Any]:
    state = found.state if found else PresenceState.OFFLINE
    return {
        "state": str(state),
        "reason": found.reason if found else "",
        "since": found.since if found else None,
        "heartbeat_s": settings.presence_lease / 3,
    }
