"""What follows when a platform does not take a message: later, never, after the next message, or told to the admin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from handoff.channels.wechat import wording
from handoff.channels.wechat.accounts import Credentials
from handoff.channels.wechat.api import NotSent, Unclear
from handoff.channels.wechat.compose import Message
from handoff.channels.wechat.errcodes import Action
from handoff.channels.wechat.media import Media
from handoff.delivery import SendBlocked, SendLater, SendRefused
from handoff.store import wechat, wechat_accounts
from handoff.store.database import Database
from handoff.store.wechat import Contact, Reserved

log = structlog.get_logger(__name__)

BUSY_TRIES = 4
SLOWER_AFTER = 60.0
ALARM_AFTER = 300.0
SMALLEST_BYTES = 64
_ALARMS = (Action.NOT_LISTED, Action.PASSIVE)


def smaller(text: str) -> list[str]:
    """Pieces of half the size, for a platform that counts otherwise than we do; `SendRefused` when that is absurd."""
    limit = wording.size(text) // 2
    if limit < SMALLEST_BYTES:
        raise SendRefused("errcode 45002")
    return wording.split_bytes(text, limit)


@dataclass(frozen=True)
class Refusals:
    """Of the messages to one person. ``passive``: the account could still answer in callbacks (48001)."""

    db: Database
    account: Credentials
    contact: Contact
    action_of: Callable[[int], Action]
    passive: bool = False

    async def uploaded(self, media: Media, file: dict[str, Any]) -> Message:
        """The message that shows this file; `SendLater` or `SendRefused` when there is none."""
        try:
            return await media.message(self.account, file)
        except NotSent as error:
            raise await self.not_sent(error) from error
        except Unclear as error:
            # Nothing was shown to anybody: uploading once more does no harm.
            raise SendLater(str(error)) from error

    async def not_sent(self, error: NotSent) -> SendLater:
        """The call surely did not reach the platform, or no token was to be had."""
        if error.code is None:
            return SendLater(str(error))
        await self.learn(error.code)
        return SendLater(str(error), self._delay(self.action_of(error.code)))

    async def given_back(self, reserved: Reserved) -> None:
        """The message that was reserved is not used up."""
        await self.db.write(wechat.give_back, self.contact.customer_id, reserved)

    async def refusal(self, attempt: int, code: int) -> Exception:
        """The error to raise for a message that the platform did not take, at the ``attempt``-th try."""
        action, reason = self.action_of(code), f"errcode {code}"
        if action is Action.AGAIN:
            return SendLater(reason) if attempt < BUSY_TRIES else SendRefused(reason)
        if action is Action.UNREACHABLE:
            await self.db.write(wechat.set_unreachable, self.contact.customer_id)
            return SendRefused(reason)
        if action is Action.PASSIVE and self.passive:
            await self.learn(code, passive=True)
            return SendBlocked(reason)
        if action in (Action.SLOWER, Action.TOKEN, *_ALARMS):
            await self.learn(code)
            return SendLater(reason, self._delay(action))
        return SendRefused(reason)

    async def shut(self, reserved: Reserved, code: int) -> SendBlocked:
        """The platform lets nothing more be sent: note it, and return the error that says so."""

        def work(conn: Connection) -> None:
            wechat.close_window(conn, self.contact.customer_id, reserved)
            wechat_accounts.count_quota_error(conn, self.contact.app_id)

        await self.db.write(work)
        return self.blocked(f"errcode {code}")

    def blocked(self, reason: str) -> SendBlocked:
        """Nothing may be sent before the person writes again, unless they just did."""
        return SendBlocked(reason, lambda conn: wechat.is_closed(conn, self.contact.customer_id))

    async def learn(self, code: int, **values: bool) -> None:
        """Show the administrator what the platform says of the account."""
        log.error("wechat_account_trouble", account=self.account.name, errcode=code, **values)
        await self.db.write(lambda conn: wechat_accounts.note_error(conn, self.contact.app_id, str(code), **values))

    async def over(self) -> None:
        """The platform took a message: what it said before is no trouble any more."""
        await self.db.write(lambda conn: wechat_accounts.note_error(conn, self.contact.app_id, None))

    @staticmethod
    def _delay(action: Action) -> float:
        return ALARM_AFTER if action in _ALARMS else SLOWER_AFTER
