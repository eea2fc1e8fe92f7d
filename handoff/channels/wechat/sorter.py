"""Puts callbacks that were acknowledged into their conversations, in order, and lets storms of new ones go first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from handoff.channels.wechat.accounts import Account, AccountOf
from handoff.channels.wechat.inbound import Inbound
from handoff.channels.wechat.receive import settle
from handoff.conversation import Conversation
from handoff.errors import BatonError
from handoff.pokes import Pokes, wait_for
from handoff.settings import Settings
from handoff.store import wechat_intake
from handoff.store.database import Database
from handoff.store.wechat_intake import Waiting

log = structlog.get_logger(__name__)

SORTING = "wechat-sorting"
SORTED = "wechat-sorted"
# Small, so that what people write elsewhere never waits long for the one writer.
AT_ONCE = 8
LOOK_EVERY = 2.0
STORM_PAUSE = 0.05
LONGEST_PAUSE = 1.0
OTHER_SORTS = 0.1


@dataclass(frozen=True)
class Sorted:
    """A callback that stands in its conversation now; ``conversation`` is None where it belongs to none."""

    account: Account
    inbound: Inbound
    conversation: Conversation | None


class Sorter:
    """Works off what waits. ``stormy()`` says when to hold back, ``tell`` hears of each callback after its commit."""

    def __init__(
        self,
        db: Database,
        pokes: Pokes,
        settings: Settings,
        account_of: AccountOf,
        stormy: Callable[[], bool],
        tell: Callable[[Sorted], None],
    ) -> None:
        self._db = db
        self._pokes = pokes
        self._settings = settings
        self._account_of = account_of
        self._stormy = stormy
        self._tell = tell

    async def run(self) -> None:
        """Sort until cancelled; what an earlier process left is sorted first."""
        with self._pokes.listen(SORTING) as flag:
            while True:
                try:
                    more = await self._round()
                except BatonError as error:
                    log.warning("wechat_sorting_failed", code=error.code, error=error.message)
                    more = False
                except Exception:
                    log.exception("wechat_sorting_crashed")
                    more = await self._isolate()
                if more:
                    await self._let_storms_pass()
                else:
                    await wait_for(flag, LOOK_EVERY)

    async def _round(self) -> bool:
        """Sort a few; whether there may be more."""
        if not await self._db.read(wechat_intake.anything_waiting):
            return False
        return await self._sort(None)

    async def _sort(self, only: Waiting | None) -> bool:
        done = await self._db.write(sort_some, self._account_of, self._settings, only)
        if done is None:
            await asyncio.sleep(OTHER_SORTS)
            return True
        for one in done:
            self._tell(one)
        if done:
            self._pokes.poke(SORTED)
        return True

    async def _isolate(self) -> bool:
        """One of the next few cannot even be tried: sort each alone, and put off those that it is."""
        for first in await self._db.read(wechat_intake.oldest, AT_ONCE):
            try:
                await self._sort(first)
            except BatonError:
                return False
            except Exception as error:
                await self._db.write(_put_off, first, type(error).__name__)
        return True

    async def _let_storms_pass(self) -> None:
        paused = 0.0
        while self._stormy() and paused < LONGEST_PAUSE:
            await asyncio.sleep(STORM_PAUSE)
            paused += STORM_PAUSE


def sort_some(
    conn: Connection, account_of: AccountOf, settings: Settings, only: Waiting | None = None
) -> list[Sorted] | None:
    """Sort the oldest few, or ``only`` the oldest if it is that; None while another gateway sorts.

    Each has a savepoint of its own, so that a bad one takes no other with it.
    """
    if not wechat_intake.only_sorter(conn):
        return None
    done: list[Waiting] = []
    result = []
    for waiting in wechat_intake.oldest(conn, 1 if only else AT_ONCE):
        if only and (waiting.app_id, waiting.key) != (only.app_id, only.key):
            break  # somebody else has seen to it
        account = account_of(waiting.app_id)
        if account is None:
            _put_off(conn, waiting, "the account is no longer configured")
            continue
        try:
            with conn.begin_nested():
                inbound = Inbound.from_json(waiting.inbound)
                result.append(Sorted(account, inbound, settle(conn, account, inbound, settings)))
        except DBAPIError:
            raise
        except Exception as error:
            # It must not stop what comes behind it.
            log.exception("wechat_not_sorted", account=account.name)
            _put_off(conn, waiting, type(error).__name__)
        else:
            done.append(waiting)
    if done:
        wechat_intake.sorted_in(conn, done)
    return result


def _put_off(conn: Connection, waiting: Waiting, reason: str) -> None:
    again = wechat_intake.put_off(conn, waiting)
    log.error("wechat_put_off", app_id=waiting.app_id, reason=reason, attempt=waiting.attempt + 1, again=again)
