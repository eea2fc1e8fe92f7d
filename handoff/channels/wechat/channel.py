"""Joins the parts of the WeChat channel: what `handoff.app` builds, runs and closes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import Connection

from handoff.attachments.service import Attachments
from handoff.channels.account_book import AccountBook
from handoff.channels.wechat.accounts import CHANNEL, Account
from handoff.channels.wechat.api import Api
from handoff.channels.wechat.callback import Verifier
from handoff.channels.wechat.inbound import Inbound, Kind
from handoff.channels.wechat.intake import Intake, Taken
from handoff.channels.wechat.media import Media
from handoff.channels.wechat.media_worker import Source
from handoff.channels.wechat.passive import PassiveAnswers
from handoff.channels.wechat.sender import WechatSender, clock_text
from handoff.channels.wechat.signs import Signs
from handoff.channels.wechat.sorter import SORTING, Sorted, Sorter
from handoff.conversation import Mode
from handoff.delivery import Sender, note_for_agents
from handoff.errors import BatonError
from handoff.gateway import Gateway
from handoff.pokes import DELIVERIES, QUEUE, Pokes
from handoff.settings import Settings
from handoff.store import wechat, wechat_accounts, wechat_intake
from handoff.store.database import Database

log = structlog.get_logger(__name__)

LOOK_EVERY = 60.0
WARN_BEFORE = 3600.0


class WechatChannel:
    """All Official Accounts of this installation; without any it is there and does nothing."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        gateway: Gateway,
        pokes: Pokes,
        attachments: Attachments,
        book: AccountBook,
    ) -> None:
        self._book = book
        self.signs = Signs(db, pokes)
        self.passive = PassiveAnswers(db, pokes, settings.wechat_passive_hold)
        self._intake = Intake(db)
        self._db = db
        self._gateway = gateway
        self._pokes = pokes
        self._sorter = Sorter(db, pokes, settings, book.account, lambda: self._intake.stormy, self._tell)
        self._clock_skew = settings.wechat_clock_skew
        self.api = Api(settings.wechat_api, db)
        self._media = Media(self.api, attachments)
        self._sender = WechatSender(db, self.api, self._media, book.account)
        self._courtesies: set[asyncio.Task[None]] = set()

    @property
    def accounts(self) -> Mapping[str, Account]:
        """Those that are switched on, by name."""
        return self._book.official

    @property
    def senders(self) -> dict[str, Sender]:
        """What the outbox worker needs of this channel."""
        return {CHANNEL: self._sender}

    @property
    def sources(self) -> dict[str, Source]:
        """What the media worker needs of this channel."""
        return {CHANNEL: Source(self._media, self._book.account)}

    def verifier(self, name: str) -> Verifier | None:
        """Who reads the account's callbacks; None while there is no such account, or it is switched off."""
        account = self._book.reading.official.get(name)
        return Verifier(account, self._clock_skew) if account and account.enabled else None

    async def take(self, account: Account, inbound: Inbound, nonce: str) -> Taken:
        """Store one callback; see `Intake.take`. It is put into its conversation a moment later."""
        taken = await self._intake.take(account, inbound, nonce)
        self.signs.heard(account.app_id)
        if not taken.repeat:
            self._pokes.poke_here(SORTING)
        return taken

    async def run(self) -> None:
        """From the first account on: sort what came in, and warn agents of windows about to shut, until cancelled."""
        await self._book.connected()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take_over())
            group.create_task(self._sorter.run())
            group.create_task(self._look())
            group.create_task(self.signs.run())

    async def _take_over(self) -> None:
        """Of accounts that are new or changed, forget what the platform refused before."""
        known: Mapping[str, Account] = {}
        async for _ in self._book.changes():
            now_there = self.accounts
            fresh = [account for name, account in now_there.items() if known.get(name) != account]
            await self._db.write(_start_afresh, fresh)
            known = now_there
            for account in fresh:
                if account.box is None:
                    log.warning("wechat_account_in_plain_mode", account=account.name, remedy="choose the secure mode")

    async def _look(self) -> None:
        while True:
            try:
                for conv_id in await self._db.write(_look_around, self._clock_skew):
                    self._pokes.poke(conv_id)
            except BatonError as error:
                log.warning("wechat_look_failed", code=error.code, error=error.message)
            await asyncio.sleep(LOOK_EVERY)

    async def close(self) -> None:
        await self._intake.close()
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)
        await self.api.close()

    def _tell(self, done: Sorted) -> None:
        """A callback stands in its conversation: whoever should know is told."""
        conversation = done.conversation
        if conversation is None:
            return
        self._gateway.announce(conversation)
        self._pokes.poke(DELIVERIES)
        if done.inbound.kind is Kind.UNSUBSCRIBE:
            self._pokes.poke(QUEUE)
        elif done.inbound.kind is Kind.TEXT and conversation.mode is Mode.BOT and done.account.verified:
            self._show_typing(conversation.id)

    def _show_typing(self, conv_id: str) -> None:
        if self._intake.stormy:
            return
        task = asyncio.create_task(self._sender.typing(conv_id))
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)


def _start_afresh(conn: Connection, accounts: Sequence[Account]) -> None:
    wechat.forget_old_keys(conn)
    for account in accounts:
        wechat_accounts.start_afresh(conn, account.app_id, passive=not account.verified)


def _look_around(conn: Connection, clock_skew: float) -> list[str]:
    wechat_intake.forget_nonces(conn, clock_skew)
    return _warn_of_closing(conn)


def _warn_of_closing(conn: Connection) -> list[str]:
    warned = []
    for conv_id, until in wechat.windows_closing(conn, WARN_BEFORE):
        note_for_agents(conn, conv_id, "window_closing", f"closing:{until:.3f}", until=clock_text(until))
        warned.append(conv_id)
    return warned
