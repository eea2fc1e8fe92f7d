"""What a rule is and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Breach:
    """One row that breaks ``rule``: its key (``table`` and ids) and what is wrong with it."""

    rule: str
    row: dict[str, Any]
    detail: str


@dataclass(frozen=True)
class Rule:
    """An invariant: ``find`` yields what breaks it, nothing when it holds."""

    name: str
    find: Callable[[Connection], Iterable[Breach]]


def sql_rule(name: str, table: str, query: str, detail: str) -> Rule:
    """A rule whose ``query`` selects the breaking rows; ``detail`` is filled from their columns.

    Columns that end in ``id`` or are called ``seq`` or ``name`` name the row.
    """

    def find(conn: Connection) -> Iterator[Breach]:
        for row in conn.execute(text(query)).mappings():
            key = {column: row[column] for column in row if column.endswith("id") or column in ("seq", "name")}
            yield Breach(name, {"table": table} | key, detail.format(**row))

    return Rule(name, find)
