"""The platform's own console in small: register an account, enter its server, and have that address checked."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from typing import Literal

import httpx
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from handoff.channels.wechat.crypto import Box, sign
from handoff.wechat_sim.platform import Mode, Platform, SimAccount

Kind = Literal["official", "unverified", "mini", "kf"]


class Register(BaseModel):
    name: str = Field(min_length=1, max_length=40)
    kind: Kind = "official"


class Server(BaseModel):
    """Where an account's messages go, and what seals them."""

    id: str = Field(max_length=100)
    url: str = Field(max_length=500, pattern=r"^https?://")
    token: str = Field(pattern=r"^[A-Za-z0-9]{3,32}$")
    aes_key: str = Field("", pattern=r"^([A-Za-z0-9]{43})?$")
    mode: Mode = "secure"


def router(platform: Platform, http: httpx.AsyncClient) -> APIRouter:
    """What the page ``platform.html`` calls, under ``/platform``."""
    routes = APIRouter(prefix="/platform", include_in_schema=False)

    @routes.post("/register")
    async def register(body: Register) -> dict[str, str]:
        """A new account with what the platform gives out; 409 for a name that is taken."""
        if any(account.name == body.name for account in platform.accounts.values()):
            raise HTTPException(409)
        account = new_account(body.name, body.kind)
        platform.accounts[account.app_id] = account
        return {
            "id": account.app_id,
            "app_id": account.corp_id or account.app_id,
            "open_kfid": account.app_id if account.corp_id else "",
            "original_id": account.original_id,
            "secret": account.secret,
        }

    @routes.post("/server")
    async def server(body: Server) -> dict[str, str]:
        """Check the address as the platform does, and use it from now on; ``why`` is empty when it is right."""
        known = platform.accounts.get(body.id)
        if known is None:
            raise HTTPException(404)
        changed = replace(known, callback=body.url, token=body.token, aes_key=body.aes_key, mode=body.mode)
        why = await check_address(platform, http, changed)
        if not why:
            platform.accounts[body.id] = changed
            for person in platform.people.values():
                if person.account.app_id == body.id:
                    person.account = changed
        return {"why": why}

    return routes


def new_account(name: str, kind: Kind) -> SimAccount:
    """What somebody gets who registers; nothing is posted before a server is entered."""
    kf = kind == "kf"
    return SimAccount(
        name=name,
        app_id=f"wk{secrets.token_hex(10)}" if kf else f"wx{secrets.token_hex(8)}",
        original_id="" if kf else f"gh_{secrets.token_hex(6)}",
        callback="",
        corp_id=f"ww{secrets.token_hex(8)}" if kf else "",
        verified=kind != "unverified",
        mini=kind == "mini",
        menu={} if kf or kind == "mini" else {"PERSON": "转人工"},
        secret="" if kind == "unverified" else secrets.token_hex(16),
    )


async def check_address(platform: Platform, http: httpx.AsyncClient, account: SimAccount) -> str:
    """Empty when the address answers as it should, else ``away``, ``slow``, ``status`` or ``token``."""
    echo = str(secrets.randbelow(10**19))
    timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**9) + 1)
    query = {"timestamp": timestamp, "nonce": nonce}
    if account.corp_id:
        sealed = Box(account.aes_key, account.corp_id).seal(echo.encode()) if account.aes_key else echo
        query |= {"echostr": sealed, "msg_signature": sign(account.token, timestamp, nonce, sealed)}
    else:
        query |= {"echostr": echo, "signature": sign(account.token, timestamp, nonce)}
    try:
        async with asyncio.timeout(platform.timeout):
            response = await http.get(account.callback, params=query)
    except TimeoutError:
        return "slow"
    except (httpx.HTTPError, httpx.InvalidURL):
        return "away"
    if response.status_code == 403:
        return "token"
    if response.status_code != 200:
        return "status"
    return "" if response.text == echo else "token"
