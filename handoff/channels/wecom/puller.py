"""Reads what waits at the platform: after each poke, and now and then without one; one reader for each account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from handoff.channels.wechat.api import Api, NotSent, Unclear, errcode_of
from handoff.channels.wecom.accounts import KfAccount
from handoff.channels.wecom.receive import Effect, store_page
from handoff.errors import BatonError
from handoff.pokes import wait_for
from handoff.settings import Settings
from handoff.store import wechat_accounts, wecom
from handoff.store.database import Database
from handoff.store.wecom import Reading

log = structlog.get_logger(__name__)

SYNC = "/cgi-bin/kf/sync_msg"
PAGE = 1000
LEASE = 30.0
RETRY = 2.0
BAD_SYNC_TOKEN = 95007

Act = Callable[[KfAccount, str, Sequence[Effect]], Awaitable[None]]


class Puller:
    """Reads one service account. Whoever pokes it while it reads makes it read once more."""

    def __init__(
        self, account: KfAccount, open_kfid: str, api: Api, db: Database, settings: Settings, act: Act
    ) -> None:
        self._account = account
        self._open_kfid = open_kfid
        self._api = api
        self._db = db
        self._settings = settings
        self._act = act
        self._token = ""
        self._poked = asyncio.Event()

    def poke(self, token: str) -> None:
        """Something new waits; ``token`` opens it for ten minutes."""
        self._token = token
        self._poked.set()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            self._poked.clear()
            if await self._try_reading():
                await wait_for(self._poked, self._settings.wecom_poll)
            else:
                await asyncio.sleep(RETRY)

    async def _try_reading(self) -> bool:
        try:
            return await self._read_all()
        except (BatonError, NotSent, Unclear) as error:
            log.warning("wecom_read_failed", account=self._account.name, error=type(error).__name__)
        except Exception:
            # Nothing of the page was stored; the other accounts and the rest of the gateway go on.
            log.exception("wecom_read_crashed", account=self._account.name)
        return False

    async def _read_all(self) -> bool:
        """Read up to the end; False when it should be tried again soon."""
        reading = await self._db.write(wecom.lease_reading, self._open_kfid, LEASE)
        if reading is None:
            return False
        try:
            return await self._read_pages(reading)
        finally:
            await self._db.write(wecom.end_reading, reading)

    async def _read_pages(self, reading: Reading) -> bool:
        cursor, more = reading.cursor or "", True
        while more:
            answer = await self._page(cursor)
            code = errcode_of(answer)
            if code:
                log.warning("wecom_sync_refused", account=self._account.name, errcode=code)
                await self._learn(code)
                return False
            cursor = str(answer.get("next_cursor") or cursor)
            page = answer.get("msg_list") or []
            face = self._account.faces[self._open_kfid]
            effects = await self._db.write(store_page, face, reading, page, cursor, self._settings, LEASE)
            if effects is None:
                return False
            await self._act(self._account, self._open_kfid, effects)
            # A page may be empty and still not the last.
            more = answer.get("has_more") == 1
        return True

    async def _learn(self, code: int) -> None:
        await self._db.write(lambda conn: wechat_accounts.note_error(conn, self._open_kfid, str(code)))

    async def _page(self, cursor: str) -> dict[str, Any]:
        body = {"cursor": cursor, "limit": PAGE, "voice_format": 0, "open_kfid": self._open_kfid}
        answer = await self._api.ask(self._account, SYNC, body | ({"token": self._token} if self._token else {}))
        if errcode_of(answer) == BAD_SYNC_TOKEN and self._token:
            self._token = ""
            answer = await self._api.ask(self._account, SYNC, body)
        return answer
