"""The real gateway application and the platform simulator, talking over real HTTP on the loopback."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Connection, delete, text

from handoff.app import Services, build_services, create_api
from handoff.conversation import Agent, Conversation, Event, Role
from handoff.settings import Settings
from handoff.store import customers, protection, wechat, wechat_intake, wecom
from handoff.store import tables as t
from handoff.store.append import events_since
from handoff.store.database import open_database
from handoff.wechat_sim.app import create_sim
from handoff.wechat_sim.people import People
from handoff.wechat_sim.platform import Person, Platform
from handoff.wechat_sim.settings import sim_accounts
from tests.integration.handoff.conftest import ScriptedBot, echo, migrated_database
from tests.support.processes import free_port

__all__ = ["free_port", "migrated_database"]

PASSWORD = "correct horse battery"
ACCOUNTS = f"""
[shop]
app_id = "wxshop"
original_id = "gh_shop"
token = "shoptoken"
aes_key = "{"A" * 43}"
secret = "shop-app-secret"
[shop.menu]
PERSON = "转人工"

[club]
app_id = "wxclub"
original_id = "gh_club"
token = "clubtoken"
aes_key = "{"B" * 42}A"
verified = false

[mini]
kind = "mini"
app_id = "wxmini"
original_id = "gh_mini"
token = "minitoken"
aes_key = "{"C" * 42}A"
secret = "mini-app-secret"

[old]
app_id = "wxold"
token = "oldtoken"
secret = "old-app-secret"
allow_plain = true

[service]
kind = "kf"
corp_id = "wwcorp"
open_kfids = ["wkservice"]
token = "kftoken"
aes_key = "{"D" * 42}A"
secret = "kf-app-secret"
"""


@contextlib.asynccontextmanager
async def serving(app: FastAPI, port: int) -> AsyncIterator[None]:
    """The application on a port, in this event loop."""
    config = uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def until(look: Callable[[], Any], timeout: float = 10.0) -> Any:
    """The first true value of ``look()``; TimeoutError after ``timeout`` seconds."""
    async with asyncio.timeout(timeout):
        while True:
            found = look()
            value = await found if isinstance(found, Awaitable) else found
            if value:
                return value
            await asyncio.sleep(0.02)


@dataclass
class Wechat:
    """Both sides of a conversation on WeChat."""

    services: Services
    platform: Platform
    people: People
    bot: ScriptedBot
    gateway_url: str

    def person(self, name: str = "shop", **changes: Any) -> Person:
        return self.platform.person(replace(self.platform.account_named(name), **changes))

    def shown(self, person: Person, side: str = "account") -> list[str]:
        return [line.text for line in person.phone if line.side == side]

    async def told(self, person: Person, count: int = 1) -> list[str]:
        """What the account said, as soon as there are ``count`` lines."""
        await until(lambda: len(self.shown(person)) >= count)
        return self.shown(person)

    async def settled(self) -> None:
        """As soon as everything that was acknowledged stands in its conversation."""

        async def nothing_waits() -> bool:
            return not await self.services.db.read(wechat_intake.anything_waiting)

        await until(nothing_waits, 30.0)

    async def conversation(self, person: Person) -> Conversation:
        def look(conn: Any) -> Conversation:
            contact = wechat.find_contact(conn, person.account.app_id, person.openid)
            assert contact is not None
            channel = "wecom" if person.account.corp_id else "wechat"
            linked = wecom.linked_conversation(conn, contact.customer_id, channel)
            return linked or customers.open_conversation(conn, contact.customer_id, channel, "zh")

        await self.settled()
        return await self.services.db.write(look)

    async def events(self, person: Person) -> list[Event]:
        conversation = await self.conversation(person)
        return await self.services.db.read(events_since, conversation.id, 0, internal=True)

    async def notes(self, person: Person) -> list[str]:
        found = await self.events(person)
        return [event.payload["meta"]["code"] for event in found if event.kind == "note"]

    async def agent(self) -> Agent:
        return await self.services.accounts.add("ming", "小明", Role.AGENT, PASSWORD)

    async def held(self, person: Person, agent: Agent) -> Conversation:
        """The person's conversation, asked for and taken by the agent."""
        conversation = await self.conversation(person)
        await self.services.gateway.ask_for_person(conversation.id, "ask")
        items = (await self.services.desk.queue()).items
        handoff = next(item.handoff_id for item in items if item.conv_id == conversation.id)
        return await self.services.desk.claim(agent, handoff)

    async def reply(self, agent: Agent, conversation: Conversation, text: str) -> Event:
        return await self.services.desk.reply(agent, conversation.id, conversation.fence, f"r-{text}", text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_world(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> AsyncIterator[Wechat]:
    """Both applications, started once for each file of tests: starting takes longer than most tests."""
    folder = tmp_path_factory.mktemp("wechat")
    shutil.copy(migrated_database, folder / "baton.db")
    accounts = folder / "wechat.toml"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    accounts.chmod(0o600)
    gateway_port, sim_port = free_port(), free_port()
    gateway_url = f"http://127.0.0.1:{gateway_port}"
    settings = Settings(
        data_dir=folder,
        shared_secret="test-secret",
        wechat_accounts=str(accounts),
        wechat_api=f"http://127.0.0.1:{sim_port}",
        wecom_api=f"http://127.0.0.1:{sim_port}",
        wechat_passive_hold=0.5,
        # Nobody listens there: the tests bring their own bot and no mood reader.
        actions_url="http://127.0.0.1:9",
    )
    services = build_services(settings, open_database(settings))
    bot = ScriptedBot()
    services.turn_runner._bot = bot
    platform = Platform(sim_accounts(str(accounts), gateway_url), timeout=0.8)
    async with (
        serving(create_sim(platform), sim_port),
        serving(create_api(services), gateway_port),
        httpx.AsyncClient(trust_env=False, timeout=None) as http,
    ):
        yield Wechat(services, platform, People(platform, http), bot, gateway_url)


@pytest_asyncio.fixture(loop_scope="module")
async def world(shared_world: Wechat) -> Wechat:
    """The shared world with nobody in it and nothing said."""
    services, platform, bot = shared_world.services, shared_world.platform, shared_world.bot

    def empty(conn: Connection) -> None:
        for guard in protection.GUARDS:
            conn.execute(text(f"DROP TRIGGER IF EXISTS {guard.name}"))
        for table in reversed(t.metadata.sorted_tables):
            if table is not t.meta:
                conn.execute(delete(table))
        protection.ensure(conn)

    await services.db.write(empty)
    bot.asked, bot.script = [], echo
    platform.start_over(sim_accounts(services.settings.wechat_accounts, shared_world.gateway_url))
    return shared_world
