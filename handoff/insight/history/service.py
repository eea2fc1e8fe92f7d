"""What supervisors may ask of the history: a report, the rows behind a figure, and both as files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from handoff.conversation import Agent, Role
from handoff.errors import Forbidden
from handoff.insight.history.behind import PAGE, BehindPage, Which, figure_of, rows_behind
from handoff.insight.history.facts import Question
from handoff.insight.history.period import chosen_period
from handoff.insight.history.report import Report, earlier_totals, make_report
from handoff.insight.history.rows import Scope
from handoff.insight.targets import Targets
from handoff.store import audit
from handoff.store.business_hours import current_hours
from handoff.store.clock import read_clock
from handoff.store.database import Database
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.markdown import FolderReader

log = structlog.get_logger(__name__)

T = TypeVar("T")
P = ParamSpec("P")

# Looks of the history under way in one gateway. Each holds a reading thread for seconds, and customers' pages read by
# the same few: more supervisors wait for each other, and for nobody else.
AT_ONCE = 2
WATCHERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
# Rows of one exported list; more do not help anybody, and the file is made in memory.
MOST_EXPORTED = 50_000


@dataclass(frozen=True)
class Asked:
    """The period (its dates only for ``custom``), what to break the figures down by, and what to narrow them to."""

    period: str = "7d"
    first: str = ""
    last: str = ""
    by: str = "day"
    where: Mapping[str, str] = field(default_factory=dict)


def scope_of(conn: Connection, asked: Asked, targets: Targets, categories: Mapping[str, str]) -> Scope:
    """What is asked, by the database's clock and in the zone of the business calendar; `BadPeriod`."""
    now, zone = read_clock(conn), current_hours(conn).of(None).zone
    period = chosen_period(asked.period, zone, now, asked.first, asked.last)
    return Scope(Question(period, targets, now), categories, asked.where)


class Categories:
    """The category of each FAQ entry, as the files say now; files with mistakes give what can be read of them.

    While the folder cannot be read, the categories are those of the last look: figures must not wait for a disk.
    """

    def __init__(self, faq_dir: Path) -> None:
        self._reader = FolderReader(faq_dir)
        self._known: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        """Category by entry id; entries without one are left out."""
        try:
            entries = [entry for file in self._reader.files() for entry in file.entries]
        except KnowledgeBaseError as error:
            log.warning("faq_categories_unread", error=str(error))
            return self._known
        self._known = {entry.id: entry.category for entry in entries if entry.category}
        return self._known


class History:
    """Use-cases of the history; only supervisors and administrators, `Forbidden` for others."""

    def __init__(self, db: Database, targets: Targets, faq_dir: Path) -> None:
        self._db = db
        self._targets = targets
        self._categories = Categories(faq_dir)
        self._lane = asyncio.Semaphore(AT_ONCE)

    async def report(self, agent: Agent, asked: Asked) -> Report:
        """Every figure of the period. `BadPeriod`, or `InvalidRequest` for an unknown dimension."""
        scope = await self._scope(agent, asked)
        # Two looks at once: what was before does not change with what is counted beside it.
        earlier, report = await asyncio.gather(
            self._look(earlier_totals, scope), self._look(make_report, scope, asked.by, {})
        )
        return replace(report, earlier=earlier)

    async def behind(
        self, agent: Agent, asked: Asked, key: str, which: Which = "counted", *, limit: int = PAGE, offset: int = 0
    ) -> BehindPage:
        """Rows behind the figure ``key``; `InvalidRequest` when there is no such figure."""
        figure, scope = figure_of(key), await self._scope(agent, asked)
        return await self._look(rows_behind, scope, figure, which, limit=limit, offset=offset)

    async def zone(self) -> ZoneInfo:
        """The zone of the business calendar, in which days begin and times are written."""
        return await self._db.read(lambda conn: current_hours(conn).of(None).zone)

    async def note_export(self, agent: Agent, asked: Asked, what: str, form: str) -> None:
        """Write into the audit trail that figures or lists left the system."""

        def work(conn: Connection) -> None:
            details = {"what": what, "form": form, "period": asked.period, "by": asked.by}
            days = {"first": asked.first, "last": asked.last} if asked.first else {}
            audit.record(conn, agent.id, "history_exported", None, **details, **days)

        await self._db.write(work)

    async def _look(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._lane:
            return await self._db.read(work, *args, **kwargs)

    async def _scope(self, agent: Agent, asked: Asked) -> Scope:
        if agent.role not in WATCHERS:
            raise Forbidden()
        categories = await asyncio.to_thread(self._categories.read)
        return await self._db.read(scope_of, asked, self._targets, categories)
