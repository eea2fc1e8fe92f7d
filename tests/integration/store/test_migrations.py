"""Migrations: up from every version there ever was with its rows, to exactly the tables that the code knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from handoff.errors import StorageUnavailable
from handoff.settings import Settings
from handoff.store import migrate, protection
from handoff.store import tables as t
from handoff.store.check import check
from handoff.store.database import open_database
from handoff.store.snapshot import snapshot
from tests.support.postgres import PostgresServer

BEFORE_THE_LEDGER = ["0001", "0002", "0003", "0004", "0005", "0006"]

# What the first version could hold: a handoff of each state, its agent, messages, a turn.
FIRST_ROWS = """
INSERT INTO agent (id, name, display_name, role, password_hash, cap, load, disabled, created_at)
  VALUES ('a1', 'lin', 'Lin', 'agent', '-', 5, 1, false, 1);
INSERT INTO customer (id, tenant, channel, vip, created_at) VALUES ('c1', 'default', 'web', false, 1);
INSERT INTO customer (id, tenant, channel, vip, created_at) VALUES ('c2', 'default', 'web', false, 1);
INSERT INTO conversation (id, tenant, customer_id, channel, lang, mode, fence, last_seq, owner_agent, episode, open,
  created_at) VALUES ('v1', 'default', 'c1', 'web', 'zh', 'human', 5, 2, 'a1', 2, true, 1);
INSERT INTO conversation (id, tenant, customer_id, channel, lang, mode, fence, last_seq, owner_agent, episode, open,
  created_at) VALUES ('v2', 'default', 'c2', 'web', 'zh', 'queued', 4, 0, NULL, 2, true, 1);
INSERT INTO event (conv_id, seq, kind, author, text, payload, client_msg_id, body_hash, fence, internal, created_at)
  VALUES ('v1', 1, 'message', 'customer', '你好', '{}', 'm1', 'h', 1, false, 2);
INSERT INTO event (conv_id, seq, kind, author, text, payload, client_msg_id, body_hash, fence, internal, created_at)
  VALUES ('v1', 2, 'message', 'bot', '您好', '{}', 't1:0', 'h', 1, false, 3);
INSERT INTO turn (id, conv_id, in_seq, fence, state, attempt, not_before, result, created_at, finished_at)
  VALUES ('t1', 'v1', 1, 1, 'done', 1, 2, '{}', 2, 3);
INSERT INTO handoff (id, conv_id, reason, rule, priority, lang, state, queued_at, claimed_by, claimed_at, ended_at,
  outcome, details) VALUES ('h1', 'v1', 'angry', 'r', 1, 'zh', 'closed', 4, 'a1', 5, 6, 'returned', '{}');
INSERT INTO handoff (id, conv_id, reason, rule, priority, lang, state, queued_at, claimed_by, claimed_at, details)
  VALUES ('h2', 'v1', 'angry', 'r', 1, 'zh', 'accepted', 7, 'a1', 8, '{}');
INSERT INTO handoff (id, conv_id, reason, rule, priority, lang, state, queued_at, ended_at, outcome, details)
  VALUES ('h3', 'v2', 'vip', 'r', 2, 'zh', 'cancelled', 4, 6, 'customer_left', '{}');
INSERT INTO handoff (id, conv_id, reason, rule, priority, lang, state, queued_at, details)
  VALUES ('h4', 'v2', 'vip', 'r', 2, 'zh', 'queued', 7, '{}');
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'baton.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


def at(url: str, revision: str, rows: str = "") -> None:
    """A database as that version made it, with ``rows`` in it."""
    engine = migrate.engine_for(url)
    with engine.connect() as conn, conn.begin():
        migrate.bring_to(conn, revision)
        for statement in filter(str.strip, rows.split(";\n")):
            conn.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("revision", BEFORE_THE_LEDGER)
def test_up_from_each_version_with_its_rows(empty_url: str, revision: str, tmp_path: Path) -> None:
    at(empty_url, revision, FIRST_ROWS)
    open_database(Settings(data_dir=tmp_path, database_url=empty_url)).close()
    with snapshot(empty_url) as conn:
        assert check(conn).breaches == ()
        assert conn.execute(text("SELECT count(*) FROM handoff_event")).scalar() == 8
        assert conn.execute(text("SELECT text FROM event ORDER BY seq")).scalars().all() == ["你好", "您好"]


def test_the_migrations_make_what_the_code_knows(empty_url: str) -> None:
    migrate.upgrade(empty_url)

    def differences(conn: Connection) -> list[object]:
        context = MigrationContext.configure(conn, opts={"compare_type": False})
        return [item for item in compare_metadata(context, t.metadata)]

    engine = migrate.engine_for(empty_url)
    with engine.connect() as conn, conn.begin():
        assert differences(conn) == []
        assert protection.missing(conn) == []
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at(empty_url, "0006", FIRST_ROWS)
    monkeypatch.setattr(protection, "ensure", lambda conn: conn.execute(text("SELECT * FROM no_such_table")))
    with pytest.raises(StorageUnavailable):
        migrate.upgrade(empty_url)
    assert migrate.current(empty_url) == "0006"
    monkeypatch.undo()
    migrate.upgrade(empty_url)
    assert migrate.current(empty_url) == migrate.head()
