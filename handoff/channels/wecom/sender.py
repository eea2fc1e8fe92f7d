"""Sends batches of the outbox as messages of 微信客服, each under an id of ours, so that none arrives twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from handoff.channels.wechat.accounts import Account, in_use
from handoff.channels.wechat.api import Api, NotSent, Unclear, errcode_of
from handoff.channels.wechat.compose import ATTACHMENT, Message, text_message, together
from handoff.channels.wechat.errcodes import Action
from handoff.channels.wechat.media import Media
from handoff.channels.wechat.refusals import Refusals, smaller
from handoff.channels.wechat.sender import warn_if_low
from handoff.channels.wecom.accounts import CHANNEL, KfAccount, KfAccountOf
from handoff.channels.wecom.compose import any_file, compose, without_menus
from handoff.channels.wecom.errcodes import REPEATED, STATE, kf_action_of
from handoff.channels.wecom.receive import NAME_LENGTH
from handoff.channels.wecom.sessions import State, keep_ours
from handoff.conversation import Event, Mode
from handoff.delivery import PartSent, SendRefused, SendUnknown
from handoff.store import wechat, wechat_accounts, wecom
from handoff.store.append import get_conversation
from handoff.store.database import Database
from handoff.store.deliveries import Batch
from handoff.store.wechat import Contact, Reserved

log = structlog.get_logger(__name__)

SEND = "/cgi-bin/kf/send_msg"
DIGITS = "0123456789abcdefghijklmnopqrstuv"
# Half its size cuts a text into two or three pieces, hardly ever four: a piece of a piece has a number of its own.
MOST_PIECES = 4


@dataclass(frozen=True)
class Target:
    """Whom a batch goes to; ``face`` is the service account, ``account`` the app that speaks for it."""

    account: KfAccount
    face: Account
    contact: Contact
    lang: str
    human: bool
    trouble: bool


@dataclass(frozen=True)
class Out:
    """One message on its way; ``in_doubt`` when the same one may have arrived before."""

    target: Target
    batch: Batch
    refusals: Refusals
    in_doubt: bool


def name_of(batch: Batch) -> str:
    """28 characters, the same on every try; with the number of the part and the piece they make a message id."""
    return hashlib.sha256(f"{batch.endpoint}:{batch.key}".encode()).hexdigest()[:NAME_LENGTH]


def two_digits(piece: int) -> str:
    """The number of a piece, in base 32; five times halved there are fewer than 1,024."""
    return DIGITS[piece // len(DIGITS) % len(DIGITS)] + DIGITS[piece % len(DIGITS)]


class KfSender:
    """The `Sender` of the endpoint ``wecom``, for all its accounts."""

    def __init__(self, db: Database, api: Api, media: Media, account_of: KfAccountOf) -> None:
        self._db = db
        self._api = api
        self._media = media
        self._account_of = account_of

    def together(self, events: Sequence[Event]) -> int:
        return together(events, sendable=any_file)

    async def send(self, batch: Batch, part_sent: PartSent) -> str | None:
        """Send what is left of the batch; see `Sender`."""
        target = await self._db.read(self._target, batch.conv_id)
        for index, message in enumerate(compose(batch.events, target.lang)):
            if index >= batch.parts_sent:
                in_doubt = batch.in_doubt and index == batch.parts_sent
                out = Out(target, batch, Refusals(self._db, target.account, target.contact, kf_action_of), in_doubt)
                await self._send_one(out, message, f"{name_of(batch)}{index % 100:02d}")
                await part_sent(index + 1)
        if target.trouble:
            await Refusals(self._db, target.account, target.contact, kf_action_of).over()
        if target.human and any(event.author == "agent" for event in batch.events):
            await self._db.write(warn_if_low, batch.conv_id)
        return name_of(batch)

    def _target(self, conn: Connection, conv_id: str) -> Target:
        contact = wechat.contact_of_conversation(conn, conv_id)
        if contact is None or not contact.reachable:
            raise SendRefused("the customer cannot be reached")
        account = in_use(self._account_of(contact.app_id))
        conversation = get_conversation(conn, conv_id)
        face = account.faces[contact.app_id]
        trouble = wechat_accounts.account_state(conn, face.app_id).last_error is not None
        return Target(account, face, contact, conversation.lang, conversation.mode is Mode.HUMAN, trouble)

    async def _send_one(self, out: Out, message: Message, msgid: str, piece: int = 0) -> None:
        target, refusals = out.target, out.refusals
        if message["msgtype"] == ATTACHMENT:
            message = await refusals.uploaded(self._media, message[ATTACHMENT])
        reserved = await self._db.write(_reserve, target.contact.customer_id, out.batch)
        if reserved is None:
            raise refusals.blocked("quota")
        who = {"touser": target.contact.openid, "open_kfid": target.face.app_id, "msgid": msgid + two_digits(piece)}
        code = await self._post(out, {**who, **message}, reserved)
        if code == STATE and await self._is_ours(target):
            code = await self._post(out, {**who, **message}, reserved)
        action = kf_action_of(code)
        if action is Action.SENT:
            return
        if action is Action.CLOSED:
            raise await refusals.shut(reserved, code)
        await refusals.given_back(reserved)
        if action is Action.REFUSED and out.in_doubt:
            await self._second_refused(target, message, code)
            return
        if action is not Action.SMALLER:
            raise await refusals.refusal(out.batch.attempt, code)
        # Each piece under an id of its own.
        for number, part in enumerate(smaller(without_menus(message, target.lang)), 1):
            await self._send_one(out, text_message(part), msgid, piece * MOST_PIECES + number)

    async def _second_refused(self, target: Target, message: Message, code: int) -> None:
        """The first try may have arrived, and now the platform refuses the same id: sent, if only that can be why.

        The platform does not document the code for a repeated id. `REPEATED` speaks of a parameter; words within the
        limits, under an id of a form that it took before from this account, leave no parameter but the repeat.
        Anything else stays in doubt, and the agents are told so.
        """
        plain_words = message["msgtype"] == "text"
        if code == REPEATED and plain_words and await self._db.read(wecom.took_ours, CHANNEL, target.face.app_id):
            log.info("wecom_repeat_refused", account=target.account.name)
            return
        raise SendUnknown(f"errcode {code}")

    async def _post(self, out: Out, body: dict[str, object], reserved: Reserved) -> int:
        try:
            return errcode_of(await self._api.ask(out.target.account, SEND, body))
        except NotSent as error:
            await out.refusals.given_back(reserved)
            raise await out.refusals.not_sent(error) from error
        except Unclear as error:
            raise SendUnknown(str(error)) from error

    async def _is_ours(self, target: Target) -> bool:
        state = await keep_ours(self._api, target.account, target.face.app_id, target.contact.openid)
        return state in (State.NEW, State.OURS)


def _reserve(conn: Connection, customer_id: str, batch: Batch) -> Reserved | None:
    wecom.name_batch(conn, batch, name_of(batch))
    return wechat.reserve(conn, customer_id)
