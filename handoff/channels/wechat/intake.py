"""Takes callbacks in by groups, so that `success` costs a few lines of one commit; `sorter` does the rest."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from sqlalchemy import Connection

from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.callback import CallbackRefused
from handoff.channels.wechat.inbound import Inbound
from handoff.channels.wechat.receive import digest_of
from handoff.store import wechat_intake
from handoff.store.database import Database
from handoff.store.wechat_intake import Callback

LARGEST_GROUP = 256
# So many callbacks within a second are a storm: then everything else may wait.
STORM = 100


@dataclass(frozen=True)
class Taken:
    """``repeat``: it had been stored before. ``passive``: the account can answer only in the answer to it."""

    repeat: bool
    passive: bool


@dataclass(frozen=True)
class _Item:
    account: Account
    callback: Callback
    result: asyncio.Future[Taken]


class Intake:
    """A burst of callbacks costs a few commits instead of one each; a lone callback waits for nobody."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: deque[_Item] = deque()
        self._arrivals: deque[float] = deque(maxlen=STORM)
        self._task: asyncio.Task[None] | None = None

    @property
    def stormy(self) -> bool:
        """Whether callbacks come so fast that taking them in needs all there is."""
        return len(self._arrivals) == STORM and time.monotonic() - self._arrivals[0] < 1.0

    async def take(self, account: Account, inbound: Inbound, nonce: str) -> Taken:
        """Store one callback; when this returns it is on disk.

        `CallbackRefused` when ``nonce`` came with another message before; the storage's errors when it is not stored.
        """
        self._arrivals.append(time.monotonic())
        kept = inbound.as_json()
        callback = Callback(account.app_id, inbound.key, nonce, inbound.openid, digest_of(inbound), kept)
        item = _Item(account, callback, asyncio.get_running_loop().create_future())
        self._waiting.append(item)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await item.result

    async def close(self) -> None:
        """Finish what was taken in."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _drain(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(LARGEST_GROUP, len(self._waiting)))]
            try:
                results = await self._db.write_first(_keep_all, group)
            except Exception as error:  # nothing of the group was stored: each caller is told
                results = [error] * len(group)
            for item, result in zip(group, results, strict=True):
                if item.result.done():
                    continue  # the caller has gone; what was stored stays
                if isinstance(result, Exception):
                    item.result.set_exception(result)
                else:
                    item.result.set_result(result)


def _keep_all(conn: Connection, group: list[_Item]) -> list[Taken | Exception]:
    said = wechat_intake.keep(conn, [item.callback for item in group])
    passive = wechat_intake.passive_accounts(conn, sorted({item.account.app_id for item in group}))
    return [
        CallbackRefused("nonce", "nonce used for another message")
        if new is None
        else Taken(not new, not item.account.verified or item.account.app_id in passive)
        for item, new in zip(group, said, strict=True)
    ]
