"""Work that belongs to the end of a transaction: rows many transactions touch are locked only for the commit."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

LastWork = Callable[[Connection], None]

_KEY = "baton_last_work"


def at_end(conn: Connection, work: LastWork) -> None:
    """Run ``work(conn)`` once, as the last thing before the commit, however often it is asked for."""
    waiting: list[LastWork] = conn.info.setdefault(_KEY, [])
    if work not in waiting:
        waiting.append(work)


def start(conn: Connection) -> None:
    """Forget what a transaction that failed had asked for on this connection."""
    conn.info.pop(_KEY, None)


def run(conn: Connection) -> None:
    """Do what was asked for; called by the database's one transaction helper."""
    for work in conn.info.pop(_KEY, ()):
        work(conn)
