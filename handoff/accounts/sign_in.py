"""Names, passwords and second factors in, sessions out."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.accounts.passwords import DECOY, password_matches
from handoff.accounts.second_factor import SecondFactor
from handoff.conversation import Agent
from handoff.errors import LoginFailed, UnknownAgent
from handoff.rates import Rates
from handoff.settings import Settings
from handoff.store import agent_sessions, agents
from handoff.store.agents import AgentSession
from handoff.store.database import Database


class SignIn:
    """Use-cases of the sign-in page and of every page's check."""

    def __init__(
        self, db: Database, rates: Rates, settings: Settings, second_factor: SecondFactor | None = None
    ) -> None:
        self._db = db
        self._rates = rates
        self._settings = settings
        self._second_factor = second_factor or SecondFactor(db, settings)

    async def login(
        self, name: str, password: str, address: str, *, code: str = "", browser: str = ""
    ) -> tuple[Agent, str, str]:
        """Agent, secret session id and CSRF token.

        `LoginFailed`; `SecondFactorNeeded` or `SecondFactorWrong` once the password was right;
        `TooManyRequests` after ten tries a minute.
        """
        await self._rates.check("login-name", name, amount=10, seconds=60)
        await self._rates.check("login-address", address, amount=30, seconds=60)

        def lookup(conn: Connection) -> tuple[Agent | None, str]:
            try:
                return agents.agent_by_name(conn, name)
            except UnknownAgent:
                return None, DECOY

        agent, hashed = await self._db.read(lookup)
        if not password_matches(hashed, password) or agent is None or agent.disabled:
            raise LoginFailed()
        await self._second_factor.demand(agent, code)

        def begin(conn: Connection) -> tuple[str, str]:
            session_id, csrf = agents.create_session(conn, agent.id, self._settings.agent_idle)
            agent_sessions.describe(conn, session_id, address[:64], browser[:200])
            return session_id, csrf

        return (agent, *await self._db.write(begin))

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
