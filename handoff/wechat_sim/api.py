"""The platform's API face: tokens, customer-service messages, typing; with its real error codes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from handoff.wechat_sim.platform import Fault, Person, Platform, SimAccount

MAX_TEXT_BYTES = 2048
TYPING_SECONDS = 15.0
TYPING_AFTER = 30.0


class Refusal(Exception):
    """An errcode; the platform answers it with status 200."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def router(platform: Platform) -> APIRouter:
    """Routes under ``/cgi-bin`` of `https://api.weixin.qq.com`."""
    routes = APIRouter(prefix="/cgi-bin", include_in_schema=False)

    @routes.post("/stable_token")
    async def stable_token(request: Request) -> Response:
        body = await _json(request)
        return _token(platform, body.get("appid"), body.get("secret"), stable=True)

    @routes.get("/token")
    async def token(appid: str = "", secret: str = "") -> Response:
        return _token(platform, appid, secret, stable=False)

    @routes.post("/message/custom/send")
    async def send(request: Request) -> Response:
        return await call(platform, request, _send)

    @routes.post("/message/custom/typing")
    async def typing(request: Request) -> Response:
        return await call(platform, request, _typing)

    return routes


def _token(platform: Platform, app_id: Any, secret: Any, *, stable: bool) -> Response:
    account = platform.accounts.get(str(app_id))
    if account is None or account.corp_id:
        return refused(40013, "invalid appid")
    if secret != account.secret:
        return refused(40125, "invalid appsecret")
    return token_answer(platform, account.app_id, stable=stable)


def token_answer(platform: Platform, holder: str, *, stable: bool = True) -> Response:
    """An access token for an app id or a company's id."""
    value, seconds = platform.issue_token(holder, stable=stable)
    return JSONResponse({"access_token": value, "expires_in": seconds})


async def call(platform: Platform, request: Request, work: Any) -> Response:
    """One authorised call: faults that were asked for, the token, then ``work(platform, account, body)``."""
    raw = await request.body()
    is_send = request.url.path.endswith(("/send", "/send_msg"))
    fault = platform.faults.popleft() if platform.faults and is_send else None
    early = await _before(fault)
    if early is not None:
        return early
    body: dict[str, Any] = {}
    try:
        account = platform.account_of_token(request.query_params.get("access_token", ""))
        if isinstance(account, int):
            raise Refusal(account, "invalid credential, access_token is invalid or not latest")
        if b"\\u" in raw:
            raise Refusal(40033, "invalid charset. \\uxxxx not allowed")
        body = _parsed(raw)
        answer = work(platform, account, body)
    except Refusal as refusal:
        platform.calls.append((request.url.path, body, refusal.code))
        return refused(refusal.code, str(refusal))
    platform.calls.append((request.url.path, body, 0))
    if fault is not None and fault.kind == "silent":
        # Done, but the caller never learns it.
        await asyncio.sleep(fault.value)
        return Response(status_code=502)
    return JSONResponse({"errcode": 0, "errmsg": "ok", **(answer or {})})


async def _before(fault: Fault | None) -> Response | None:
    if fault is None:
        return None
    if fault.kind == "slow":
        await asyncio.sleep(fault.value)
    if fault.kind == "status":
        return Response(status_code=int(fault.value))
    return refused(int(fault.value), "fault asked for") if fault.kind == "errcode" else None


def _send(platform: Platform, account: SimAccount, body: dict[str, Any]) -> None:
    if not account.verified:
        raise Refusal(48001, "api unauthorized")
    person = _person(platform, account, body)
    if not person.follows:
        raise Refusal(43004, "require subscribe")
    if person.blocked:
        raise Refusal(43019, "require remove blacklist")
    text, options = _content(platform, account, body)
    code = platform.spend(person)
    if code:
        raise Refusal(code, "out of response count limit" if code == 45047 else "response out of time limit")
    platform.show(person, "account", text, options)


def _content(platform: Platform, account: SimAccount, body: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    kind = body.get("msgtype")
    if kind == "text":
        text = (body.get("text") or {}).get("content")
        if not isinstance(text, str) or not text:
            raise Refusal(44004, "empty content")
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise Refusal(45002, "content size out of limit")
        return text, []
    if kind == "image":
        text = file_shown(platform, "image", body)
        if not text:
            raise Refusal(40007, "invalid media_id")
        return text, []
    if kind != "msgmenu":
        raise Refusal(40008, "invalid message type")
    if not account.menus or account.mini:
        raise Refusal(40200, "invalid account type")
    menu = body.get("msgmenu") or {}
    options = menu.get("list")
    if not options or not all(option.get("id") and option.get("content") for option in options):
        raise Refusal(40035, "invalid parameter")
    return str(menu.get("head_content", "")), options


def _typing(platform: Platform, account: SimAccount, body: dict[str, Any]) -> None:
    person = _person(platform, account, body)
    if body.get("command") not in ("Typing", "CancelTyping"):
        raise Refusal(45072, "invalid command")
    if platform.now() - person.acted_at > TYPING_AFTER:
        raise Refusal(45080, "no message in 30 seconds")
    if body["command"] == "CancelTyping":
        person.typing_until = 0.0
    elif person.typing_until > platform.now():
        raise Refusal(45081, "typing already")
    else:
        person.typing_until = platform.now() + TYPING_SECONDS
    person.news.set()


def _person(platform: Platform, account: SimAccount, body: dict[str, Any]) -> Person:
    person = platform.people.get(str(body.get("touser")))
    if person is None or person.account.app_id != account.app_id:
        raise Refusal(40003, "invalid openid")
    return person


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(47001, "data format error")
    return body


def file_shown(platform: Platform, kind: str, body: dict[str, Any]) -> str:
    """How a message with a file looks on the phone; empty when the file was never uploaded."""
    media_id = str((body.get(kind) or {}).get("media_id"))
    return f"[{kind}] {platform.media[media_id][0]}" if media_id in platform.media else ""


async def _json(request: Request) -> dict[str, Any]:
    try:
        return _parsed(await request.body())
    except Refusal:
        return {}


def refused(code: int, reason: str) -> JSONResponse:
    """The platform's way to say no: status 200 with an errcode."""
    return JSONResponse({"errcode": code, "errmsg": reason})
