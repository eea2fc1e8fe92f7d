"""Small SQL of the history that SQLite and PostgreSQL say differently: whole numbers, local days, entry ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, Connection, Subquery, case, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import CTE, CompoundSelect, Select

from handoff.insight.history.period import Period
from handoff.store import tables as t

DAY = 86400.0


class whole(FunctionElement[int]):
    """A number without its fraction; for numbers from 0 on."""

    type = BigInteger()
    inherit_cache = True


@compiles(whole, "sqlite")
def _sqlite(element: whole, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS INTEGER)"


@compiles(whole, "postgresql")
def _postgresql(element: whole, compiler: SQLCompiler, **kw: Any) -> str:
    return f"floor({compiler.process(element.clauses, **kw)})::bigint"


def local_day(at: ColumnElement[float], period: Period) -> ColumnElement[int]:
    """The local day of an instant, as days since 1970-01-01."""
    *changes, (_end, rest) = period.offsets
    ahead = case(*((at < until, offset) for until, offset in changes), else_=rest) if changes else literal(rest)
    return whole((at + ahead) / DAY)


def once(query: Select[Any] | CompoundSelect[Any], name: str) -> CTE:
    """The query worked out once, however often its columns are read."""
    return query.cte(name).prefix_with("MATERIALIZED")


def entry_id_of(payload: ColumnElement[Any]) -> ColumnElement[str]:
    """Id of the FAQ entry that a bot's message gives; NULL for any other message."""
    found: ColumnElement[str] = payload["meta"]["entry_id"].as_string()
    return found


def last_entry(conv_id: ColumnElement[str], since: ColumnElement[float], until: ColumnElement[float]) -> Any:
    """The FAQ entry that the bot said last in the conversation between the two instants, both included."""
    e = t.event.alias("answer").c
    return (
        select(entry_id_of(e.payload))
        .where(
            e.conv_id == conv_id,
            e.author == "bot",
            e.kind == "message",
            e.created_at >= since,
            e.created_at <= until,
            entry_id_of(e.payload).is_not(None),
        )
        .order_by(e.seq.desc())
        .limit(1)
        .correlate_except(t.event.alias("answer"))
        .scalar_subquery()
    )


def category_table(conn: Connection, categories: Mapping[str, str]) -> Subquery:
    """FAQ entries with their categories as a table (``key``, ``value``), for one query."""
    if conn.dialect.name == "sqlite":
        text = json.dumps(dict(categories), ensure_ascii=False)
        pairs = func.json_each(text).table_valued("key", "value", name="pair")
    else:
        pairs = func.json_each_text(literal(dict(categories), JSON)).table_valued("key", "value", name="pair")
    return select(pairs.c.key, pairs.c.value).subquery("category")
