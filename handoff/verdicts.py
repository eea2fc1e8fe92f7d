"""Agents judge each handoff: right, too early or too late, one click, changeable; the policy report reads it."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.clean_text import clean_text
from handoff.conversation import Agent, Handoff, Role
from handoff.errors import Forbidden, NotFound
from handoff.store import audit, handoffs, verdicts
from handoff.store.append import get_conversation
from handoff.store.database import Database
from handoff.store.verdicts import Judgement, Verdict

MAX_NOTE = 500


class VerdictDesk:
    """Use-cases around verdicts, for the agent API and the console."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def give(self, agent: Agent, handoff_id: str, verdict: Judgement, note: str = "") -> Verdict:
        """Judge a handoff; a later verdict takes the place of the earlier one, both stay in the audit trail.

        `NotFound` for an unknown handoff, `Forbidden` unless the agent took it, holds the conversation, or supervises.
        """
        cleaned = clean_text(note, MAX_NOTE) if note.strip() else ""
        return await self._db.write(_give, agent, handoff_id, verdict, cleaned)

    async def of(self, agent: Agent, handoff_id: str) -> Verdict | None:
        """The verdict that counts now, None while nobody judged; refused as `give` is."""
        return await self._db.read(_of, agent, handoff_id)


def _give(conn: Connection, agent: Agent, handoff_id: str, verdict: Judgement, note: str) -> Verdict:
    handoff = _judged_by(conn, agent, handoff_id)
    before = verdicts.verdict_of(conn, handoff_id)
    if before is None or (before.verdict, before.note, before.agent_id) != (verdict, note, agent.id):
        verdicts.put_verdict(conn, handoff_id, verdict, note, agent.id)
        audit.record(
            conn,
            agent.id,
            "handoff_judged",
            handoff.conv_id,
            handoff=handoff_id,
            verdict=verdict,
            before=before.verdict if before else None,
        )
    given = verdicts.verdict_of(conn, handoff_id)
    if given is None:
        raise NotFound()
    return given


def _of(conn: Connection, agent: Agent, handoff_id: str) -> Verdict | None:
    _judged_by(conn, agent, handoff_id)
    return verdicts.verdict_of(conn, handoff_id)


def _judged_by(conn: Connection, agent: Agent, handoff_id: str) -> Handoff:
    handoff = handoffs.get_handoff(conn, handoff_id)
    if handoff is None:
        raise NotFound()
    holds = get_conversation(conn, handoff.conv_id).owner_agent == agent.id
    if handoff.claimed_by != agent.id and not holds and agent.role not in (Role.SUPERVISOR, Role.ADMIN):
        raise Forbidden()
    return handoff
