"""The live wall over a real ledger: its figures, its alerts and who has seen to them, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, update

from handoff.conversation import PresenceState, Role
from handoff.errors import Forbidden, NotFound
from handoff.insight.targets import Targets
from handoff.store import casework
from handoff.store import tables as t
from handoff.store.clock import read_clock
from handoff.wall import Wall
from handoff.wall.facts import Trend
from handoff.wall.reading import breaches_between
from tests.integration.handoff.conftest import World
from tests.integration.supervision.conftest import LONG_ON_POSTGRESQL, ON_BOTH, Machine, feels

DAY = 86400.0


async def test_a_quiet_house_is_good(world: World, wall: Wall) -> None:
    boss = await world.colleague("boss", role=Role.SUPERVISOR)
    now = await wall.look(boss)
    assert (now.state, now.alerts, now.facts.waiting) == ("good", (), ())
    assert now.health.index is not None and now.health.index.entries == 70


@LONG_ON_POSTGRESQL
async def test_it_shows_who_waits_who_is_here_and_what_people_feel(world: World, wall: Wall) -> None:
    boss = await world.colleague("boss", role=Role.SUPERVISOR, here=False)
    lin = await world.colleague("lin", cap=3)
    wang = await world.colleague("wang", here=False)
    held = await world.held(lin)
    await feels(world, held, 0.5, 0.1, "neutral")
    await feels(world, held, 0.1, 0.9, "angry")
    first = await world.queued(priority=3)
    await feels(world, first, 0.2, 0.5, "negative")
    await feels(world, first, 0.6, 0.1, "neutral")
    await world.customer()  # says nothing, so it goes nowhere
    now = await wall.look(boss)
    assert [(one.conv_id, one.target) for one in now.facts.waiting] == [(first.id, 60.0)]
    assert now.facts.held == 1
    here = {one.id: (one.state, one.load, one.cap, one.since is None) for one in now.facts.agents}
    assert here == {lin.id: (PresenceState.ONLINE, 1, 3, False), wang.id: (PresenceState.OFFLINE, 0, 5, True)}
    felt = [(one.conv_id, one.label, one.trend, one.owner_name) for one in now.facts.moods]
    assert felt == [(held.id, "angry", Trend.WORSE, "Lin"), (first.id, "neutral", Trend.BETTER, None)]
    assert now.facts.last_hour == {"human": 1, "queued": 1}
    assert now.facts.anger.now == 1


@ON_BOTH
async def test_breaches_equal_a_naive_count_of_the_ledger(world: World) -> None:
    lin = await world.colleague("lin", cap=20)
    for priority, answered, ended in ((0, True, True), (2, True, False), (0, False, True), (0, False, False)):
        conv = await world.queued(priority=priority)
        if answered:
            now = await world.desk.claim(lin, await world.handoff_id(conv))
            await world.desk.reply(lin, conv.id, now.fence, "r1", "您好")
            if ended:
                await world.desk.close(lin, conv.id, now.fence)
        elif ended:
            await world.gateway.leave_queue(conv.id)
        await world.pass_time(45.0)
    late = await world.queued(priority=3)
    await world.pass_time(90.0)
    answered_late = await world.desk.claim(lin, await world.handoff_id(late))
    await world.desk.reply(lin, late.id, answered_late.fence, "r1", "来晚了")
    await world.db.write(casework.insert_complaint, late.id, 4, "x", -1.0, lin.id)
    targets = Targets(first_response=120.0, resolution=200.0)

    def compare(conn: Connection) -> None:
        at = read_clock(conn)
        found = breaches_between(conn, targets, at - DAY, at)
        first = resolution = in_time = 0
        for handoff in conn.execute(select(t.handoff)).all():
            opened = conn.execute(
                select(t.handoff_event.c.data).where(
                    t.handoff_event.c.handoff_id == handoff.id, t.handoff_event.c.kind == "opened"
                )
            ).scalar_one()
            answers = [
                event.created_at
                for event in conn.execute(select(t.event).where(t.event.c.conv_id == handoff.conv_id)).all()
                if event.author == "agent" and event.kind == "message" and event.created_at >= handoff.queued_at
            ]
            due = handoff.queued_at + targets.first_response_for(opened["priority"])
            end = handoff.ended_at or float("inf")
            first += due <= at and min(answers, default=float("inf")) > due and end > due
            in_time += min(answers, default=float("inf")) <= due
            resolution += handoff.queued_at + 200.0 <= at and end > handoff.queued_at + 200.0
        assert (found.first_response, found.resolution, found.in_time) == (first, resolution, in_time)
        assert (found.complaint, first > 0, in_time > 0) == (1, True, True)

    await world.db.read(compare)


@LONG_ON_POSTGRESQL
async def test_an_alert_is_seen_to_and_comes_back_when_it_gets_worse(
    world: World, wall: Wall, machine: Machine
) -> None:
    boss = await world.colleague("boss", role=Role.SUPERVISOR)
    second = replace(machine.workers[0], url="http://second")
    machine.workers = [machine.workers[0], replace(second, healthy=False)]
    await wall.watch()
    (alert,) = (await wall.look(boss)).alerts
    assert (alert.finding.key, alert.finding.level, alert.open) == ("rasa_down", 1, True)
    seen = await wall.acknowledge(boss, "rasa_down", " 正在重启 ")
    assert (seen.state, seen.open_alerts) == ("seen", 0)
    assert seen.alerts[0].seen is not None and seen.alerts[0].seen.note == "正在重启"
    machine.rasa_is_gone()
    assert (await wall.look(boss)).state == "seen", "one answer missed is no alarm yet"
    worse = await wall.look(boss)
    assert (worse.state, worse.alerts[0].worse, worse.alerts[0].since) == ("bad", True, alert.since)
    await wall.acknowledge(boss, "rasa_down")
    assert [(one.level, one.note) for one in await wall.history(boss)] == [(2, ""), (1, "正在重启")]
    machine.workers = [second]
    assert (await wall.look(boss)).state == "good"
    with pytest.raises(NotFound):
        await wall.acknowledge(boss, "rasa_down")


async def test_what_is_over_for_a_while_is_a_new_alert(world: World, wall: Wall, machine: Machine) -> None:
    boss = await world.colleague("boss", role=Role.SUPERVISOR)
    machine.rasa_is_gone()
    await wall.watch()
    await wall.acknowledge(boss, "rasa_down")

    def earlier(seconds: float) -> None:
        with world.db.transaction() as conn:
            conn.execute(update(t.alert).values(seen_at=t.alert.c.seen_at - seconds))

    earlier(20.0)
    assert (await wall.look(boss)).state == "seen", "a short gap is no end"
    earlier(60.0)
    await wall.watch()
    assert (await wall.look(boss)).state == "bad", "somebody must see to it again"


async def test_a_long_wait_rises_by_doubling(world: World, wall: Wall) -> None:
    boss = await world.colleague("boss", role=Role.SUPERVISOR)
    await world.queued()
    await world.pass_time(700.0)
    found = {one.finding.key: one.finding for one in (await wall.look(boss)).alerts}
    assert set(found) == {"longest_wait", "service_level"}
    assert (found["longest_wait"].level, found["longest_wait"].facts["late"]) == (1, 1)
    await wall.acknowledge(boss, "longest_wait")
    await world.pass_time(500.0)
    long = {one.finding.key: one for one in (await wall.look(boss)).alerts}["longest_wait"]
    assert (long.finding.level, long.worse) == (2, True)


@LONG_ON_POSTGRESQL
async def test_nobody_online_an_outbox_that_stands_and_a_bot_that_is_behind(world: World, wall: Wall) -> None:
    boss = await world.colleague("boss", role=Role.SUPERVISOR, here=False)
    conv = await world.queued()
    bot = await world.customer()
    await world.say(bot, "在吗")
    phone = (await world.gateway.start("wechat", "zh", "phone")).conversation

    def left_lying(conn: Connection) -> None:
        row = {"conv_id": phone.id, "seq": 1, "endpoint": "wechat", "state": "pending", "attempt": 0}
        conn.execute(t.delivery.insert().values(id="d1", not_before=read_clock(conn) - 600.0, **row))

    await world.db.write(left_lying)
    await world.pass_time(130.0)
    found = {one.finding.key: one.finding for one in (await wall.look(boss)).alerts}
    assert set(found) == {"nobody_online", "bot_behind", "outbox_stuck"}
    assert found["nobody_online"].facts == {"waiting": 1, "away": 0}
    assert found["outbox_stuck"].facts["count"] == 1
    assert conv.id


@LONG_ON_POSTGRESQL
async def test_a_surge_of_angry_customers(world: World, wall: Wall) -> None:
    boss = await world.colleague("boss", role=Role.SUPERVISOR)
    for _ in range(5):
        await feels(world, await world.customer(), 0.1, 0.9, "angry")
    keys = [one.finding.key for one in (await wall.look(boss)).alerts]
    assert keys == ["angry_surge"]


async def test_only_overseers_look_and_see_to_alerts(world: World, wall: Wall) -> None:
    lin = await world.colleague("lin")
    for refused in (wall.look(lin), wall.acknowledge(lin, "rasa_down"), wall.history(lin)):
        with pytest.raises(Forbidden):
            await refused


async def test_the_same_alert_is_kept_once_however_many_gateways_see_it(
    world: World, wall: Wall, machine: Machine
) -> None:
    machine.rasa_is_gone()
    for _ in range(3):
        await wall.watch()
    keys = await world.db.read(lambda conn: conn.execute(select(t.alert.c.key).order_by(t.alert.c.key)).scalars().all())
    assert keys == ["nobody_online", "rasa_down"]
