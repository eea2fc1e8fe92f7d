"""Sends batches of the outbox as customer-service messages, within what WeChat lets us send to each person."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from handoff.channels.wechat.accounts import Account, AccountOf, in_use
from handoff.channels.wechat.api import SEND, TYPING, Api, NotSent, Unclear
from handoff.channels.wechat.compose import ATTACHMENT, Message, compose, text_message, together, without_menu
from handoff.channels.wechat.errcodes import Action, action_of
from handoff.channels.wechat.media import Media
from handoff.channels.wechat.refusals import Refusals, smaller
from handoff.conversation import Event, Mode
from handoff.delivery import PartSent, SendBlocked, SendRefused, SendUnknown, note_for_agents
from handoff.store import wechat, wechat_accounts
from handoff.store.append import get_conversation
from handoff.store.database import Database
from handoff.store.deliveries import Batch
from handoff.store.wechat import Contact


@dataclass(frozen=True)
class Target:
    """Whom a batch goes to."""

    account: Account
    contact: Contact
    lang: str
    human: bool
    menus: bool
    trouble: bool


class WechatSender:
    """The `Sender` of the endpoint ``wechat``, for all accounts."""

    def __init__(self, db: Database, api: Api, media: Media, account_of: AccountOf) -> None:
        self._db = db
        self._media = media
        self._api = api
        self._account_of = account_of

    def together(self, events: Sequence[Event]) -> int:
        return together(events)

    async def send(self, batch: Batch, part_sent: PartSent) -> str | None:
        """Send what is left of the batch; see `Sender`."""
        target = await self._db.read(self._target, batch.conv_id)
        for index, message in enumerate(compose(batch.events, target.lang)):
            if index >= batch.parts_sent:
                await self._send_one(target, batch, message)
                await part_sent(index + 1)
        if target.trouble:
            await self._refusals(target).over()
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
        account = in_use(self._account_of(contact.app_id))
        state = wechat_accounts.account_state(conn, contact.app_id)
        if not account.verified or state.passive:
            raise SendBlocked("passive")
        conversation = get_conversation(conn, conv_id)
        return Target(
            account,
            contact,
            conversation.lang,
            human=conversation.mode is Mode.HUMAN,
            menus=state.menus and not account.mini,
            trouble=state.last_error is not None,
        )

    async def _send_one(self, target: Target, batch: Batch, message: Message) -> None:
        refusals = self._refusals(target)
        if message["msgtype"] == ATTACHMENT:
            message = await refusals.uploaded(self._media, message[ATTACHMENT])
        if not target.menus:
            message = without_menu(message, target.lang, links=not target.account.mini)
        reserved = await self._db.write(wechat.reserve, target.contact.customer_id)
        if reserved is None:
            raise refusals.blocked("quota")
        try:
            code = await self._api.post(target.account, SEND, {"touser": target.contact.openid, **message})
        except NotSent as error:
            await refusals.given_back(reserved)
            raise await refusals.not_sent(error) from error
        except Unclear as error:
            raise SendUnknown(str(error)) from error
        action = action_of(code)
        if action is Action.SENT:
            return
        if action is Action.CLOSED:
            raise await refusals.shut(reserved, code)
        await refusals.given_back(reserved)
        if action is Action.NO_MENU and message["msgtype"] == "msgmenu":
            await refusals.learn(code, menus=False)
            await self._send_one(target, batch, without_menu(message, target.lang))
        elif action is Action.SMALLER:
            for piece in smaller(without_menu(message, target.lang)["text"]["content"]):
                await self._send_one(target, batch, text_message(piece))
        else:
            raise await refusals.refusal(batch.attempt, code)

    def _refusals(self, target: Target) -> Refusals:
        return Refusals(self._db, target.account, target.contact, action_of, passive=not target.account.mini)


def clock_text(at: float) -> str:
    """A moment as agents read it, in the server's time zone."""
    return time.strftime("%m-%d %H:%M", time.localtime(at))


def warn_if_low(conn: Connection, conv_id: str) -> None:
    """Tell the agent while there is still one message left to use well."""
    contact = wechat.contact_of_conversation(conn, conv_id)
    if contact is not None and contact.left == 1:
        key = f"low:{contact.until:.3f}"
        note_for_agents(conn, conv_id, "quota_low", key, left=contact.left, until=clock_text(contact.until))
