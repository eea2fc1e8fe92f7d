"""A real database and the parts over it; the bot is a script that each test writes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection, text, update

from handoff.accounts import AccountService, SignIn
from handoff.conversation import Agent, Conversation, Event, Handoff, HandoffRequest, Role
from handoff.desk import Desk
from handoff.gateway import Gateway
from handoff.pokes import Pokes
from handoff.queue import open_handoff
from handoff.rasa import Answer, HandoffModel, MoodModel, Reply, TurnRequest
from handoff.rates import Rates
from handoff.routing.dispatcher import Dispatcher
from handoff.routing.rules import Rules
from handoff.settings import Settings
from handoff.store import migrate, protection
from handoff.store import tables as t
from handoff.store.agents import insert_agent, set_routing
from handoff.store.append import events_since, get_conversation
from handoff.store.database import Database, open_database
from handoff.store.handoffs import handoffs_of
from handoff.store.ledger import lines_of
from handoff.team_desk import TeamDesk
from handoff.turns import TurnRunner
from tests.support.postgres import PostgresServer

PASSWORD = "correct horse battery"

# Every column that says when something happened.
_TIMES = {
    t.handoff: ("queued_at", "claimed_at", "first_claimed_at", "offer_until", "ended_at"),
    t.handoff_event: ("at",),
    t.event: ("created_at",),
    t.turn: ("created_at", "not_before"),
    t.presence: ("since", "lease_until"),
    t.handoff_refusal: ("at",),
    t.attention: ("at",),
    t.left_message: ("created_at",),
}


class ScriptedBot:
    """Answers turns by the function given; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[TurnRequest] = []
        self.script: Callable[[TurnRequest], Awaitable[Answer]] = echo

    async def turn(self, request: TurnRequest) -> Answer:
        self.asked.append(request)
        return await self.script(request)


async def echo(request: TurnRequest) -> Answer:
    return answer(request, f"echo {request.text}")


def answer(request: TurnRequest, *texts: str, handoff: str | None = None) -> Answer:
    return Answer(
        turn_id=request.turn_id,
        messages=[Reply(text=text) for text in texts],
        handoff=HandoffModel(reason=handoff, priority=1) if handoff else None,
        mood=MoodModel(valence=0.5, anger=0.1, urgency=0.1, label="neutral"),
    )


@dataclass
class World:
    settings: Settings
    db: Database
    pokes: Pokes
    gateway: Gateway
    desk: Desk
    accounts: AccountService
    sign_in: SignIn
    bot: ScriptedBot
    runner: TurnRunner
    team: TeamDesk
    dispatcher: Dispatcher
    agents: dict[str, Agent] = field(default_factory=dict)

    async def customer(self, lang: str = "zh") -> Conversation:
        return (await self.gateway.start("web", lang, "test")).conversation

    async def say(self, conv: Conversation, text: str, client_msg_id: str | None = None) -> Event:
        return await self.gateway.accept(conv.id, client_msg_id or uuid.uuid4().hex, text)

    async def agent(self, name: str, role: Role = Role.AGENT) -> Agent:
        agent = await self.accounts.add(name, name.title(), role, PASSWORD)
        self.agents[name] = agent
        return agent

    async def colleague(
        self,
        name: str,
        *,
        skills: Sequence[str] = (),
        langs: Sequence[str] = (),
        cap: int = 5,
        role: Role = Role.AGENT,
        here: bool = True,
    ) -> Agent:
        """An account made without the slow hashing of a password, at the desk if ``here``."""

        def work(conn: Connection) -> Agent:
            made = insert_agent(conn, name=name, display_name=name.title(), role=role, password_hash="-", cap=cap)
            return set_routing(conn, made.id, skills=skills, langs=langs, cap=cap)

        agent = await self.db.write(work)
        if here:
            await self.team.heartbeat(agent)
        return agent

    async def pass_time(self, seconds: float, *, keep_here: bool = True) -> None:
        """Let time pass: everything the database remembers happened ``seconds`` earlier.

        Agents stay at their desks unless ``keep_here`` is False: then no heartbeat came meanwhile.
        """

        def work(conn: Connection) -> None:
            # History cannot be rewritten, except by whoever takes its guard away first.
            for guard, table_name in (("event_fixed", "event"), ("handoff_event_no_update", "handoff_event")):
                on_table = "" if conn.dialect.name == "sqlite" else f" ON {table_name}"
                conn.execute(text(f"DROP TRIGGER {guard}{on_table}"))
            for table, names in _TIMES.items():
                if table is not t.presence or not keep_here:
                    conn.execute(update(table).values({name: table.c[name] - seconds for name in names}))
            protection.ensure(conn)

        await self.db.write(work)

    async def handoff(self, conv: Conversation) -> Handoff:
        """The conversation's latest handoff, open or ended."""
        return (await self.db.read(handoffs_of, conv.id))[-1]

    async def steps(self, conv: Conversation) -> list[str]:
        """What the ledger says of it."""
        handoff = await self.handoff(conv)
        return [str(line.kind) for line in await self.db.read(lines_of, handoff.id)]

    async def notices(self, conv: Conversation) -> list[str]:
        """Codes of what the system told the customer."""
        return [e.payload["meta"]["code"] for e in await self.events(conv) if e.kind == "notice"]

    async def queued(
        self, reason: str = "angry", priority: int = 0, *, skill: str | None = None, lang: str = "zh"
    ) -> Conversation:
        conv = await self.customer(lang)
        request = HandoffRequest(reason, "test", priority, skill)
        await self.db.write(open_handoff, conv, request, Rules.of(self.settings))
        return await self.now(conv)

    async def handoff_id(self, conv: Conversation) -> str:
        items = (await self.desk.queue()).items
        return next(item.handoff_id for item in items if item.conv_id == conv.id)

    async def held(self, agent: Agent) -> Conversation:
        conv = await self.queued()
        return await self.desk.claim(agent, await self.handoff_id(conv))

    async def now(self, conv: Conversation) -> Conversation:
        return await self.db.read(get_conversation, conv.id)

    async def events(self, conv: Conversation, *, internal: bool = False) -> list[Event]:
        return await self.db.read(events_since, conv.id, 0, internal=internal)

    async def settled(self, conv: Conversation, count: int, timeout: float = 10.0) -> list[Event]:
        """Events of the conversation as soon as there are ``count`` of them."""
        async with asyncio.timeout(timeout):
            while len(events := await self.events(conv, internal=True)) < count:
                await asyncio.sleep(0.02)
        return events

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The turn runner at work."""
        task = asyncio.create_task(self.runner.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def make_world(settings: Settings) -> World:
    db, pokes, rates, bot = open_database(settings), Pokes(), Rates(), ScriptedBot()
    return World(
        settings=settings,
        db=db,
        pokes=pokes,
        gateway=Gateway(db, pokes, rates, settings),
        desk=Desk(db, pokes, settings),
        accounts=AccountService(db, settings, pokes),
        sign_in=SignIn(db, rates, settings),
        bot=bot,
        runner=TurnRunner(db, bot, pokes, settings),
        team=TeamDesk(db, pokes, settings),
        dispatcher=Dispatcher(db, pokes, settings),
    )


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest schema, made once: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("template")
    open_database(Settings(data_dir=folder)).close()
    return folder / "baton.db"


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """The same on PostgreSQL: name of a template."""
    name = f"baton_template_{uuid.uuid4().hex[:8]}"  # another folder's conftest may make one of its own
    postgres.execute(f"CREATE DATABASE {name}")
    migrate.upgrade(postgres.url(name))
    return name


# BATON_TEST_DATABASE=postgresql runs everything on PostgreSQL that is not marked for one database or both.
@pytest.fixture(params=[os.environ.get("BATON_TEST_DATABASE", "sqlite")])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh database at the newest schema; `ON_BOTH` runs a module's tests on SQLite and PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_database"), tmp_path / "baton.db")
        yield f"sqlite:///{tmp_path / 'baton.db'}"
        return
    template = request.getfixturevalue("migrated_postgres")
    with request.getfixturevalue("postgres").database(template) as url:
        yield url


# Mark of a module whose tests every database must pass: `pytestmark = ON_BOTH`.
ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        shared_secret="test-secret",
        message_burst=1000,
        max_unanswered=1000,
        rasa_url="http://127.0.0.1:9",
        actions_url="http://127.0.0.1:9",
    )


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    made = make_world(settings)
    yield made
    made.db.close()
