"""The audit trail as supervisors read it: names instead of ids."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from handoff.store import agents, audit
from handoff.store.audit import AuditEntry
from handoff.store.database import Database

PAGE = 50


@dataclass(frozen=True)
class TrailPage:
    """Entries newest first with the names behind agents' ids; ``more`` says whether older ones follow."""

    entries: list[AuditEntry]
    names: dict[str, str]
    actions: list[str]
    more: bool


class AuditTrail:
    """Use-case of the audit page."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, *, before: tuple[float, str] | None = None, actor: str = "", action: str = "") -> TrailPage:
        def work(conn: Connection) -> TrailPage:
            found = audit.trail(conn, before=before, actor=actor, action=action, limit=PAGE + 1)
            names = {agent.id: agent.display_name for agent in agents.list_agents(conn)}
            return TrailPage(found[:PAGE], names, audit.actions(conn), len(found) > PAGE)

        return await self._db.read(work)
