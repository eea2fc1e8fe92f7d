"""The access token of each account: fetched once for everybody, kept sealed, replaced when it ends or fails."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog
from cryptography.fernet import Fernet, InvalidToken

from handoff.channels.wechat.accounts import Credentials
from handoff.store import wechat_accounts
from handoff.store.database import Database

log = structlog.get_logger(__name__)

# The platform gives out a new token five minutes before the old one ends; both work meanwhile.
EARLY = 300.0
# Longer than the call may take.
FETCH_SECONDS = 15.0
LOOK_EVERY = 0.1
NOT_LISTED = (40164, 60020)


class NoToken(Exception):
    """The platform gave no token; ``code`` is its errcode, None when it could not be asked."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class Token:
    """An access token and the form in which it lies in the database."""

    value: str = field(repr=False)
    sealed: str = field(repr=False)


AskToken = Callable[[httpx.AsyncClient, Credentials], Awaitable[httpx.Response]]


async def stable_token(http: httpx.AsyncClient, account: Credentials) -> httpx.Response:
    """The call of Official Accounts and mini programs: asking again does not end the token others hold."""
    body = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret}
    return await http.post("/cgi-bin/stable_token", json={**body, "force_refresh": False})


async def corp_token(http: httpx.AsyncClient, account: Credentials) -> httpx.Response:
    """The call of a company's app."""
    query = {"corpid": account.app_id, "corpsecret": account.secret}
    return await http.get("/cgi-bin/gettoken", params=query)


class Tokens:
    """Tokens of all accounts, shared between processes through the database, fetched by one task at a time."""

    def __init__(self, db: Database, http: httpx.AsyncClient, ask: AskToken) -> None:
        self._db = db
        self._http = http
        self._ask = ask
        self._one_at_a_time: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def current(self, account: Credentials) -> Token:
        """A token that is good for five more minutes; `NoToken` when there is none to be had."""
        async with self._one_at_a_time[account.app_id]:
            end = time.monotonic() + FETCH_SECONDS
            while time.monotonic() < end:
                known = await self._known(account)
                if known is not None:
                    return known
                if await self._db.write(wechat_accounts.lease_token, account.app_id, FETCH_SECONDS):
                    break
                await asyncio.sleep(LOOK_EVERY)  # another process asks; what it gets is for all
            return await self._fetch(account)

    async def _known(self, account: Credentials) -> Token | None:
        state = await self._db.read(wechat_accounts.account_state, account.app_id)
        if not state.sealed_token or state.token_left is None or state.token_left <= EARLY:
            return None
        try:
            return Token(_seal(account).decrypt(state.sealed_token.encode()).decode(), state.sealed_token)
        except InvalidToken:
            log.info("wechat_secret_changed", account=account.name)
            return None

    async def renew(self, account: Credentials) -> Token:
        """Ask the platform now, whatever is known; `NoToken` says what it answered."""
        async with self._one_at_a_time[account.app_id]:
            return await self._fetch(account)

    async def failed(self, account: Credentials, token: Token) -> None:
        """The platform refused this token: forget it, unless another has taken its place."""
        await self._db.write(wechat_accounts.drop_token, account.app_id, token.sealed)

    async def _fetch(self, account: Credentials) -> Token:
        try:
            answer = (await self._ask(self._http, account)).json()
        except (httpx.HTTPError, ValueError) as error:
            await self._db.write(wechat_accounts.no_token, account.app_id)
            raise NoToken(None, f"no token: {type(error).__name__}") from None
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            code = answer.get("errcode") if isinstance(answer, dict) else None
            address = our_address(answer)
            log.error("wechat_token_refused", account=account.name, errcode=code, our_address=address)
            await self._db.write(wechat_accounts.no_token, account.app_id, address)
            raise NoToken(code, f"no token: errcode {code}")
        value, seconds = answer["access_token"], float(answer.get("expires_in", 0))
        sealed = _seal(account).encrypt(value.encode()).decode()
        await self._db.write(wechat_accounts.keep_token, account.app_id, sealed, seconds)
        log.info("wechat_token_fetched", account=account.name, seconds=seconds)
        return Token(value, sealed)


def our_address(answer: Any) -> str | None:
    """Where the platform saw us come from; its errmsg tells whoever is not in the account's list (40164, 60020)."""
    if not isinstance(answer, dict) or answer.get("errcode") not in NOT_LISTED:
        return None
    for word in re.findall(r"[0-9A-Fa-f:.]+", str(answer.get("errmsg", ""))):
        try:
            return str(ipaddress.ip_address(word))
        except ValueError:
            continue
    return None


def _seal(account: Credentials) -> Fernet:
    """Keyed by the account's secret, so the database alone gives nobody a token."""
    digest = hashlib.sha256(f"baton-wechat-token\n{account.app_id}\n{account.secret}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
