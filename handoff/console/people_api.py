"""The agent API of accounts: administrators over the team, and everybody over their own."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from handoff.accounts import AccountService, SecondFactor, Sessions, SignIn
from handoff.console.api import account_out
from handoff.console.auth import Guard, cookie_name
from handoff.console.models import AccountOut
from handoff.conversation import Agent, Role
from handoff.settings import Settings
from handoff.store.agents import AgentSession


class ChangeIn(BaseModel):
    display_name: str = Field(max_length=64)
    role: Role


class OwnPasswordIn(BaseModel):
    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


class CodeIn(BaseModel):
    code: str = Field(max_length=40)


def router(
    accounts: AccountService, sessions: Sessions, second_factor: SecondFactor, sign_in: SignIn, settings: Settings
) -> APIRouter:
    """Routes under ``/api/v1/agent``."""
    guard = Guard(sign_in, settings)
    routes = APIRouter(prefix="/api/v1/agent", tags=["agent"])
    _team_routes(routes, guard, accounts, sessions)
    _own_routes(routes, guard, sessions, cookie_name(settings))
    _factor_routes(routes, guard, second_factor)
    return routes


def _team_routes(routes: APIRouter, guard: Guard, accounts: AccountService, sessions: Sessions) -> None:
    Admin = Annotated[Agent, Depends(guard.admin)]

    @routes.put("/accounts/{name}")
    async def change(name: str, body: ChangeIn, admin: Admin) -> AccountOut:
        """Another displayed name or role (administrators only); 409 `last_admin` for the only administrator."""
        await accounts.set_role(name, body.role, actor=admin.id)
        return account_out(await accounts.rename(name, body.display_name, actor=admin.id))

    @routes.post("/accounts/{name}/enable")
    async def enable(name: str, admin: Admin) -> AccountOut:
        """Let a disabled account sign in again (administrators only)."""
        return account_out(await accounts.enable(name, actor=admin.id))

    @routes.delete("/accounts/{name}/second-factor")
    async def remove_factor(name: str, admin: Admin) -> AccountOut:
        """For somebody who lost the device (administrators only)."""
        return account_out(await accounts.remove_second_factor(name, actor=admin.id))

    @routes.get("/accounts/{name}/sessions")
    async def sessions_of(name: str, admin: Admin) -> list[dict[str, Any]]:
        """Where the account is signed in (administrators only)."""
        return [asdict(one) for one in await sessions.list((await accounts.get(name)).id)]

    @routes.delete("/accounts/{name}/sessions/{session_id}")
    async def revoke(name: str, session_id: str, admin: Admin) -> dict[str, bool]:
        """End one session of the account (administrators only)."""
        await sessions.revoke(admin, (await accounts.get(name)).id, session_id)
        return {"ok": True}


def _own_routes(routes: APIRouter, guard: Guard, sessions: Sessions, cookie: str) -> None:
    Signed = Annotated[AgentSession, Depends(guard.session)]

    @routes.put("/me/password")
    async def password(body: OwnPasswordIn, signed: Signed, request: Request) -> dict[str, bool]:
        """The own password; all other sessions end."""
        await sessions.change_password(signed.agent, request.cookies.get(cookie, ""), body.old, body.new)
        return {"ok": True}

    @routes.get("/me/sessions")
    async def listed(signed: Signed, request: Request) -> list[dict[str, Any]]:
        """Where the own account is signed in."""
        return [asdict(one) for one in await sessions.list(signed.agent.id, request.cookies.get(cookie))]

    @routes.delete("/me/sessions/{session_id}")
    async def revoke(session_id: str, signed: Signed) -> dict[str, bool]:
        """End one of the own sessions."""
        await sessions.revoke(signed.agent, signed.agent.id, session_id)
        return {"ok": True}


def _factor_routes(routes: APIRouter, guard: Guard, second_factor: SecondFactor) -> None:
    Signed = Annotated[AgentSession, Depends(guard.session)]

    @routes.post("/me/second-factor")
    async def begin(signed: Signed) -> dict[str, str]:
        """A secret for an authenticator app; it counts once its first code is sent to ``confirm``."""
        enrolment = await second_factor.begin(signed.agent)
        return {"secret": enrolment.secret, "uri": enrolment.uri}

    @routes.post("/me/second-factor/confirm")
    async def confirm(body: CodeIn, signed: Signed) -> dict[str, list[str]]:
        """Turn it on; the recovery codes are in this answer and nowhere else."""
        return {"recovery_codes": await second_factor.confirm(signed.agent, body.code)}

    @routes.delete("/me/second-factor")
    async def turn_off(body: CodeIn, signed: Signed) -> dict[str, bool]:
        """Back to the password alone."""
        await second_factor.turn_off(signed.agent, body.code)
        return {"ok": True}
