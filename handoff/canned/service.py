"""Who may keep which canned replies; the team's belong to supervisors, each agent keeps own ones."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import yaml
from sqlalchemy import Connection

from handoff.canned.variables import unknown_variables
from handoff.clean_text import clean_text
from handoff.conversation import Agent, Role
from handoff.errors import Forbidden, InvalidRequest, NotFound, ReplyExists, UnknownVariable
from handoff.store import audit, canned
from handoff.store.canned import TEAM, CannedReply
from handoff.store.database import Database

LANGS = ("zh", "en")
MAX_TEXT = 2000
_SHORTCUT = re.compile(r"[^\s/{}]{1,32}")
_FOR_THE_TEAM = (Role.SUPERVISOR, Role.ADMIN)
_STARTER = Path(__file__).with_name("starter.yml")


class CannedReplies:
    """Use-cases of the reply box and of the page of replies."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, agent: Agent) -> list[CannedReply]:
        """The team's replies and the agent's own."""
        return await self._db.read(canned.replies_for, agent.id)

    async def save(self, agent: Agent, reply: CannedReply) -> str:
        """Keep a reply and return its id.

        `InvalidRequest` for a shortcut with blanks, `UnknownVariable` for braces that nothing fills, `ReplyExists`,
        `Forbidden` for a reply of the team from an agent or of a colleague from anyone.
        """
        checked = _checked(reply)

        def work(conn: Connection) -> str:
            known = canned.find_reply(conn, checked.id) if checked.id else None
            if checked.id and known is None:
                raise NotFound()
            for one in (checked, known):
                _may_change(agent, one)
            reply_id = canned.put_reply(conn, checked, agent.id)
            audit.record(conn, agent.id, "canned_reply_saved", shortcut=checked.shortcut, team=checked.owner == TEAM)
            return reply_id

        return await self._db.write(work)

    async def delete(self, agent: Agent, reply_id: str) -> None:
        """Remove a reply; `NotFound` or `Forbidden`."""

        def work(conn: Connection) -> None:
            known = canned.find_reply(conn, reply_id)
            if known is None:
                raise NotFound()
            _may_change(agent, known)
            canned.drop_reply(conn, reply_id)
            audit.record(conn, agent.id, "canned_reply_deleted", shortcut=known.shortcut, team=known.owner == TEAM)

        await self._db.write(work)

    async def add_starter_set(self, agent: Agent) -> int:
        """Give the team the replies that ship with Baton; returns how many were new."""
        if agent.role not in _FOR_THE_TEAM:
            raise Forbidden()

        def work(conn: Connection) -> int:
            added = 0
            for reply in starter_set():
                try:
                    canned.put_reply(conn, reply, agent.id)
                except ReplyExists:
                    continue
                added += 1
            audit.record(conn, agent.id, "canned_starter_added", count=added)
            return added

        return await self._db.write(work)


def starter_set() -> list[CannedReply]:
    """The replies of ``starter.yml``."""
    rows = yaml.safe_load(_STARTER.read_text(encoding="utf-8"))
    return [CannedReply(r["shortcut"], r["text"], r["lang"], r["category"]) for r in rows]


def _checked(reply: CannedReply) -> CannedReply:
    if not _SHORTCUT.fullmatch(reply.shortcut) or reply.lang not in LANGS:
        raise InvalidRequest("A shortcut is 1 to 32 characters without blanks, slashes or braces.")
    text = clean_text(reply.text, MAX_TEXT)
    if unknown := unknown_variables(text):
        raise UnknownVariable(names=", ".join(f"{{{name}}}" for name in unknown))
    return replace(reply, text=text, category=reply.category.strip()[:40])


def _may_change(agent: Agent, reply: CannedReply | None) -> None:
    if reply is None or reply.owner == agent.id:
        return
    if reply.owner != TEAM or agent.role not in _FOR_THE_TEAM:
        raise Forbidden()
