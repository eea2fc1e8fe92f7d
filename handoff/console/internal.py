"""Doors for `baton` commands on the same machine while the gateway holds the database; shared secret needed."""

from __future__ import annotations

import hmac
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Request

from handoff.accounts import AccountService
from handoff.console.api import account_out
from handoff.console.models import AccountIn, AccountOut, PasswordIn
from handoff.errors import NotSignedIn
from handoff.team_desk import TeamDesk


def router(accounts: AccountService, team: TeamDesk, secret: str) -> APIRouter:
    """Routes under ``/internal``, never shown in the public description."""

    def with_secret(request: Request) -> None:
        if not hmac.compare_digest(request.headers.get("x-baton-secret", ""), secret):
            raise NotSignedIn()

    routes = APIRouter(prefix="/internal", dependencies=[Depends(with_secret)], include_in_schema=False)

    @routes.get("/agents")
    async def list_agents() -> list[AccountOut]:
        return [account_out(agent) for agent in await accounts.list()]

    @routes.post("/agents")
    async def add(body: AccountIn) -> AccountOut:
        return account_out(await accounts.add(body.name, body.display_name, body.role, body.password))

    @routes.post("/agents/{name}/disable")
    async def disable(name: str) -> AccountOut:
        return account_out(await accounts.disable(name))

    @routes.post("/agents/{name}/password")
    async def password(name: str, body: PasswordIn) -> AccountOut:
        return account_out(await accounts.set_password(name, body.password))

    @routes.get("/hours")
    async def hours() -> dict[str, Any]:
        return asdict(await team.hours()) | {"service": asdict(await team.service())}

    @routes.put("/hours")
    async def set_hours(body: dict[str, Any]) -> dict[str, Any]:
        return asdict(await team.set_hours_as("operator", "operator", body))

    @routes.delete("/agents/{name}/second-factor")
    async def remove_second_factor(name: str) -> AccountOut:
        return account_out(await accounts.remove_second_factor(name))

    return routes
