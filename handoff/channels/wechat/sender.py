"""Sends batches of the outbox as customer-service messages, within what WeChat lets us send to each person."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from handoff.channels.wechat import wording
from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.api import SEND, TYPING, Api, NotSent, Unclear
from handoff.channels.wechat.compose import ATTACHMENT, Message, compose, text_message, together, without_menu
from handoff.channels.wechat.errcodes import Action, action_of
from handoff.channels.wechat.media import Media
from handoff.conversation import Event, Mode
from handoff.delivery import PartSent, SendBlocked, SendLater, SendRefused, SendUnknown, note_for_agents
from handoff.store import wechat
from handoff.store.append import get_conversation
from handoff.store.database import Database
from handoff.store.deliveries import Batch
from handoff.store.wechat import Contact, Reserved

log = structlog.get_logger(__name__)

BUSY_TRIES = 4
SLOWER_AFTER = 60.0
ALARM_AFTER = 300.0
SMALLEST_BYTES = 64


@dataclass(frozen=True)
class Target:
    """Whom a batch goes to."""

    account: Account
    contact: Contact
    lang: str
    human: bool
    menus: bool


class WechatSender:
    """The `Sender` of the endpoint ``wechat``, for all accounts."""

    def __init__(self, db: Database, api: Api, media: Media, accounts: Mapping[str, Account]) -> None:
        self._db = db
        self._media = media
        self._api = api
        self._accounts = {account.app_id: account for account in accounts.values()}

    def together(self, events: Sequence[Event]) -> int:
        return together(events)

    async def send(self, batch: Batch, part_sent: PartSent) -> str | None:
        """Send what is left of the batch; see `Sender`."""
        target = await self._db.read(self._target, batch.conv_id)
        for index, message in enumerate(compose(batch.events, target.lang)):
            if index >= batch.parts_sent:
                await self._send_one(target, batch, message)
                await part_sent(index + 1)
        if target.human and any(event.author == "agent" for event in batch.events):
            await self._db.write(warn_if_low, batch.conv_id)
        return None

    async def typing(self, conv_id: str) -> None:
        """Show the person that somebody is typing; it is only a courtesy, so no error matters."""
        try:
            target = await self._db.read(self._target, conv_id)
            await self._api.post(target.account, TYPING, {"touser": target.contact.openid, "command": "Typing"})
        except (SendBlocked, SendRefused, NotSent, Unclear):
            pass

    def _target(self, conn: Connection, conv_id: str) -> Target:
        contact = wechat.contact_of_conversation(conn, conv_id)
        if contact is None or not contact.reachable:
            raise SendRefused("the customer cannot be reached")
        account = self._accounts.get(contact.app_id)
        if account is None:
            raise SendRefused("the account is no longer configured")
        state = wechat.account_state(conn, contact.app_id)
        if not account.verified or state.passive:
            raise SendBlocked("passive")
        conversation = get_conversation(conn, conv_id)
        return Target(
            account, contact, conversation.lang, conversation.mode is Mode.HUMAN, state.menus and not account.mini
        )

    async def _send_one(self, target: Target, batch: Batch, message: Message) -> None:
        if message["msgtype"] == ATTACHMENT:
            message = await self._uploaded(target.account, message)
        if not target.menus:
            message = without_menu(message, target.lang, links=not target.account.mini)
        customer_id = target.contact.customer_id
        reserved = await self._db.write(wechat.reserve, customer_id)
        if reserved is None:
            raise SendBlocked("quota", lambda conn: wechat.is_closed(conn, customer_id))
        try:
            code = await self._api.post(target.account, SEND, {"touser": target.contact.openid, **message})
        except NotSent as error:
            await self._db.write(wechat.give_back, customer_id, reserved)
            raise await self._not_sent(target.account, error) from error
        except Unclear as error:
            raise SendUnknown(str(error)) from error
        action = action_of(code)
        if action is Action.SENT:
            return
        if action is Action.CLOSED:
            raise await shut_window(self._db, target.contact, reserved, code)
        await self._db.write(wechat.give_back, customer_id, reserved)
        if action is Action.NO_MENU and message["msgtype"] == "msgmenu":
            await self._learn(target.account, code, menus=False)
            await self._send_one(target, batch, without_menu(message, target.lang))
        elif action is Action.SMALLER:
            await self._send_smaller(target, batch, message)
        else:
            raise await self._refusal(target, batch, action, code)

    async def _uploaded(self, account: Account, message: Message) -> Message:
        try:
            return await self._media.message(account, message[ATTACHMENT])
        except NotSent as error:
            raise await self._not_sent(account, error) from error
        except Unclear as error:
            # Nothing was shown to anybody: uploading once more does no harm.
            raise SendLater(str(error)) from error

    async def _send_smaller(self, target: Target, batch: Batch, message: Message) -> None:
        """The platform counts otherwise than we do: halve the text until it takes it."""
        text = without_menu(message, target.lang)["text"]["content"]
        limit = wording.size(text) // 2
        if limit < SMALLEST_BYTES:
            raise SendRefused("errcode 45002")
        for piece in wording.split_bytes(text, limit):
            await self._send_one(target, batch, text_message(piece))

    async def _refusal(self, target: Target, batch: Batch, action: Action, code: int) -> Exception:
        account, reason = target.account, f"errcode {code}"
        if action is Action.AGAIN:
            return SendLater(reason) if batch.attempt < BUSY_TRIES else SendRefused(reason)
        if action is Action.UNREACHABLE:
            await self._db.write(wechat.set_unreachable, target.contact.customer_id)
            return SendRefused(reason)
        if action is Action.PASSIVE and not account.mini:
            await self._learn(account, code, passive=True)
            return SendBlocked(reason)
        if action in (Action.SLOWER, Action.TOKEN, Action.NOT_LISTED, Action.PASSIVE):
            await self._learn(account, code)
            alarm = action in (Action.NOT_LISTED, Action.PASSIVE)
            return SendLater(reason, ALARM_AFTER if alarm else SLOWER_AFTER)
        return SendRefused(reason)

    async def _not_sent(self, account: Account, error: NotSent) -> SendLater:
        if error.code is None:
            return SendLater(str(error))
        await self._learn(account, error.code)
        return SendLater(str(error), ALARM_AFTER if action_of(error.code) is Action.NOT_LISTED else SLOWER_AFTER)

    async def _learn(self, account: Account, code: int, **values: bool) -> None:
        log.error("wechat_account_trouble", account=account.name, errcode=code, **values)
        changes = {"last_error": str(code), **values}
        await self._db.write(lambda conn: wechat.update_account(conn, account.app_id, **changes))


def clock_text(at: float) -> str:
    """A moment as agents read it, in the server's time zone."""
    return time.strftime("%m-%d %H:%M", time.localtime(at))


async def shut_window(db: Database, contact: Contact, reserved: Reserved, code: int) -> SendBlocked:
    """The platform lets nothing more be sent: note it, and return the error that says so."""

    def work(conn: Connection) -> None:
        wechat.close_window(conn, contact.customer_id, reserved)
        wechat.count_quota_error(conn, contact.app_id)

    await db.write(work)
    return SendBlocked(f"errcode {code}", lambda conn: wechat.is_closed(conn, contact.customer_id))


def warn_if_low(conn: Connection, conv_id: str) -> None:
    """Tell the agent while there is still one message left to use well."""
    contact = wechat.contact_of_conversation(conn, conv_id)
    if contact is not None and contact.left == 1:
        key = f"low:{contact.until:.3f}"
        note_for_agents(conn, conv_id, "quota_low", key, left=contact.left, until=clock_text(contact.until))
