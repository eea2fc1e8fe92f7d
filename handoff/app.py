"""Joins the parts of the gateway: the one place where they meet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles

from handoff import __version__
from handoff.accounts import AccountService, AuditTrail, SecondFactor, Sessions, SignIn
from handoff.attachments.service import Attachments
from handoff.canned import CannedReplies
from handoff.casework import Casework
from handoff.channels.account_book import AccountBook
from handoff.channels.account_desk import AccountDesk
from handoff.channels.accounts import ConnectedAccounts
from handoff.channels.web import files as web_files
from handoff.channels.web import look as web_look
from handoff.channels.web import routes as web_routes
from handoff.channels.web import script as web_script
from handoff.channels.web import socket as web_socket
from handoff.channels.wechat import routes as wechat_routes
from handoff.channels.wechat import wording as wechat_wording
from handoff.channels.wechat.channel import WechatChannel
from handoff.channels.wechat.door import CallbackDoor
from handoff.channels.wechat.media_worker import MediaWorker
from handoff.channels.wecom import routes as wecom_routes
from handoff.channels.wecom.channel import WecomChannel
from handoff.console import api as agent_api
from handoff.console import (
    case_api,
    editor_api,
    history_api,
    internal,
    people_api,
    quality_api,
    team_api,
    texts_api,
    verdict_api,
    wall_api,
    wechat_api,
)
from handoff.console import files as agent_files
from handoff.console.auth import cookie_name
from handoff.console.late import LateConsole
from handoff.console.services import ConsoleServices
from handoff.delivery import DeliveryWorker
from handoff.desk import Desk
from handoff.editor.cases import SavedCases
from handoff.editor.desk import EditorDesk
from handoff.editor.encoder import FaqEncoder
from handoff.editor.folder import FaqFolder
from handoff.editor.following import FollowupLearner
from handoff.errors import ConfigError
from handoff.forgetting import BotMemory
from handoff.gateway import Gateway
from handoff.http import health, metrics, problems
from handoff.http.body_limit import BodyLimit
from handoff.http.observe import Observe
from handoff.http.origins import SitesMayRead
from handoff.http.security_headers import SecurityHeaders
from handoff.http.socket_limit import SocketLimit
from handoff.identity.service import Identities
from handoff.insight.history.service import History
from handoff.insight.targets import Targets
from handoff.opinions import Opinions
from handoff.periodic import end_process_if_failed, keep_running
from handoff.pokes import Pokes
from handoff.quality import QualityDesk
from handoff.rasa_workers import RasaWorkers
from handoff.rates import Rates
from handoff.relay.choose import transport_for
from handoff.relay.worker import Relay
from handoff.retention import Retention
from handoff.routing.dispatcher import Dispatcher
from handoff.settings import Settings
from handoff.store.database import Database
from handoff.sweeper import Sweeper
from handoff.team_desk import TeamDesk
from handoff.turns import TurnRunner
from handoff.understanding import MoodReader, UnderstandClient
from handoff.verdicts import VerdictDesk
from handoff.wall import Wall
from handoff.wall.health import Probe
from handoff.wall.watch import Watch
from handoff.widget import WidgetDesk
from handoff.wording import Wording
from knowledge_base.following import FILE_NAME

STATIC = Path(__file__).parent / "channels" / "web" / "static"


@dataclass(frozen=True)
class Services:
    """Everything the faces of the gateway use."""

    settings: Settings
    db: Database
    pokes: Pokes
    gateway: Gateway
    opinions: Opinions
    attachments: Attachments
    identities: Identities
    desk: Desk
    team: TeamDesk
    verdicts: VerdictDesk
    accounts: AccountService
    sign_in: SignIn
    second_factor: SecondFactor
    sessions: Sessions
    trail: AuditTrail
    canned: CannedReplies
    wording: Wording
    casework: Casework
    wall: Wall
    watch: Watch
    quality: QualityDesk
    widget: WidgetDesk
    rasa: RasaWorkers
    understand: UnderstandClient
    faq_encoder: FaqEncoder
    editor: EditorDesk
    history: History
    followups: FollowupLearner
    turn_runner: TurnRunner
    mood_reader: MoodReader
    sweeper: Sweeper
    dispatcher: Dispatcher
    relay: Relay | None
    retention: Retention
    bot_memory: BotMemory
    wechat_book: AccountBook
    wechat_accounts: AccountDesk
    wechat: WechatChannel
    wecom: WecomChannel
    deliveries: DeliveryWorker
    media: MediaWorker

    async def run(self) -> None:
        """The background workers, until cancelled."""
        async with asyncio.TaskGroup() as group:

            def start(name: str, run: Callable[[], Awaitable[None]]) -> None:
                group.create_task(keep_running(name, run), name=name)

            start("turns", self.turn_runner.run)
            start("moods", self.mood_reader.run)
            start("sweeper", self.sweeper.run)
            start("dispatcher", self.dispatcher.run)
            start("retention", self.retention.run)
            start("bot_memory", self.bot_memory.run)
            start("watch", self.watch.run)
            start("widget", self.widget.run)
            start("followups", self.followups.run)
            if self.relay is not None:
                start("relay", self.relay.run)
            start("attachments", self.attachments.run)
            start("wechat_book", self.wechat_book.run)
            start("wechat", self.wechat.run)
            start("wecom", self.wecom.run)
            start("deliveries", self._once_connected(self.deliveries.run))
            start("media", self._once_connected(self.media.run))

    def _once_connected(self, run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """Without an account on another platform nothing leaves for one, so nobody needs to look."""

        async def later() -> None:
            await self.wechat_book.connected()
            await run()

        return later

    async def close(self) -> None:
        await self.rasa.close()
        await self.understand.close()
        await self.faq_encoder.close()
        await self.bot_memory.close()
        await self.wechat.close()
        await self.wecom.close()
        self.db.close()


def build_services(settings: Settings, db: Database) -> Services:
    """Wire the parts over an open database; `ConfigError` without a shared secret."""
    if not settings.shared_secret:
        raise ConfigError(
            "BATON_SHARED_SECRET is not set.", remedy="Start with `baton run`, which makes one, or set it yourself."
        )
    pokes, rates = Pokes(), Rates(settings.redis_url, db)
    gateway = Gateway(db, pokes, rates, settings)
    attachments = Attachments(db, rates, settings)
    book = AccountBook(settings, pokes)
    wechat = WechatChannel(settings, db, gateway, pokes, attachments, book)
    wecom = WecomChannel(settings, db, gateway, pokes, attachments, book)
    connected = ConnectedAccounts(db, pokes, wechat.api, wecom.api, book)
    rasa = RasaWorkers(settings.rasa_urls, settings.shared_secret, timeout=settings.turn_timeout)
    transport = transport_for(settings)
    understand = UnderstandClient(settings.actions_url, settings.shared_secret)
    faq_encoder = FaqEncoder(settings.actions_url, settings.shared_secret)
    second_factor = SecondFactor(db, settings)
    probe = Probe(rasa, understand, connected, settings.data_dir)
    wall = Wall(db, pokes, probe, Targets.of(settings))
    return Services(
        settings=settings,
        db=db,
        pokes=pokes,
        gateway=gateway,
        opinions=Opinions(db, pokes, settings),
        attachments=attachments,
        identities=Identities(db, pokes, rates, settings),
        desk=Desk(db, pokes, settings),
        team=TeamDesk(db, pokes, settings),
        dispatcher=Dispatcher(db, pokes, settings),
        verdicts=VerdictDesk(db),
        accounts=AccountService(db, settings, pokes),
        sign_in=SignIn(db, rates, settings, second_factor),
        second_factor=second_factor,
        sessions=Sessions(db, rates),
        trail=AuditTrail(db),
        canned=CannedReplies(db),
        wording=Wording(db),
        casework=Casework(db, pokes),
        wall=wall,
        watch=Watch(wall),
        quality=QualityDesk(db),
        widget=WidgetDesk(db, pokes, settings),
        rasa=rasa,
        understand=understand,
        faq_encoder=faq_encoder,
        editor=_editor(settings, db, faq_encoder),
        history=History(db, Targets.of(settings), settings.faq_dir),
        followups=FollowupLearner(db, settings.data_dir / FILE_NAME, wanted=settings.predicted_followups),
        turn_runner=TurnRunner(db, rasa, pokes, settings),
        mood_reader=MoodReader(db, understand, pokes),
        sweeper=Sweeper(db, pokes, settings.sweep),
        relay=Relay(pokes, transport) if transport else None,
        retention=Retention(db, settings.retention_days),
        bot_memory=BotMemory(db, settings.rasa_urls, settings.actions_url, settings.shared_secret),
        wechat_book=book,
        wechat_accounts=AccountDesk(db, pokes, settings, book, connected),
        wechat=wechat,
        wecom=wecom,
        deliveries=DeliveryWorker(db, pokes, {**wechat.senders, **wecom.senders}),
        media=MediaWorker(db, pokes, {**wechat.sources, **wecom.sources}),
    )


def _editor(settings: Settings, db: Database, encoder: FaqEncoder) -> EditorDesk:
    folder = FaqFolder(settings.faq_dir, settings.data_dir / "faq.lock")
    cases = SavedCases(db, settings.faq_cases)
    return EditorDesk(db, folder, encoder, cases, wechat_wording.from_markdown, commit=settings.faq_commit)


def create_app(services: Services) -> FastAPI:
    """The whole HTTP face. One per process: the console's framework keeps its pages in the process."""
    app = create_api(services)
    LateConsole(
        ConsoleServices(
            desk=services.desk,
            team=services.team,
            verdicts=services.verdicts,
            sign_in=services.sign_in,
            accounts=services.accounts,
            second_factor=services.second_factor,
            sessions=services.sessions,
            trail=services.trail,
            canned=services.canned,
            wording=services.wording,
            casework=services.casework,
            wall=services.wall,
            quality=services.quality,
            widget=services.widget,
            wechat=services.wechat_accounts,
            pokes=services.pokes,
            understand=services.understand,
            targets=Targets.of(services.settings),
            cookie_name=cookie_name(services.settings),
        )
    ).put_on(app)
    return app


def create_api(services: Services) -> FastAPI:
    """Everything but the console: web channel, agent API, widget, demo shop and health."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        workers = asyncio.create_task(services.run())
        workers.add_done_callback(end_process_if_failed)
        yield
        workers.cancel()
        await asyncio.gather(workers, return_exceptions=True)
        await services.close()

    settings, widget = services.settings, services.widget

    def sites() -> frozenset[str]:
        return widget.sites

    # The framework's documentation pages load scripts from the internet; the description itself is ours to serve.
    app = FastAPI(title="Baton", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    problems.install(app)
    app.include_router(
        web_routes.router(services.gateway, services.opinions, services.identities, services.pokes, sites, settings)
    )
    app.include_router(web_files.router(services.gateway, services.attachments, sites))
    app.include_router(agent_files.router(services.desk, services.attachments, services.sign_in, settings))
    app.include_router(web_look.router(widget))
    app.include_router(web_socket.router(services.gateway, services.pokes, sites, settings))
    app.include_router(wechat_routes.router(services.wechat))
    app.include_router(wecom_routes.router(services.wecom, services.gateway, sites))
    app.include_router(
        people_api.router(services.accounts, services.sessions, services.second_factor, services.sign_in, settings)
    )
    app.include_router(texts_api.router(services.canned, services.wording, services.sign_in, settings))
    app.include_router(case_api.router(services.desk, services.casework, services.sign_in, settings))
    app.include_router(team_api.router(services.team, services.sign_in, settings))
    app.include_router(agent_api.router(services.desk, services.sign_in, services.accounts, services.wording, settings))
    app.include_router(verdict_api.router(services.verdicts, services.sign_in, settings))
    app.include_router(wall_api.router(services.wall, services.sign_in, settings))
    app.include_router(wechat_api.router(services.wechat_accounts, services.sign_in, settings))
    app.include_router(quality_api.router(services.quality, services.sign_in, settings))
    app.include_router(editor_api.router(services.editor, services.sign_in, settings))
    app.include_router(history_api.router(services.history, services.sign_in, settings))
    app.include_router(internal.router(services.accounts, services.team, settings.shared_secret or ""))
    app.include_router(health.router(services.db, services.rasa, services.understand))
    app.include_router(metrics.router(services.db, settings.metrics_token))
    _mount_static(app)
    app.add_middleware(BodyLimit, limit=settings.max_body, max_text=settings.max_text)
    app.add_middleware(
        SitesMayRead,
        sites=sites,
        methods=("GET", "POST"),
        headers=("Authorization", "Content-Type", "Accept-Language", "X-File-Name"),
    )
    app.add_middleware(SocketLimit, per_address=settings.sockets_per_address, in_all=settings.sockets_in_all)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(CallbackDoor, channel=services.wechat)
    app.add_middleware(Observe)
    return app


def _mount_static(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    async def shop() -> RedirectResponse:
        return RedirectResponse("/demo/")

    app.include_router(web_script.router(STATIC / "widget.js"))
    app.mount("/demo", StaticFiles(directory=STATIC / "demo", html=True), name="demo")
