"""Calls to the platform's API: raw UTF-8 JSON out, an errcode back, and a clear line between sent and unknown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.message import Message
from typing import Any

import httpx
import structlog

from handoff.channels.wechat.accounts import Credentials
from handoff.channels.wechat.errcodes import Action, action_of
from handoff.channels.wechat.token import AskToken, NoToken, Tokens, stable_token
from handoff.inside import trusted
from handoff.store.database import Database

log = structlog.get_logger(__name__)

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
MAX_ANSWER = 8 * 1024 * 1024
TIMEOUT = httpx.Timeout(10.0, connect=3.0)
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class NotSent(Exception):
    """The call surely did not reach the platform. ``code`` is the errcode of a refused token, if that was it."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class Unclear(Exception):
    """The call left, and no answer that can be read came back."""


@dataclass(frozen=True)
class Download:
    """A file of the platform, or the ``errcode`` why it was not given."""

    errcode: int
    content: bytes
    name: str


@dataclass(frozen=True)
class _Answer:
    fields: dict[str, Any]
    content: bytes = b""
    name: str = ""


class Api:
    """The platform at ``base``; one client for all accounts. ``ask`` fetches a new access token."""

    def __init__(self, base: str, db: Database, ask: AskToken = stable_token) -> None:
        # No proxy or netrc of the environment: an address with a token in it goes to the platform only.
        self._http = httpx.AsyncClient(base_url=base, timeout=TIMEOUT, trust_env=False, verify=trusted())
        self._tokens = Tokens(db, self._http, ask)

    async def post(self, account: Credentials, path: str, body: dict[str, Any]) -> int:
        """Call ``path`` and return the errcode; see ``ask``."""
        return errcode_of(await self.ask(account, path, body))

    async def ask(self, account: Credentials, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call ``path`` and return the answer; a refused token is replaced and the call repeated once.

        `NotSent` when the call surely did not reach the platform, `Unclear` when no answer could be read.
        """
        # The platform refuses \u escapes (40033).
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        call = self._http.build_request("POST", path, content=content, headers=headers)
        return (await self._authorised(account, call)).fields

    async def upload(self, account: Credentials, path: str, kind: str, name: str, content: bytes) -> dict[str, Any]:
        """Give the platform a file (``kind`` image, voice, video or file) and return the answer; see `ask`."""
        call = self._http.build_request("POST", path, params={"type": kind}, files={"media": (name, content)})
        return (await self._authorised(account, call)).fields

    async def download(self, account: Credentials, path: str, media_id: str, limit: int) -> Download:
        """A file of at most ``limit`` bytes, or the errcode why there is none; see `ask`."""
        call = self._http.build_request("GET", path, params={"media_id": media_id})
        answer = await self._authorised(account, call, limit)
        return Download(errcode_of(answer.fields), answer.content, answer.name)

    async def _authorised(self, account: Credentials, call: httpx.Request, limit: int = MAX_ANSWER) -> _Answer:
        answer = _Answer({})
        for _ in range(2):
            try:
                token = await self._tokens.current(account)
            except NoToken as error:
                raise NotSent(str(error), error.code) from error
            answer = await self._send(call, token.value, limit)
            if action_of(errcode_of(answer.fields)) is not Action.TOKEN:
                return answer
            await self._tokens.failed(account, token)
        return answer

    async def accepts(self, account: Credentials) -> int | None:
        """Try the account's keys: 0 when the platform takes them, its errcode, or None when it does not answer."""
        try:
            await self._tokens.renew(account)
        except NoToken as error:
            return error.code
        return 0

    async def close(self) -> None:
        await self._http.aclose()

    async def _send(self, call: httpx.Request, token: str, limit: int) -> _Answer:
        request = httpx.Request(
            call.method,
            call.url.copy_merge_params({"access_token": token}),
            headers=call.headers,
            content=await call.aread(),
            extensions=call.extensions,
        )
        try:
            answer = await self._read(await self._http.send(request, stream=True), limit)
            code = errcode_of(answer.fields)
        except _NEVER_LEFT as error:
            raise NotSent(type(error).__name__) from None
        except (httpx.HTTPError, ValueError, TypeError, AttributeError) as error:
            # Without the cause: its text holds the address, and that the token.
            raise Unclear(type(error).__name__) from None
        if code:
            errmsg = str(answer.fields.get("errmsg", ""))[:200]
            log.info("wechat_errcode", path=call.url.path, errcode=code, errmsg=errmsg)
        return answer

    async def _read(self, response: httpx.Response, limit: int) -> _Answer:
        try:
            if response.status_code != 200:
                raise Unclear(f"status {response.status_code}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limit:
                    raise Unclear("too long")
        finally:
            await response.aclose()
        if response.headers.get("content-disposition"):
            return _Answer({}, bytes(body), _file_name(response.headers["content-disposition"]))
        fields = json.loads(body)
        if not isinstance(fields, dict):
            raise Unclear("not an object")
        return _Answer(fields)


def _file_name(disposition: str) -> str:
    """The name that a file came under; the store makes it safe."""
    message = Message()
    message["content-disposition"] = disposition
    return message.get_filename() or ""


def errcode_of(answer: dict[str, Any]) -> int:
    """The errcode of an answer; 0 where the platform sends none."""
    return int(answer.get("errcode", 0))
