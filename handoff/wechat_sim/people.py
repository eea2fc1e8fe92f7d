"""The platform's user face: posts what people do to the account's callback, with its time limit and its retries."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Mapping

import httpx

from handoff import texts
from handoff.channels.wechat import xml
from handoff.channels.wechat.crypto import Box, is_signed, sign
from handoff.wechat_sim import kf
from handoff.wechat_sim.platform import Person, Platform, SimAccount, Window

TRIES = 3
FAULT = "该公众号提供的服务出现故障，请稍后再试"
NO_SERVER = "这个账号还没有填服务器"
_MEDIA: dict[str, dict[str, str]] = {
    "image": {"PicUrl": "http://127.0.0.1/picture", "MediaId": "media-image"},
    "voice": {"MediaId": "media-voice", "Format": "amr", "Recognition": ""},
    "video": {"MediaId": "media-video", "ThumbMediaId": "media-thumb"},
    "location": {"Location_X": "31.23", "Location_Y": "121.47", "Scale": "15", "Label": "上海市黄浦区人民大道"},
    "miniprogrampage": {"Title": "订单详情", "AppId": "wxmini", "PagePath": "pages/order?id=1", "ThumbMediaId": "m"},
    "link": {"Title": "说明书", "Description": "", "Url": "https://example.com/manual"},
}

_KF_MEDIA: dict[str, dict[str, object]] = {
    "location": {"latitude": 31.23, "longitude": 121.47, "name": "人民广场", "address": "上海市黄浦区人民大道"},
    "link": {"title": "说明书", "desc": "", "url": "https://example.com/manual", "pic_url": ""},
    "miniprogrampage": {"title": "订单详情", "appid": "wxmini", "pagepath": "pages/order?id=1"},
}


class BadReply(Exception):
    """The account's answer is not one the platform shows to a person."""


class People:
    """What people can do, each as the platform would tell the account."""

    def __init__(self, platform: Platform, http: httpx.AsyncClient) -> None:
        self._platform = platform
        self._http = http
        self._answered: set[str] = set()
        self._next_id = secrets.randbelow(10**15) + 10**15

    async def say(self, person: Person, text: str, *, choice: str = "", copies: int = 1) -> None:
        """Write something; ``choice`` is the id of a tapped option, ``copies`` posts that many at the same time."""
        self._platform.show(person, "me", text)
        if person.account.corp_id:
            kf.said(self._platform, person, "text", content=text, **({"menu_id": choice} if choice else {}))
            await asyncio.gather(*(self.poke(person) for _ in range(copies)))
            return
        self._platform.acted(person, click=bool(choice))
        fields = self._message(person, "text", Content=text)
        if choice:
            fields["bizmsgmenuid"] = choice
        await asyncio.gather(*(self.post(person, fields) for _ in range(copies)))

    async def send_media(self, person: Person, kind: str) -> None:
        """Send a picture, a voice message, a video, a place or a link."""
        fields = _MEDIA[kind]
        words = {"place": fields.get("Label"), "title": fields.get("Title"), "url": fields.get("Url")}
        key = "card" if kind == "miniprogrampage" else kind
        self._platform.show(person, "me", texts.text("wechat", key, "zh", **words))
        if person.account.corp_id:
            kf.said(self._platform, person, kind, **_KF_MEDIA.get(kind, {"media_id": f"media-{kind}"}))
            await self.poke(person)
            return
        self._platform.acted(person, click=False)
        await self.post(person, self._message(person, kind, **fields))

    async def event(self, person: Person, event: str, key: str = "") -> None:
        """``subscribe``, ``unsubscribe``, ``SCAN``, ``CLICK`` …; ``enter_session`` with ``key`` as scene_param."""
        if person.account.corp_id:
            kf.entered(self._platform, person, key)
            await self.poke(person)
            return
        if event == "unsubscribe":
            person.follows = False
            person.message, person.click = Window(), Window()
            self._platform.show(person, "system", "已取消关注")
        else:
            if event == "subscribe":
                person.follows = True
                self._platform.show(person, "system", "已关注")
            self._platform.acted(person, click=True)
        await self.post(person, self._common(person, "event") | {"Event": event, "EventKey": key})

    async def post(self, person: Person, fields: Mapping[str, str]) -> None:
        """Post to the callback up to three times, each with a fresh time and nonce, and show what comes back."""
        if not person.account.callback:
            self._platform.show(person, "system", NO_SERVER)
            return
        for _ in range(TRIES):
            query, body, nonce = sealed_post(person.account, fields)
            try:
                # One limit for the whole exchange, as on the platform, not one for each read.
                async with asyncio.timeout(self._platform.timeout):
                    response = await self._http.post(person.account.callback, params=query, content=body)
            except (TimeoutError, httpx.HTTPError):
                continue
            if response.status_code != 200:
                continue
            try:
                text = read_reply(person, response.text, nonce)
            except BadReply:
                break
            if text:
                self._show_once(person, text, fields)
            return
        self._platform.show(person, "system", FAULT)

    async def poke(self, person: Person) -> None:
        """Tell the account of a service account that something waits; the platform tries three times."""
        account = person.account
        if not account.callback:
            self._platform.show(person, "system", NO_SERVER)
            return
        fields = {
            "ToUserName": account.corp_id,
            "CreateTime": str(int(time.time())),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": kf.new_sync_token(self._platform),
            "OpenKfId": account.app_id,
        }
        for _ in range(TRIES):
            sealed = Box(account.aes_key, account.corp_id).seal(as_xml(fields).encode())
            timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**9) + 1)
            signature = sign(account.token, timestamp, nonce, sealed)
            query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
            body = as_xml({"ToUserName": account.corp_id, "AgentID": "", "Encrypt": sealed})
            try:
                async with asyncio.timeout(self._platform.timeout):
                    response = await self._http.post(account.callback, params=query, content=body)
            except (TimeoutError, httpx.HTTPError):
                continue
            if response.status_code == 200:
                return

    def _show_once(self, person: Person, text: str, fields: Mapping[str, str]) -> None:
        """Of several posts of one message the platform shows the first answer."""
        key = fields.get("MsgId") or f"{fields['CreateTime']}{fields.get('Event')}"
        if key not in self._answered:
            self._answered.add(key)
            self._platform.show(person, "account", text, passive=True)

    def _message(self, person: Person, kind: str, **fields: str) -> dict[str, str]:
        self._next_id += 1
        return self._common(person, kind) | fields | {"MsgId": str(self._next_id)}

    def _common(self, person: Person, kind: str) -> dict[str, str]:
        return {
            "ToUserName": person.account.original_id,
            "FromUserName": person.openid,
            "CreateTime": str(int(time.time())),
            "MsgType": kind,
        }


def as_xml(fields: Mapping[str, str]) -> str:
    """The body of a callback in clear."""
    return "<xml>" + "".join(f"<{name}>{xml.cdata(value)}</{name}>" for name, value in fields.items()) + "</xml>"


def as_body(account: SimAccount, fields: Mapping[str, str]) -> str:
    """XML, or for mini programs JSON with its numbers as numbers."""
    if not account.mini:
        return as_xml(fields)
    numbers = {name: int(fields[name]) for name in ("CreateTime", "MsgId") if name in fields}
    return json.dumps({**fields, **numbers}, ensure_ascii=False)


def sealed_post(account: SimAccount, fields: Mapping[str, str]) -> tuple[dict[str, str], str, str]:
    """Query, body and nonce of one post in the account's mode."""
    timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**9) + 1)
    query = {
        "signature": sign(account.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": fields["FromUserName"],
    }
    clear = as_body(account, fields)
    if account.mode == "plain":
        return query, clear, nonce
    sealed = Box(account.aes_key, account.app_id).seal(clear.encode())
    query |= {"encrypt_type": "aes", "msg_signature": sign(account.token, timestamp, nonce, sealed)}
    outside = dict(fields) if account.mode == "compatible" else {"ToUserName": fields["ToUserName"]}
    return query, as_body(account, outside | {"Encrypt": sealed}), nonce


def read_reply(person: Person, body: str, nonce: str) -> str:
    """The text of a passive reply, empty for ``success``; `BadReply` for anything the platform would not show."""
    account = person.account
    if body in ("", "success"):
        return ""
    if account.mini:
        raise BadReply("a mini program shows no replies")
    try:
        fields = xml.fields_of(body.encode())
        if account.mode != "plain":
            signed = (account.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
            if fields["Nonce"] != nonce or not is_signed(fields["MsgSignature"], *signed):
                raise BadReply("signature")
            fields = xml.fields_of(Box(account.aes_key, account.app_id).open(fields["Encrypt"]))
    except BadReply:
        raise
    except Exception as error:  # whatever is wrong with it, the person sees the same
        raise BadReply(type(error).__name__) from error
    if fields.get("ToUserName") != person.openid or fields.get("FromUserName") != account.original_id:
        raise BadReply("to somebody else")
    text = fields.get("Content", "")
    if fields.get("MsgType") != "text" or not text or len(text.encode()) > 2048:
        raise BadReply("content")
    return text
