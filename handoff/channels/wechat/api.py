"""Calls to the platform's API: raw UTF-8 JSON out, an errcode back, and a clear line between sent and unknown."""

from __future__ import annotations

import json
from typing import Any

import httpx
import structlog

from handoff.channels.wechat.accounts import Credentials
from handoff.channels.wechat.errcodes import Action, action_of
from handoff.channels.wechat.token import AskToken, NoToken, Tokens, stable_token
from handoff.store.database import Database

log = structlog.get_logger(__name__)

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
TIMEOUT = httpx.Timeout(10.0, connect=3.0)
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class NotSent(Exception):
    """The call surely did not reach the platform. ``code`` is the errcode of a refused token, if that was it."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class Unclear(Exception):
    """The call left, and no answer that can be read came back."""


class Api:
    """The platform at ``base``; one client for all accounts. ``ask`` fetches a new access token."""

    def __init__(self, base: str, db: Database, ask: AskToken = stable_token) -> None:
        # No proxy or netrc of the environment: an address with a token in it goes to the platform only.
        self._http = httpx.AsyncClient(base_url=base, timeout=TIMEOUT, trust_env=False)
        self._tokens = Tokens(db, self._http, ask)

    async def post(self, account: Credentials, path: str, body: dict[str, Any]) -> int:
        """Call ``path`` and return the errcode; see ``ask``."""
        return errcode_of(await self.ask(account, path, body))

    async def ask(self, account: Credentials, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call ``path`` and return the answer; a refused token is replaced and the call repeated once.

        `NotSent` when the call surely did not reach the platform, `Unclear` when no answer could be read.
        """
        answer: dict[str, Any] = {}
        for _ in range(2):
            try:
                token = await self._tokens.current(account)
            except NoToken as error:
                raise NotSent(str(error), error.code) from error
            answer = await self._call(path, token.value, body)
            if action_of(errcode_of(answer)) is not Action.TOKEN:
                return answer
            await self._tokens.failed(account, token)
        return answer

    async def close(self) -> None:
        await self._http.aclose()

    async def _call(self, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        # The platform refuses \u escapes (40033).
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            response = await self._http.post(path, params={"access_token": token}, content=content, headers=headers)
            answer = response.json() if response.status_code == 200 else None
            code = None if answer is None else errcode_of(answer)
        except _NEVER_LEFT as error:
            raise NotSent(type(error).__name__) from None
        except (httpx.HTTPError, ValueError, TypeError, AttributeError) as error:
            # Without the cause: its text holds the address, and that the token.
            raise Unclear(type(error).__name__) from None
        if code is None or not isinstance(answer, dict):
            raise Unclear(f"status {response.status_code}")
        if code:
            log.info("wechat_errcode", path=path, errcode=code, errmsg=str(answer.get("errmsg", ""))[:200])
        return answer


def errcode_of(answer: dict[str, Any]) -> int:
    """The errcode of an answer; 0 where the platform sends none."""
    return int(answer.get("errcode", 0))
