"""Every invariant of the database as a question that finds the rows which break it; asked by `baton ledger check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from handoff.store.check import conversations, handoffs, life, schema
from handoff.store.check.breach import Breach

RULES = (*schema.RULES, *conversations.RULES, *handoffs.RULES, *life.RULES)


@dataclass(frozen=True)
class Verdict:
    """What was looked at and what is wrong; ``counts`` are rows of each kind."""

    rules: tuple[str, ...]
    counts: dict[str, int]
    breaches: tuple[Breach, ...]

    @property
    def sound(self) -> bool:
        return not self.breaches


def check(conn: Connection, limit: int = 1000) -> Verdict:
    """Ask every question on the caller's one snapshot; at most ``limit`` breaches of each rule are named."""
    return Verdict(
        rules=tuple(rule.name for rule in RULES),
        counts=schema.counts(conn),
        breaches=tuple(_breaches(conn, limit)),
    )


def _breaches(conn: Connection, limit: int) -> Iterator[Breach]:
    for rule in RULES:
        for number, breach in enumerate(rule.find(conn)):
            if number == limit:
                break
            yield Breach(rule.name, breach.row, breach.detail)
