"""The job that learns follow-up questions: every few hours, from the ledger into a file the action server reads."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import structlog

from handoff.errors import BatonError
from handoff.insight.faq_steps import steps_since
from handoff.store.database import Database
from knowledge_base.following import DAY, Following

log = structlog.get_logger(__name__)

EVERY = 6 * 3600.0
# Three half-lives: what is older hardly counts.
LOOK_BACK = 90 * DAY
# The start belongs to customers.
FIRST_AFTER = 60.0


class FollowupLearner:
    """Writes ``file``; several gateways over one data folder write the same."""

    def __init__(self, db: Database, file: Path, *, wanted: bool = True) -> None:
        self._db = db
        self._file = file
        self._wanted = wanted

    async def run(self) -> None:
        """Run until cancelled; does nothing when predicted follow-ups are switched off."""
        await asyncio.sleep(FIRST_AFTER)
        while self._wanted:
            try:
                found = await self.learn()
                log.info("followups_learnt", steps=found.steps, entries=len(found.next))
            except (BatonError, OSError) as error:
                log.warning("followups_not_learnt", error=str(error))
            await asyncio.sleep(EVERY)

    async def learn(self) -> Following:
        """One round."""
        begun = time.time()
        steps = await self._db.read(steps_since, begun - LOOK_BACK)
        found = Following.learn(steps, begun)
        await asyncio.to_thread(found.save, self._file)
        return found
