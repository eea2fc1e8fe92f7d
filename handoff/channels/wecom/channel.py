"""Joins the parts of 微信客服: what `handoff.app` builds, runs and closes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import structlog

from handoff import texts
from handoff.attachments.service import Attachments
from handoff.channels.wechat.accounts import Credentials
from handoff.channels.wechat.api import Api, NotSent, Unclear, errcode_of
from handoff.channels.wechat.media import Media
from handoff.channels.wechat.media_worker import Source
from handoff.channels.wechat.token import corp_token
from handoff.channels.wecom import scene
from handoff.channels.wecom.accounts import CHANNEL, KfAccount, load_kf_accounts
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
from handoff.store import wechat_accounts, wecom
from handoff.store.clock import now
from handoff.store.database import Database

log = structlog.get_logger(__name__)

WELCOME = "/cgi-bin/kf/send_msg_on_event"
CONTACT_WAY = "/cgi-bin/kf/add_contact_way"


class WecomChannel:
    """All service accounts of this installation; without any it is there and does nothing."""

    def __init__(
        self, settings: Settings, db: Database, gateway: Gateway, pokes: Pokes, attachments: Attachments
    ) -> None:
        self.accounts: Mapping[str, KfAccount] = load_kf_accounts(settings.wechat_accounts)
        self._settings = settings
        self._db = db
        self._gateway = gateway
        self._pokes = pokes
        self._api = Api(settings.wecom_api, db, corp_token) if self.accounts else None
        self._media = Media(self._api, attachments) if self._api else None
        self._sender = KfSender(db, self._api, self._media, self.accounts) if self._api and self._media else None
        self._verifiers = {name: KfVerifier(a, settings.wechat_clock_skew) for name, a in self.accounts.items()}
        self._pullers = {
            open_kfid: Puller(account, open_kfid, self._api, db, settings, self._act)
            for account in self.accounts.values()
            for open_kfid in account.faces
            if self._api
        }
        self._links: dict[str, str] = {}
        self._courtesies: set[asyncio.Task[None]] = set()

    @property
    def senders(self) -> dict[str, Sender]:
        """What the outbox worker needs of this channel."""
        return {CHANNEL: self._sender} if self._sender else {}

    @property
    def sources(self) -> dict[str, Source]:
        """What the media worker needs of this channel."""
        by_id: dict[str, Credentials] = {
            open_kfid: account for account in self.accounts.values() for open_kfid in account.faces
        }
        return {CHANNEL: Source(self._media, by_id.get)} if self._media else {}

    @property
    def api(self) -> Api | None:
        """The platform; None without an account."""
        return self._api

    def verifier(self, name: str) -> KfVerifier | None:
        return self._verifiers.get(name)

    def poked(self, poke: Poke) -> None:
        """The platform says that something waits."""
        self._pullers[poke.open_kfid].poke(poke.token)

    async def run(self) -> None:
        """Read every account until cancelled."""
        async with asyncio.TaskGroup() as group:
            for puller in self._pullers.values():
                group.create_task(puller.run())

    async def close(self) -> None:
        for task in self._courtesies:
            task.cancel()
        await asyncio.gather(*self._courtesies, return_exceptions=True)
        if self._api:
            await self._api.close()

    async def way_into_wechat(self, conversation: Conversation) -> str:
        """An address that opens WeChat and goes on with this conversation there; good once, for half an hour.

        `NotFound` without a service account, `PlatformAway` while the platform gives no address.
        """
        account = next(iter(self.accounts.values()), None)
        if account is None or self._api is None:
            raise NotFound("There is no WeChat service account.")
        open_kfid = next(iter(account.faces))
        if open_kfid not in self._links:
            try:
                answer = await self._api.ask(account, CONTACT_WAY, {"open_kfid": open_kfid, "scene": "web"})
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
        await self._db.write(lambda conn: wechat_accounts.update_account(conn, open_kfid, last_callback=now()))
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
            assert self._api is not None
            await self._api.post(account, WELCOME, body)
        except (NotSent, Unclear) as error:
            log.info("wecom_not_welcomed", account=account.name, error=type(error).__name__)

    async def _keep(self, account: KfAccount, open_kfid: str, user: str) -> None:
        assert self._api is not None
        await keep_ours(self._api, account, open_kfid, user)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)
