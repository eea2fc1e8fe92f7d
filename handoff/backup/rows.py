"""Tables to lines of JSON and back, by what the database itself says of its columns."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, LargeBinary, MetaData, Table, insert, select

from handoff.backup.manifest import BadBackup

BATCH = 500
NOT_OURS = frozenset({"alembic_version"})


def tables_of(conn: Connection) -> list[Table]:
    """Every table of the database as it is now, each after those that it refers to."""
    found = MetaData()
    found.reflect(conn)
    return [table for table in found.sorted_tables if table.name not in NOT_OURS]


def dump(conn: Connection, table: Table) -> Iterator[bytes]:
    """One line for each row; the first names the columns."""
    yield _line([column.name for column in table.columns])
    order = list(table.primary_key.columns) or list(table.columns)
    for row in conn.execute(select(table).order_by(*order).execution_options(yield_per=BATCH)):
        yield _line([_plain(value) for value in row])


def load(conn: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Insert the rows of a dump; returns how many. `BadBackup` for lines that do not fit the table."""
    reading = iter(lines)
    try:
        columns = json.loads(next(reading))
        binary = {name for name in columns if isinstance(table.c[name].type, LargeBinary)}
        number = 0
        while batch := list(itertools.islice(reading, BATCH)):
            rows = [dict(zip(columns, json.loads(line), strict=True)) for line in batch]
            for row in rows:
                for name in binary:
                    row[name] = None if row[name] is None else base64.b64decode(row[name])
            conn.execute(insert(table), rows)
            number += len(rows)
        return number
    except (ValueError, KeyError, StopIteration) as error:
        raise BadBackup(f"The rows of {table.name} do not fit the table: {error}.") from error


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
