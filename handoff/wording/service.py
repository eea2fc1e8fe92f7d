"""Checks an agent's words against the knowledge base's list and the team's own; supervisors may send anyway."""

from __future__ import annotations

from sqlalchemy import Connection

from handoff.clean_text import clean_text
from handoff.conversation import Agent, Role
from handoff.errors import Forbidden, ForbiddenWords, InvalidRequest, NotFound
from handoff.store import audit, wording
from handoff.store.database import Database
from handoff.store.wording import WordingRule
from knowledge_base.lint_words import Forbidden as ForbiddenWord
from knowledge_base.lint_words import forbidden_in, forbidden_words

MAX_WORD = 100
MAX_TEXT = 500
_OVERRULING = (Role.SUPERVISOR, Role.ADMIN)


class Wording:
    """Use-cases of the reply box and of the settings page."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def rules(self) -> list[WordingRule]:
        """The team's rules, then those of the knowledge base that the team did not replace."""
        own = await self._db.read(wording.rules)
        words = {rule.word.casefold() for rule in own}
        shared = (WordingRule(rule.word, rule.use, allowed_in=rule.unless) for rule in forbidden_words())
        return [*own, *(rule for rule in shared if rule.word.casefold() not in words)]

    async def broken(self, text: str) -> list[WordingRule]:
        """The rules that ``text`` breaks."""
        return broken_by(text, await self.rules())

    async def demand(self, agent: Agent, conv_id: str, text: str, *, anyway: bool = False) -> None:
        """Refuse forbidden words with `ForbiddenWords`; a supervisor may send ``anyway``, which the trail keeps."""
        broken = await self.broken(text)
        if not broken:
            return
        words = [rule.word for rule in broken]
        if not anyway or not may_overrule(agent):
            raise ForbiddenWords(words="、".join(words), rules=broken)
        await self._db.write(lambda conn: audit.record(conn, agent.id, "forbidden_words_sent", conv_id, words=words))

    async def save(self, agent: Agent, rule: WordingRule) -> WordingRule:
        """Keep a rule; `InvalidRequest` without word or alternative, `Forbidden` for agents."""
        _may_edit(agent)
        cleaned = WordingRule(
            clean_text(rule.word, MAX_WORD).strip(),
            clean_text(rule.alternative, MAX_TEXT).strip(),
            rule.reason.strip()[:MAX_TEXT],
            tuple(one.strip()[:MAX_TEXT] for one in rule.allowed_in if one.strip()),
            rule.id,
        )
        if not all(cleaned.word.casefold() in one.casefold() for one in cleaned.allowed_in):
            raise InvalidRequest("A text in which the word is allowed has to hold the word.")

        def work(conn: Connection) -> WordingRule:
            saved = wording.put_rule(conn, cleaned, agent.id)
            audit.record(conn, agent.id, "wording_rule_saved", word=saved.word, alternative=saved.alternative)
            return saved

        return await self._db.write(work)

    async def delete(self, agent: Agent, rule_id: str) -> None:
        """Remove a rule of the team; `NotFound` when there is none."""
        _may_edit(agent)

        def work(conn: Connection) -> None:
            word = wording.drop_rule(conn, rule_id)
            if word is None:
                raise NotFound()
            audit.record(conn, agent.id, "wording_rule_deleted", word=word)

        await self._db.write(work)


def broken_by(text: str, rules: list[WordingRule]) -> list[WordingRule]:
    """The rules that a text breaks, in their order."""
    by_word = {rule.word: rule for rule in rules}
    found = forbidden_in(text, [ForbiddenWord(rule.word, rule.alternative, rule.allowed_in) for rule in rules])
    return [by_word[one.word] for one in found]


def may_overrule(agent: Agent) -> bool:
    """Whether the account may send forbidden words all the same."""
    return agent.role in _OVERRULING


def _may_edit(agent: Agent) -> None:
    if agent.role not in _OVERRULING:
        raise Forbidden()
