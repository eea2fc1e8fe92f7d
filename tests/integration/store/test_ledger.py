"""The ledger: lines that nobody changes, and a check that finds every row which breaks a rule."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from handoff.conversation import Conversation
from handoff.store import ledger, protection
from handoff.store.check import check
from handoff.store.handoffs import open_handoff_of
from handoff.store.ledger import Step
from handoff.store.ledger_report import report
from handoff.store.snapshot import snapshot
from tests.integration.handoff.conftest import ON_BOTH, World
from tests.integration.store.conftest import Baton

pytestmark = ON_BOTH


async def lived(world: World) -> list[Conversation]:
    """One handoff of each common life: resolved, returned, cancelled, held, waiting."""
    agent = await world.agent("lin")
    resolved, returned = await world.held(agent), await world.held(agent)
    await world.desk.close(agent, resolved.id, resolved.fence)
    await world.desk.return_to_bot(agent, returned.id, returned.fence)
    cancelled = await world.queued("no_answer")
    await world.gateway.leave_queue(cancelled.id)
    return [resolved, returned, cancelled, await world.held(agent), await world.queued()]


async def handoff_of(world: World, conv: Conversation) -> str:
    found = await world.db.read(open_handoff_of, conv.id)
    assert found is not None
    return found.id


async def test_a_sound_database_passes_every_rule(world: World) -> None:
    await lived(world)
    with snapshot(world.settings.database) as conn:
        verdict = check(conn)
    assert verdict.breaches == ()
    assert verdict.counts["handoff"] == 5


async def test_the_report_balances_by_reason_and_end(world: World) -> None:
    await lived(world)
    with snapshot(world.settings.database) as conn:
        found = report(conn)
    assert found.balanced
    assert found.total.opened == 5
    assert found.total.ended == {"resolved": 1, "returned": 1, "customer_left": 1}
    assert (found.total.open_after, found.open_now) == (2, 2)
    assert {line.reason: line.opened for line in found.lines} == {"angry": 4, "no_answer": 1}


async def test_any_period_balances(world: World) -> None:
    await lived(world)
    with snapshot(world.settings.database) as conn:
        moments = [row.at for row in conn.execute(text("SELECT at FROM handoff_event ORDER BY at"))]
        for start in moments[::3]:
            for end in moments[::2]:
                if start <= end:
                    assert all(line.balanced for line in report(conn, start, end).lines)
        later = report(conn, moments[-1] + 1)
    assert (later.total.open_before, later.total.opened, later.total.open_after) == (2, 0, 2)


async def test_lines_are_numbered_without_gap_under_contention(world: World) -> None:
    handoff_id = await handoff_of(world, await world.queued())
    await asyncio.gather(*(world.db.write(ledger.record, handoff_id, Step.NOTED, "gateway") for _ in range(20)))
    lines = await world.db.read(ledger.lines_of, handoff_id)
    assert [line.seq for line in lines] == list(range(1, 22))


async def test_history_cannot_be_rewritten(world: World) -> None:
    await lived(world)
    for statement in (
        "UPDATE handoff_event SET kind = 'returned'",
        "DELETE FROM handoff_event",
        "UPDATE event SET author = 'agent'",
        "UPDATE event SET seq = seq + 100",
        "DELETE FROM event",
        "UPDATE audit SET actor = 'nobody'",
    ):
        with pytest.raises(IntegrityError, match="append-only"), world.db.transaction() as conn:
            conn.execute(text(statement))


async def test_a_second_end_is_refused_by_the_database(world: World) -> None:
    handoff_id = await handoff_of(world, await world.queued())
    await world.db.write(ledger.record, handoff_id, Step.EXPIRED, "gateway")
    with pytest.raises(IntegrityError):
        await world.db.write(ledger.record, handoff_id, Step.RESOLVED, "gateway")


def damage(conn: Connection, *statements: str) -> None:
    """Change rows as a bug below our own guards would: without triggers, keys and unique indexes."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        for guard in protection.GUARDS:
            conn.execute(text(f"DROP TRIGGER IF EXISTS {guard.name}"))
    for name in ("one_open_handoff", "one_leased_turn", "one_end_each", "one_open_conversation"):
        conn.execute(text(f"DROP INDEX IF EXISTS {name}"))
    for statement in statements:
        assert conn.execute(text(statement)).rowcount > 0, statement


BROKEN = {
    "numbers_without_gap": "UPDATE conversation SET last_seq = last_seq + 1",
    "fence_rises": "UPDATE event SET fence = 0 WHERE seq = (SELECT max(seq) FROM event)",
    "fence_known": "UPDATE event SET fence = 99 WHERE seq = 1",
    "owner_only_with_a_person": "UPDATE conversation SET owner_agent = NULL WHERE mode = 'human'",
    "mode_agrees_with_handoff": "UPDATE conversation SET mode = 'bot' WHERE mode = 'queued'",
    "opened_is_ended_plus_open": "UPDATE handoff_event SET kind = 'noted' WHERE kind = 'returned'",
    "one_end_each": "UPDATE handoff_event SET kind = 'returned' WHERE kind = 'resolved'",
    "state_agrees_with_end": "UPDATE handoff SET outcome = 'forgotten' WHERE outcome = 'resolved'",
    "steps_without_gap": "DELETE FROM handoff_event WHERE kind = 'claimed'",
    "load_is_what_is_held": "UPDATE agent SET load = load + 1",
    "times_in_order": "UPDATE handoff SET ended_at = queued_at - 10 WHERE ended_at IS NOT NULL",
    "life_agrees_with_row": "UPDATE handoff_event SET actor = 'nobody' WHERE kind = 'claimed'",
    "turn_of_a_message": "UPDATE turn SET in_seq = 77",
    "turn_ended": "UPDATE turn SET state = 'done', finished_at = NULL",
    "delivery_of_every_event": "UPDATE conversation SET channel = 'wechat:wx1'",
    "history_is_guarded": "",
    "unique_indexes": "",
}


class Undo(Exception):
    """Ends a transaction whose damage must not stay."""


async def test_each_broken_rule_is_named_with_its_rows(world: World) -> None:
    await lived(world)
    await world.say(await world.customer(), "hi")
    for rule, statement in BROKEN.items():
        with contextlib.suppress(Undo), world.db.transaction() as conn:
            damage(conn, *filter(None, [statement]))
            if rule == "history_is_guarded" and conn.dialect.name == "postgresql":
                conn.execute(text("DROP TRIGGER event_no_delete ON event"))
            named = [breach for breach in check(conn).breaches if breach.rule == rule]
            assert named, rule
            assert all(breach.row and breach.detail for breach in named)
            raise Undo
    with snapshot(world.settings.database) as conn:
        assert check(conn).sound


async def test_the_command_exits_with_one_and_names_the_rows(world: World, baton: Baton) -> None:
    await lived(world)
    sound = baton("ledger", "check", "--json")
    assert (sound.code, json.loads(sound.out)["sound"]) == (0, True), sound.err
    counted = baton("ledger", "report", "--since", "1d", "--json")
    assert (counted.code, json.loads(counted.out)["balanced"]) == (0, True), counted.err
    with world.db.transaction() as conn:
        damage(conn, "UPDATE handoff_event SET kind = 'noted' WHERE kind = 'returned'")
    broken = baton("ledger", "check", "--json")
    assert broken.code == 1
    rules = {breach["rule"] for breach in json.loads(broken.out)["breaches"]}
    assert {"opened_is_ended_plus_open", "one_end_each", "life_agrees_with_row"} <= rules
    assert "NOT" not in counted.out
    shown = baton("ledger", "report")
    assert shown.code == 1
    assert "run `baton ledger check`" in shown.out


async def test_a_bad_moment_is_named(world: World, baton: Baton) -> None:
    refused = baton("ledger", "report", "--since", "yesterday-ish")
    assert refused.code == 2
    assert "no date" in refused.err
