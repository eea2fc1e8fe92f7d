"""微信客服 of the simulator: people's sessions with their states, a log to be read by cursor, and its API calls."""

from __future__ import annotations

import re
import secrets
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from handoff.wechat_sim.api import MAX_TEXT_BYTES, Refusal, call, file_shown, refused, token_answer
from handoff.wechat_sim.kf_memory import ENDED, NEW, OURS, POOL, SERVED
from handoff.wechat_sim.platform import Person, Platform, SimAccount

_MAY_GO = {NEW: {OURS, POOL, SERVED}, OURS: {POOL, SERVED}, POOL: {SERVED}, SERVED: {SERVED, ENDED}, ENDED: set()}
_MSGID = re.compile(r"[0-9A-Za-z_-]{1,32}")
WELCOME_SECONDS = 20.0
SYNC_TOKEN_SECONDS = 600.0
MAX_MENU = 10
MAX_HEAD, MAX_ID, MAX_LABEL = 1024, 128, 128


def keep(platform: Platform, person: Person, origin: int, msgtype: str, **content: Any) -> dict[str, Any]:
    """Write an item to the account's log, to be read by cursor."""
    item: dict[str, Any] = {
        "msgid": "from_msgid_" + secrets.token_hex(16),
        "open_kfid": person.account.app_id,
        "external_userid": person.openid,
        "send_time": int(platform.now()),
        "origin": origin,
        "msgtype": msgtype,
        msgtype: content,
    }
    if msgtype == "event":
        # As on the platform: an event carries who and where inside.
        content |= {"open_kfid": item.pop("open_kfid"), "external_userid": item.pop("external_userid")}
    platform.kf.log.setdefault(person.account.app_id, []).append(item)
    return item


def entered(platform: Platform, person: Person, scene_param: str = "") -> None:
    """The person opens the session; a code to greet with comes only before the first message."""
    session = platform.kf.session(person.openid)
    content = {"event_type": "enter_session", "scene": "web", "scene_param": scene_param}
    if not person.acted_at:
        session.welcome_code = secrets.token_urlsafe(24)
        session.welcome_until = platform.now() + WELCOME_SECONDS
        content["welcome_code"] = session.welcome_code
    keep(platform, person, 4, "event", **content)


def said(platform: Platform, person: Person, msgtype: str, **content: Any) -> None:
    """The person writes: a window of five messages opens, an ended session begins anew."""
    session = platform.kf.session(person.openid)
    if session.state == ENDED:
        session.state = NEW
    platform.acted(person, click=False)
    keep(platform, person, 3, msgtype, **content)


def send_failed(platform: Platform, person: Person, msgid: str, fail_type: int) -> None:
    """A message that was accepted did not arrive after all."""
    keep(platform, person, 4, "event", event_type="msg_send_fail", fail_msgid=msgid, fail_type=fail_type)


def new_sync_token(platform: Platform) -> str:
    """The token of a callback, good for ten minutes."""
    token = "ENC" + secrets.token_urlsafe(32)
    platform.kf.sync_tokens[token] = platform.now() + SYNC_TOKEN_SECONDS
    return token


def router(platform: Platform) -> APIRouter:
    """Routes under ``/cgi-bin`` of `https://qyapi.weixin.qq.com`."""
    routes = APIRouter(prefix="/cgi-bin", include_in_schema=False)

    @routes.get("/gettoken")
    async def gettoken(corpid: str = "", corpsecret: str = "") -> Response:
        account = next((a for a in platform.accounts.values() if a.corp_id and a.corp_id == corpid), None)
        if account is None or account.secret != corpsecret:
            return refused(40001 if account else 40013, "invalid credential")
        return token_answer(platform, corpid)

    for path, work in (
        ("/kf/sync_msg", _sync),
        ("/kf/send_msg", _send),
        ("/kf/send_msg_on_event", _on_event),
        ("/kf/service_state/get", _state),
        ("/kf/service_state/trans", _trans),
        ("/kf/add_contact_way", _contact_way),
    ):
        routes.add_api_route(path, _route(platform, work), methods=["POST"])
    return routes


def _route(platform: Platform, work: Any) -> Any:
    async def answer(request: Request) -> Response:
        return await call(platform, request, work)

    return answer


def _sync(platform: Platform, account: SimAccount, body: dict[str, Any]) -> dict[str, Any]:
    open_kfid = _account_of(platform, account, body).app_id
    token = body.get("token")
    if token and platform.kf.sync_tokens.get(token, 0.0) < platform.now():
        raise Refusal(95007, "invalid sync token")
    cursor = str(body.get("cursor") or "")
    platform.kf.reads.append(cursor)
    log = platform.kf.log.get(open_kfid, [])
    start = int(cursor.removeprefix("c")) if cursor else 0
    if platform.kf.empty_pages > 0:
        platform.kf.empty_pages -= 1
        return {"next_cursor": f"c{start}", "has_more": 1, "msg_list": []}
    end = min(len(log), start + min(int(body.get("limit", 1000)), platform.kf.page))
    return {"next_cursor": f"c{end}", "has_more": int(end < len(log)), "msg_list": log[start:end]}


def _send(platform: Platform, account: SimAccount, body: dict[str, Any]) -> dict[str, Any]:
    face, person = _account_of(platform, account, body), _person(platform, account, body.get("touser"))
    session = platform.kf.session(person.openid)
    if session.state == ENDED:
        raise Refusal(95013, "session ended")
    if session.state not in (NEW, OURS):
        raise Refusal(95018, "state does not allow sending")
    text, options = _content(platform, body)
    msgid = str(body.get("msgid") or secrets.token_hex(16))
    if not _MSGID.fullmatch(msgid) or (face.app_id, msgid) in platform.kf.msgids:
        raise Refusal(40058, "invalid msgid")
    if platform.spend(person):
        raise Refusal(95001 if person.message.until > platform.now() else 95002, "send limit")
    platform.kf.msgids.add((face.app_id, msgid))
    platform.show(person, "account", text, options)
    return {"msgid": msgid}


def _on_event(platform: Platform, account: SimAccount, body: dict[str, Any]) -> dict[str, Any]:
    code = body.get("code")
    for openid, session in platform.kf.sessions.items():
        if code and session.welcome_code == code:
            session.welcome_code = ""
            if session.welcome_until < platform.now():
                break
            text, options = _content(platform, body)
            platform.show(platform.people[openid], "account", text, options)
            return {"msgid": secrets.token_hex(16)}
    raise Refusal(40029, "invalid code")


def _state(platform: Platform, account: SimAccount, body: dict[str, Any]) -> dict[str, Any]:
    session = platform.kf.session(_person(platform, account, body.get("external_userid")).openid)
    return {"service_state": session.state, "servicer_userid": session.servant}


def _trans(platform: Platform, account: SimAccount, body: dict[str, Any]) -> dict[str, Any]:
    session = platform.kf.session(_person(platform, account, body.get("external_userid")).openid)
    wanted = body.get("service_state")
    if wanted not in _MAY_GO[session.state]:
        raise Refusal(95013 if session.state == ENDED else 95014, "state cannot change so")
    session.state, session.servant = int(wanted), str(body.get("servicer_userid", ""))
    return {"msg_code": secrets.token_hex(8)}


def _contact_way(platform: Platform, account: SimAccount, body: dict[str, Any]) -> dict[str, Any]:
    face = _account_of(platform, account, body)
    address = platform.address or "https://work.weixin.qq.com"
    return {"url": f"{address}/?kf={face.app_id}&enc_scene={secrets.token_hex(8)}"}


def _account_of(platform: Platform, account: SimAccount, body: dict[str, Any]) -> SimAccount:
    face = platform.accounts.get(str(body.get("open_kfid")))
    if face is None or not face.corp_id or face.corp_id != account.corp_id:
        raise Refusal(95000, "invalid open_kfid")
    return face


def _person(platform: Platform, account: SimAccount, user: Any) -> Person:
    person = platform.people.get(str(user))
    if person is None or person.account.corp_id != account.corp_id:
        raise Refusal(40096, "invalid external userid")
    return person


def _content(platform: Platform, body: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    kind = body.get("msgtype")
    if kind == "text":
        text = str((body.get("text") or {}).get("content") or "")
        if not text:
            raise Refusal(44004, "empty content")
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise Refusal(45002, "content size out of limit")
        return text, []
    if kind in ("image", "file"):
        shown = file_shown(platform, kind, body)
        if not shown:
            raise Refusal(40007, "invalid media_id")
        return shown, []
    menu = body.get("msgmenu") or {}
    options = [option.get("click") or {} for option in menu.get("list") or [] if option.get("type") == "click"]
    fit = all(
        0 < len(str(o.get("id", "")).encode()) <= MAX_ID and 0 < len(str(o.get("content", "")).encode()) <= MAX_LABEL
        for o in options
    )
    head = str(menu.get("head_content", ""))
    if kind != "msgmenu" or not 0 < len(options) <= MAX_MENU or not fit or len(head.encode()) > MAX_HEAD:
        raise Refusal(40058, "invalid message")
    return head, options
