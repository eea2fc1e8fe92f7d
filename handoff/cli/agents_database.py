"""The accounts straight in the database, for when no gateway runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from handoff.accounts import AccountService
from handoff.cli.agents import AgentRow
from handoff.conversation import Role
from handoff.errors import DataDirBusy
from handoff.settings import Settings
from handoff.store.database import open_database


class DatabaseAgents:
    """Same calls as `GatewayAgents`, on the account service itself."""

    def __init__(self, accounts: AccountService) -> None:
        self._accounts = accounts

    def list(self) -> list[AgentRow]:
        return [
            AgentRow(agent.name, agent.display_name, agent.role.value, agent.disabled)
            for agent in asyncio.run(self._accounts.list())
        ]

    def add(self, name: str, display_name: str, role: str, password: str) -> None:
        asyncio.run(self._accounts.add(name, display_name, Role(role), password))

    def disable(self, name: str) -> None:
        asyncio.run(self._accounts.disable(name))

    def set_password(self, name: str, password: str) -> None:
        asyncio.run(self._accounts.set_password(name, password))

    def remove_second_factor(self, name: str) -> None:
        asyncio.run(self._accounts.remove_second_factor(name))


@contextlib.contextmanager
def open_database_agents(settings: Settings) -> Iterator[DatabaseAgents]:
    """Lock, open and migrate the database; `DataDirBusy` when a gateway holds it but does not answer."""
    try:
        database = open_database(settings)
    except DataDirBusy as error:
        raise DataDirBusy(
            f"{error.message} It does not answer on {settings.host}:{settings.port}.",
            remedy="Wait until the gateway is ready, or set BATON_HOST, BATON_PORT and the secret as it has them.",
        ) from error
    try:
        yield DatabaseAgents(AccountService(database, settings))
    finally:
        database.close()
