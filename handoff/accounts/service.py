"""What administrators and `baton agent` do with the accounts of the team."""

from __future__ import annotations

import builtins
from collections.abc import Callable

from sqlalchemy import Connection

from handoff import queue
from handoff.accounts.passwords import hash_password
from handoff.conversation import Agent, Role
from handoff.errors import InvalidRequest, LastAdmin
from handoff.pokes import QUEUE, Pokes
from handoff.settings import Settings
from handoff.store import agents, audit, second_factors
from handoff.store.database import Database

OPERATOR = "operator"


class AccountService:
    """Use-cases of ``baton agent`` and of the page of people; ``actor`` is the account that asks."""

    def __init__(self, db: Database, settings: Settings, pokes: Pokes | None = None) -> None:
        self._db = db
        self._settings = settings
        self._pokes = pokes or Pokes()

    async def add(self, name: str, display_name: str, role: Role, password: str, *, actor: str = OPERATOR) -> Agent:
        """Make an account; `AgentExists`, `WeakPassword` or `InvalidRequest` say why not."""
        name, shown = checked_name(name), checked_display(display_name or name)
        hashed = hash_password(password)

        def work(conn: Connection) -> Agent:
            agent = agents.insert_agent(
                conn,
                name=name,
                display_name=shown,
                role=role,
                password_hash=hashed,
                cap=self._settings.agent_capacity,
            )
            audit.record(conn, actor, "agent_added", name=agent.name, role=str(role))
            return agent

        return await self._db.write(work)

    async def list(self) -> builtins.list[Agent]:
        return await self._db.read(agents.list_agents)

    async def get(self, name: str) -> Agent:
        """The account of that name; `UnknownAgent` when there is none."""
        return (await self._db.read(agents.agent_by_name, name))[0]

    async def second_factors(self) -> set[str]:
        """Ids of the accounts that sign in with a second factor."""
        return await self._db.read(second_factors.agents_with)

    async def disable(self, name: str, *, actor: str = OPERATOR) -> Agent:
        """Sign the account out everywhere and give its customers back to the queue, in one step.

        `LastAdmin` when nobody could administer the installation afterwards.
        """

        def work(conn: Connection) -> tuple[Agent, list[str]]:
            agent, _ = agents.agent_by_name(conn, name)
            if agent.role is Role.ADMIN:
                _another_admin(conn, agent)
            agents.end_sessions_of(conn, agent.id)
            requeued = queue.requeue_all_of(conn, agent.id)
            agents.update_agent(conn, agent.id, disabled=True)
            audit.record(conn, actor, "agent_disabled", name=name)
            return agents.agent_by_id(conn, agent.id), requeued

        agent, requeued = await self._db.write(work)
        self._pokes.poke(QUEUE, *requeued)
        return agent

    async def enable(self, name: str, *, actor: str = OPERATOR) -> Agent:
        """Let a disabled account sign in again, with the password it had."""
        return await self._change(name, actor, "agent_enabled", lambda agent: {"disabled": False})

    async def set_password(self, name: str, password: str, *, actor: str = OPERATOR) -> Agent:
        """A new password; every session of the account ends. The account is enabled again if it was not."""
        hashed = hash_password(password)

        def work(conn: Connection) -> Agent:
            agent, _ = agents.agent_by_name(conn, name)
            agents.update_agent(conn, agent.id, password_hash=hashed, disabled=False)
            agents.end_sessions_of(conn, agent.id)
            audit.record(conn, actor, "agent_password_set", name=name)
            return agents.agent_by_id(conn, agent.id)

        return await self._db.write(work)

    async def rename(self, name: str, display_name: str, *, actor: str = OPERATOR) -> Agent:
        """The name that customers and colleagues read."""
        shown = checked_display(display_name)
        return await self._change(name, actor, "agent_renamed", lambda agent: {"display_name": shown})

    async def set_role(self, name: str, role: Role, *, actor: str = OPERATOR) -> Agent:
        """Another role, at once; `LastAdmin` for the only administrator."""
        return await self._change(name, actor, "agent_role_set", lambda agent: {"role": role}, admin_stays=True)

    async def remove_second_factor(self, name: str, *, actor: str = OPERATOR) -> Agent:
        """For somebody who lost the device: the password alone signs in until a new device is set up."""

        def work(conn: Connection) -> Agent:
            agent, _ = agents.agent_by_name(conn, name)
            second_factors.remove(conn, agent.id)
            audit.record(conn, actor, "second_factor_removed", name=name)
            return agent

        return await self._db.write(work)

    async def _change(
        self,
        name: str,
        actor: str,
        action: str,
        values: Callable[[Agent], dict[str, object]],
        *,
        admin_stays: bool = False,
    ) -> Agent:
        def work(conn: Connection) -> Agent:
            agent, _ = agents.agent_by_name(conn, name)
            changed = values(agent)
            if admin_stays and agent.role is Role.ADMIN and changed.get("role") is not Role.ADMIN:
                _another_admin(conn, agent)
            agents.update_agent(conn, agent.id, **changed)
            audit.record(conn, actor, action, name=name, **{key: str(value) for key, value in changed.items()})
            return agents.agent_by_id(conn, agent.id)

        changed = await self._db.write(work)
        self._pokes.poke(QUEUE)
        return changed


def checked_name(name: str) -> str:
    """The trimmed account name; `InvalidRequest` when nobody could sign in with it."""
    trimmed = name.strip()
    if not trimmed or not name.isprintable() or len(name) > 64:
        raise InvalidRequest("An account name is 1 to 64 printable characters.")
    return trimmed


def checked_display(display_name: str) -> str:
    """The trimmed name for people; `InvalidRequest` when it cannot be shown."""
    trimmed = display_name.strip()
    if not trimmed or not trimmed.isprintable() or len(trimmed) > 64:
        raise InvalidRequest("A displayed name is 1 to 64 printable characters.")
    return trimmed


def _another_admin(conn: Connection, agent: Agent) -> None:
    others = [a for a in agents.list_agents(conn) if a.role is Role.ADMIN and not a.disabled and a.id != agent.id]
    if not others and not agent.disabled:
        raise LastAdmin()
