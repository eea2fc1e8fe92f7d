"""Joins the parts of 微信客服: what `handoff.app` builds, runs and closes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from handoff import texts
from handoff.attachments.service import Attachments
from handoff.channels.account_book import AccountBook
from handoff.channels.wechat.api import Api, NotSent, Unclear, errcode_of
from handoff.channels.wechat.media import Media
from handoff.channels.wechat.media_worker import Source
from handoff.channels.wechat.signs import Signs
from handoff.channels.wechat.token import corp_token
from handoff.channels.wecom import scene
from handoff.channels.wecom.accounts import CHANNEL, KfAccount
from handoff.channels.wecom.callback import KfVerifier, Poke
from handoff.channels.wecom.puller import Puller
from handoff.channels.wecom.receive import Effect
from handoff.channels.wecom.sender import KfSender
from handoff.channels.wecom.sessions import keep_ours
from handoff.conversation import Conversation
from handoff.delivery import Sender
from handoff.errors import NotFound, PlatformAway
from handoff.gateway import Gateway
from handoff.pokes import DELIVERIES, Pokes
from handoff.settings import Settings
from handoff.store import wecom
from handoff.store.database import Database

log = structlog.get_logger(__name__)

WELCOME = "/cgi-bin/kf/send_msg_on_event"
CONTACT_WAY = "/cgi-bin/kf/add_contact_way"


@dataclass(frozen=True)
class Running:
    """A reader at work, and the account as it was when it began."""

    account: KfAccount
    puller: Puller
    task: asyncio.Task[None]


class WecomChannel:
    """All service accounts of this installation; without any it is there and does nothing."""

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
        self._settings = settings
        self._db = db
        self._gateway = gateway
        self._pokes = pokes
        self.api = Api(settings.wecom_api, db, corp_token)
        self._media = Media(self.api, attachments)
        self._sender = KfSender(db, self.api, self._media, book.kf_account)
        self._pullers: dict[str, Running] = {}
        self._links: dict[str, str] = {}
        self._courtesies: set[asyncio.Task[None]] = set()

    @property
    def senders(self) -> dict[str, Sender]:
        """What the outbox worker needs of this channel."""
        return {CHANNEL: self._sender}

    @property
    def sources(self) -> dict[str, Source]:
        """What the media worker needs of this channel."""
        return {CHANNEL: Source(self._media, self._book.kf_account)}

    @property
    def accounts(self) -> Mapping[str, KfAccount]:
        """Those that are switched on, by name."""
        return self._book.service

    def verifier(self, name: str) -> KfVerifier | None:
        """Who reads the account's callbacks; None while there is no such account, or it is switched off."""
        account = self._book.reading.service.get(name)
        return KfVerifier(account, self._settings.wechat_clock_skew) if account and account.enabled else None

    def poked(self, poke: Poke) -> None:
        """The platform says that something waits."""
        self.signs.heard(poke.open_kfid)
        if poke.open_kfid in self._pullers:
            self._pullers[poke.open_kfid].puller.poke(poke.token)

    async def run(self) -> None:
        """Read every account that there is, and those that come, until cancelled."""
        self._pullers.clear()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.signs.run())
            async for _ in self._book.changes():
                self._have_readers(group)

    def _have_readers(self, group: asyncio.TaskGroup) -> None:
        """One reader for each service account, with the credentials of now."""
        wanted = {open_kfid: account for account in self.accounts.values() for open_kfid in account.faces}
        for open_kfid, running in list(self._pullers.items()):
            if wanted.get(open_kfid) != running.account:
                self._pullers.pop(open_kfid).task.cancel()
                self._links.pop(open_kfid, None)
        for open_kfid in wanted.keys() - self._pullers.keys():
            account = wanted[open_kfid]
            puller = Puller(account, open_kfid, self.api, self._db, self._settings, self._act)
            self._pullers[open_kfid] = Running(account, puller, group.create_task(puller.run()))

    async def close(self) -> None:
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)
        await self.api.close()

    async def way_into_wechat(self, conversation: Conversation) -> str:
        """An address that opens WeChat and goes on with this conversation there; good once, for half an hour.

        `NotFound` without a service account, `PlatformAway` while the platform gives no address.
        """
        account = next(iter(self.accounts.values()), None)
        if account is None:
            raise NotFound("There is no WeChat service account.")
        open_kfid = next(iter(account.faces))
        if open_kfid not in self._links:
            try:
                answer = await self.api.ask(account, CONTACT_WAY, {"open_kfid": open_kfid, "scene": "web"})
            except (NotSent, Unclear) as error:
                raise PlatformAway() from error
            if errcode_of(answer) or not isinstance(answer.get("url"), str):
                log.error("wecom_no_contact_way", account=account.name, errcode=errcode_of(answer))
                raise PlatformAway()
            self._links[open_kfid] = answer["url"]
        word = await self._db.write(wecom.make_scene, conversation.id)
        param = scene.write(self._settings.shared_secret or "", word)
        base = self._links[open_kfid]
        return f"{base}{'&' if '?' in base else '?'}scene_param={param}"

    async def _act(self, account: KfAccount, open_kfid: str, effects: Sequence[Effect]) -> None:
        """After the commit: tell whoever should know, greet, and take new sessions into our state."""
        for effect in effects:
            if effect.conversation is not None:
                self._gateway.announce(effect.conversation)
            if effect.welcome_code:
                self._soon(self._welcome(account, effect))
        for user in {effect.user for effect in effects if effect.said}:
            self._soon(self._keep(account, open_kfid, user))
        if effects:
            self._pokes.poke(DELIVERIES)

    async def _welcome(self, account: KfAccount, effect: Effect) -> None:
        words = texts.text("wechat", "linked", account.lang) if effect.linked else account.welcome
        words = words or texts.text("wechat", "hello", account.lang)
        body = {"code": effect.welcome_code, "msgtype": "text", "text": {"content": words}}
        try:
            await self.api.post(account, WELCOME, body)
        except (NotSent, Unclear) as error:
            log.info("wecom_not_welcomed", account=account.name, error=type(error).__name__)

    async def _keep(self, account: KfAccount, open_kfid: str, user: str) -> None:
        await keep_ours(self.api, account, open_kfid, user)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)
