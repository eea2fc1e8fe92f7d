"""The questions the publish gate asks: the saved file, and what agents and editors confirmed since."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection

from handoff.errors import InvalidRequest
from handoff.insight.faq_confirmed import confirmed_since, is_private
from handoff.store import saved_questions
from handoff.store.database import Database
from knowledge_base.errors import CasesUnreadable
from knowledge_base.models import Entry
from knowledge_base.text import detect_language, normalise

log = structlog.get_logger(__name__)

# How far back agents' answers are read when the service starts; afterwards only what is new.
_FIRST_LOOK = 90 * 86400.0
_OVERLAP = 60.0


class SavedCases:
    """Cases from ``file`` (JSON Lines, may be absent) and from the database, which wins where both know a question."""

    def __init__(self, db: Database, file: Path) -> None:
        self._db = db
        self._file = file
        self._collected_until = 0.0

    async def all(self, entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
        """``{"question", "id", "lang"}`` of every saved question whose entry is known (or that has none)."""
        await self.collect(entries)
        found = {normalise(case["question"]): case for case in self._from_file()}
        for saved in await self._db.read(saved_questions.list_saved):
            case = {"question": saved.question, "id": saved.entry_id, "lang": saved.lang}
            found[normalise(saved.question)] = case
        return [case for case in found.values() if case["id"] is None or case["id"] in entries]

    async def confirm(self, question: str, entry_id: str | None, source: saved_questions.Source, actor: str) -> None:
        """Save a question; `InvalidRequest` when it has no words or may name a customer."""
        key = normalise(question)
        if not key or is_private(question):
            raise InvalidRequest("A saved question needs words, and no numbers or addresses of a customer.")
        words, lang = " ".join(question.split()), detect_language(question)
        await self._db.write(saved_questions.save, key, words, entry_id, lang, source, actor)

    async def collect(self, entries: Mapping[str, Entry]) -> int:
        """Save questions that agents answered with an entry's own text since the last look; how many were new."""
        begun = time.time()
        since = self._collected_until or begun - _FIRST_LOOK
        answers = {normalise(text): e.id for e in entries.values() for text in (e.answer, e.answer_wechat) if text}
        added = await self._db.write(_collect, since - _OVERLAP, answers)
        self._collected_until = begun
        return added

    def _from_file(self) -> list[dict[str, Any]]:
        # With the search and its vectors, which nothing else here needs: each start would pay for them.
        from knowledge_base.evaluate import read_cases

        try:
            if not self._file.is_file():
                return []
            return [{"question": c.question, "id": c.id, "lang": c.lang} for c in read_cases(self._file)]
        except (CasesUnreadable, OSError) as error:
            log.warning("saved_questions_unreadable", error=str(error))
            return []


def _collect(conn: Connection, since: float, answers: Mapping[str, str]) -> int:
    known = saved_questions.saved_keys(conn)
    added = 0
    for found in confirmed_since(conn, since, answers):
        key = normalise(found.question)
        if key not in known:
            saved_questions.save(conn, key, found.question, found.entry_id, found.lang, "agent", found.agent_id)
            known.add(key)
            added += 1
    return added
