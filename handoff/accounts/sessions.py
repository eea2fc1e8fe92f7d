"""What a signed-in person does with the own account: password, sessions; and administrators with anyone's sessions."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.accounts.passwords import hash_password, password_matches
from handoff.conversation import Agent
from handoff.errors import NotFound, PasswordWrong
from handoff.rates import Rates
from handoff.store import agent_sessions, agents, audit
from handoff.store.agent_sessions import OpenSession
from handoff.store.database import Database


class Sessions:
    """Use-cases of the account page and, for administrators, of the page of people."""

    def __init__(self, db: Database, rates: Rates) -> None:
        self._db = db
        self._rates = rates

    async def change_password(self, agent: Agent, session_id: str, old: str, new: str) -> None:
        """The own password; every other session of the account ends. `PasswordWrong` or `WeakPassword`."""
        await self._rates.check("password-change", agent.id, amount=10, seconds=60)
        _, hashed = await self._db.read(agents.agent_by_name, agent.name)
        if not password_matches(hashed, old):
            raise PasswordWrong()
        fresh = hash_password(new)

        def work(conn: Connection) -> None:
            agents.update_agent(conn, agent.id, password_hash=fresh)
            agent_sessions.revoke_others(conn, agent.id, session_id)
            audit.record(conn, agent.id, "own_password_changed", name=agent.name)

        await self._db.write(work)

    async def list(self, agent_id: str, current: str | None = None) -> list[OpenSession]:
        """Live sessions of an account, newest use first; ``current`` marks the asker's own."""
        return await self._db.read(agent_sessions.sessions_of, agent_id, current)

    async def revoke(self, actor: Agent, agent_id: str, session: str) -> None:
        """End one session of an account; `NotFound` when it has ended already."""

        def work(conn: Connection) -> None:
            if not agent_sessions.revoke(conn, agent_id, session):
                raise NotFound()
            audit.record(conn, actor.id, "session_revoked", agent=agent_id)

        await self._db.write(work)

    async def revoke_others(self, agent: Agent, session_id: str) -> None:
        """End every session of the own account but this one."""

        def work(conn: Connection) -> None:
            agent_sessions.revoke_others(conn, agent.id, session_id)
            audit.record(conn, agent.id, "other_sessions_revoked", name=agent.name)

        await self._db.write(work)
