"""Accounts of the team: made, listed, disabled; who may sign in, and with what session."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection

from handoff import queue
from handoff.conversation import Agent, Role
from handoff.errors import InvalidRequest, LoginFailed, UnknownAgent, WeakPassword
from handoff.pokes import QUEUE, Pokes
from handoff.rates import Rates
from handoff.settings import Settings
from handoff.store import agents, audit
from handoff.store.agents import AgentSession
from handoff.store.database import Database

MIN_PASSWORD = 10

_hasher = PasswordHasher()
# Checked when the name is unknown, so that the time taken tells nothing.
_DECOY = _hasher.hash("no account has this password")


def hash_password(password: str) -> str:
    """argon2id hash; `WeakPassword` below ten characters."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword()
    return _hasher.hash(password)


def password_matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


class AccountService:
    """Use-cases of ``baton agent`` and of the sign-in page."""

    def __init__(self, db: Database, settings: Settings, pokes: Pokes | None = None) -> None:
        self._db = db
        self._settings = settings
        self._pokes = pokes or Pokes()

    async def add(self, name: str, display_name: str, role: Role, password: str) -> Agent:
        """Make an account; `AgentExists`, `WeakPassword` or `InvalidRequest` say why not."""
        if not name.strip() or not name.isprintable() or len(name) > 64:
            raise InvalidRequest("An account name is 1 to 64 printable characters.")
        hashed = hash_password(password)

        def work(conn: Connection) -> Agent:
            agent = agents.insert_agent(
                conn,
                name=name.strip(),
                display_name=display_name.strip() or name.strip(),
                role=role,
                password_hash=hashed,
                cap=self._settings.agent_capacity,
            )
            audit.record(conn, "operator", "agent_added", name=agent.name, role=str(role))
            return agent

        return await self._db.write(work)

    async def list(self) -> list[Agent]:
        return await self._db.read(agents.list_agents)

    async def disable(self, name: str) -> Agent:
        """Sign the account out everywhere and give its customers back to the queue, in one step."""

        def work(conn: Connection) -> tuple[Agent, list[str]]:
            agent, _ = agents.agent_by_name(conn, name)
            agents.end_sessions_of(conn, agent.id)
            requeued = queue.requeue_all_of(conn, agent.id)
            agents.update_agent(conn, agent.id, disabled=True)
            audit.record(conn, "operator", "agent_disabled", name=name)
            return agents.agent_by_id(conn, agent.id), requeued

        agent, requeued = await self._db.write(work)
        self._pokes.poke(QUEUE, *requeued)
        return agent

    async def set_password(self, name: str, password: str) -> Agent:
        """A new password; every session of the account ends. The account is enabled again if it was not."""
        hashed = hash_password(password)

        def work(conn: Connection) -> Agent:
            agent, _ = agents.agent_by_name(conn, name)
            agents.update_agent(conn, agent.id, password_hash=hashed, disabled=False)
            agents.end_sessions_of(conn, agent.id)
            audit.record(conn, "operator", "agent_password_set", name=name)
            return agents.agent_by_id(conn, agent.id)

        return await self._db.write(work)


class SignIn:
    """Names and passwords in, sessions out."""

    def __init__(self, db: Database, rates: Rates, settings: Settings) -> None:
        self._db = db
        self._rates = rates
        self._settings = settings

    async def login(self, name: str, password: str, address: str) -> tuple[Agent, str, str]:
        """Agent, secret session id and CSRF token; `LoginFailed`, or `TooManyRequests` after ten tries a minute."""
        self._rates.check("login-name", name, amount=10, seconds=60)
        self._rates.check("login-address", address, amount=30, seconds=60)

        def lookup(conn: Connection) -> tuple[Agent | None, str]:
            try:
                return agents.agent_by_name(conn, name)
            except UnknownAgent:
                return None, _DECOY

        agent, hashed = await self._db.read(lookup)
        if not password_matches(hashed, password) or agent is None or agent.disabled:
            raise LoginFailed()
        session_id, csrf = await self._db.write(agents.create_session, agent.id, self._settings.agent_idle)
        return agent, session_id, csrf

    async def session(self, session_id: str | None) -> AgentSession | None:
        """The live session behind a cookie; its end slides forward."""
        if not session_id:
            return None

        def work(conn: Connection) -> AgentSession | None:
            found = agents.find_session(conn, session_id)
            if found is not None:
                agents.touch_session(conn, session_id, self._settings.agent_idle)
            return found

        return await self._db.write(work)

    async def check(self, session_id: str) -> AgentSession | None:
        """Like `session`, without sliding: for pages that ask again by themselves."""
        return await self._db.read(agents.find_session, session_id)

    async def logout(self, session_id: str) -> None:
        await self._db.write(agents.end_session, session_id)
