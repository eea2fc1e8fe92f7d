"""Asks the processes beside the gateway how they are, at most every few seconds however many walls hang."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from handoff.rasa_workers import WorkerState
from handoff.store.wechat_accounts import AccountHealth
from handoff.wall.facts import Health, Index
from knowledge_base.errors import KnowledgeBaseError

FRESH = 5.0
HOUR = 3600.0


class Workers(Protocol):
    """The dialogue engines."""

    async def states(self) -> list[WorkerState]: ...


class Understanding(Protocol):
    """The action server."""

    async def readiness(self) -> tuple[bool, int | None]: ...


class Accounts(Protocol):
    """The connected WeChat accounts."""

    async def health(self) -> list[AccountHealth]: ...


class Probe:
    """``data_dir`` holds the index and is the disk that fills up."""

    def __init__(self, workers: Workers, understanding: Understanding, accounts: Accounts, data_dir: Path) -> None:
        self._workers, self._understanding, self._accounts = workers, understanding, accounts
        self._data_dir = data_dir
        self._asking = asyncio.Lock()
        self._known: Health | None = None
        self._known_at = float("-inf")
        self._refused: deque[tuple[float, dict[str, int]]] = deque()
        self._answered: set[str] = set()

    async def look(self) -> Health:
        """How everything is, at most `FRESH` seconds old; `StorageUnavailable` when the database cannot be read."""
        async with self._asking:
            if self._known is None or time.monotonic() - self._known_at > FRESH:
                self._known = await self._ask()
                self._known_at = time.monotonic()
            return self._known

    async def _ask(self) -> Health:
        workers, (actions, entries), accounts = await asyncio.gather(
            self._workers.states(), self._understanding.readiness(), self._accounts.health()
        )
        disk = await asyncio.to_thread(shutil.disk_usage, self._data_dir)
        return Health(
            workers=tuple(replace(one, healthy=self._steady(one.url, one.healthy)) for one in workers),
            actions=self._steady("actions", actions),
            index=await asyncio.to_thread(index_of, self._data_dir / "index", entries),
            disk_free=disk.free,
            disk_size=disk.total,
            accounts=tuple(accounts),
            over_quota=self._lately_refused(accounts),
        )

    def _steady(self, name: str, answers: bool) -> bool:
        """One answer missed by a process that gave the one before is no alarm yet: it may only be busy."""
        steady = answers or name in self._answered
        (self._answered.add if answers else self._answered.discard)(name)
        return steady

    def _lately_refused(self, accounts: Sequence[AccountHealth]) -> dict[str, int]:
        """The platform's refusals are counted for ever; what matters is how many came since an hour ago."""
        at = time.monotonic()
        counts = {one.app_id: one.quota_errors for one in accounts}
        self._refused.append((at, counts))
        while self._refused[0][0] < at - HOUR:
            self._refused.popleft()
        before = self._refused[0][1]
        return {app_id: max(0, number - before.get(app_id, number)) for app_id, number in counts.items()}


def index_of(index_dir: Path, entries: int | None) -> Index | None:
    """The index on disk; None where there is none and nobody says how many entries are searched."""
    # With vectors and numbers, which nothing else here needs: each start would pay for them.
    from knowledge_base.index import current_version

    try:
        folder = current_version(index_dir)
        return Index(folder.name, folder.stat().st_mtime, entries)
    except (KnowledgeBaseError, OSError):
        # Kept on another machine: the action server's own word is all there is.
        return Index("", None, entries) if entries is not None else None
