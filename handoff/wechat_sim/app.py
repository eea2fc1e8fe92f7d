"""The simulator as one web application: API face, and a page on which a person plays the customer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
from fastapi import APIRouter, FastAPI, HTTPException, Query
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from handoff.http.security_headers import SecurityHeaders
from handoff.wechat_sim import api, kf, media, registration
from handoff.wechat_sim.people import People
from handoff.wechat_sim.platform import Person, Platform

STATIC = Path(__file__).parent / "static"
LONGEST_WAIT = 25.0
EVENTS = ("subscribe", "unsubscribe", "SCAN", "CLICK", "user_enter_tempsession", "enter_session")


class Join(BaseModel):
    account: str


class Say(BaseModel):
    openid: str
    text: str = Field(min_length=1, max_length=2000)
    choice: str = ""


class Act(BaseModel):
    openid: str
    what: Literal[
        "subscribe",
        "unsubscribe",
        "SCAN",
        "CLICK",
        "image",
        "voice",
        "video",
        "location",
        "link",
        "miniprogrampage",
        "user_enter_tempsession",
        "enter_session",
    ]
    key: str = ""


def create_sim(platform: Platform) -> FastAPI:
    """The application; serve it on the loopback only, since anybody may speak as anybody."""
    http = httpx.AsyncClient(trust_env=False, timeout=None)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await http.aclose()

    app = FastAPI(title="WeChat simulator", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(api.router(platform))
    app.include_router(kf.router(platform))
    app.include_router(media.router(platform))
    app.include_router(registration.router(platform, http))
    app.include_router(phone(platform, People(platform, http)))
    app.mount("/", StaticFiles(directory=STATIC, html=True), name="page")
    app.add_middleware(SecurityHeaders)
    return app


def phone(platform: Platform, people: People) -> APIRouter:
    """What the page calls, under ``/phone``."""
    routes = APIRouter(prefix="/phone", include_in_schema=False)
    posts: set[asyncio.Task[None]] = set()

    def start(work: Any) -> dict[str, bool]:
        task = asyncio.create_task(work)
        posts.add(task)
        task.add_done_callback(posts.discard)
        return {"ok": True}

    def known(openid: str) -> Person:
        if openid not in platform.people:
            raise HTTPException(404)
        return platform.people[openid]

    @routes.get("/accounts")
    async def accounts() -> list[dict[str, Any]]:
        found = platform.accounts.values()
        return [
            {
                "name": a.name,
                "id": a.app_id,
                "kind": "kf" if a.corp_id else "mini" if a.mini else "official",
                "verified": a.verified,
                "mode": a.mode,
                "menu": {} if a.mini else a.menu,
            }
            for a in found
        ]

    @routes.post("/join")
    async def join(body: Join) -> dict[str, str]:
        names = [account.name for account in platform.accounts.values()]
        if body.account not in names:
            raise HTTPException(404)
        return {"openid": platform.person(platform.account_named(body.account)).openid}

    @routes.post("/say")
    async def say(body: Say) -> dict[str, bool]:
        return start(people.say(known(body.openid), body.text, choice=body.choice))

    @routes.post("/act")
    async def act(body: Act) -> dict[str, bool]:
        person = known(body.openid)
        if body.what in EVENTS:
            return start(people.event(person, body.what, body.key))
        return start(people.send_media(person, body.what))

    @routes.get("/news")
    async def news(
        openid: str, since: Annotated[int, Query(ge=0)] = 0, wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0
    ) -> dict[str, Any]:
        person = known(openid)
        person.news.clear()
        if wait and not any(line.number > since for line in person.phone):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await person.news.wait()
        return {
            "lines": [asdict(line) for line in person.phone if line.number > since],
            "follows": person.follows,
            "typing": person.typing_until > platform.now(),
            "left": _left(platform, person),
            "hours": _hours_left(platform, person),
        }

    return routes


def _left(platform: Platform, person: Person) -> int:
    return sum(window.left for window in (person.message, person.click) if window.until > platform.now())


def _hours_left(platform: Platform, person: Person) -> float:
    """Until the last window shuts in which something may still be sent."""
    open_until = [window.until for window in (person.message, person.click) if window.left]
    return round(max(0.0, max(open_until, default=0.0) - platform.now()) / 3600, 4)
