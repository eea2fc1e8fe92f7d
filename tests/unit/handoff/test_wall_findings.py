"""What counts as wrong, how bad it is, and when it gets worse: the wall's judgement over made-up facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handoff.console.pages.wall.view import duration, finding_text, wall_view
from handoff.console.words import words
from handoff.conversation import PresenceState, Role
from handoff.insight.definitions import definitions
from handoff.insight.targets import Targets
from handoff.rasa_workers import WorkerState
from handoff.routing.service import Service
from handoff.store.wechat_accounts import AccountHealth
from handoff.wall import Snapshot
from handoff.wall.alerts import Acknowledgement, Alert
from handoff.wall.facts import AgentNow, Anger, Backlog, Breaches, Facts, Health, Index, Trend, Waiting
from handoff.wall.feelings import badness, trend
from handoff.wall.findings import GIB, Finding, Severity, doublings, findings

NOW = 1_000_000.0
OPEN = Service("open", 1, None, "Asia/Shanghai", "")
QUIET = Facts(NOW, OPEN, (), 0, Breaches(), (), (), {}, Backlog(), Anger())
WELL = Health((WorkerState("http://a", True, False),), True, Index("v1", NOW, 70), 100 * GIB, 200 * GIB, (), {})
SHOP = AccountHealth("wx1", "shop", "official", True, True, "/wechat/shop", False, None, None, 0, None, 3, 0)


def found(facts: Facts = QUIET, health: Health = WELL) -> dict[str, Finding]:
    return {one.key: one for one in findings(facts, health, Targets())}


def waits(seconds: float, priority: int = 0) -> Facts:
    one = Waiting(
        "c1", "h1", "angry", priority, "web", "zh", None, NOW - seconds, Targets().first_response_for(priority)
    )
    return replace(QUIET, waiting=(one,))


def test_nothing_is_wrong_in_a_quiet_house() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("seconds", "priority", "level"),
    [
        (599.0, 0, 0),
        (601.0, 0, 1),
        (1199.0, 0, 1),
        (1201.0, 0, 2),
        (2401.0, 0, 3),
        (59.0, 3, 0),
        (61.0, 3, 1),
        (125.0, 3, 2),
        (125.0, 2, 0),
    ],
)
def test_a_wait_over_its_target_rises_by_doubling(seconds: float, priority: int, level: int) -> None:
    alert = found(waits(seconds, priority)).get("longest_wait")
    assert (alert.level if alert else 0) == level
    if alert:
        assert alert.severity is (Severity.CRITICAL if level > 1 else Severity.WARNING)
        assert alert.since == NOW - seconds + Targets().first_response_for(priority)


def test_outside_the_hours_nobody_is_rung_for_a_wait() -> None:
    assert found(replace(waits(9000.0), service=replace(OPEN, state="closed"))) == {}


def test_few_answers_in_time_are_worse_than_a_single_slip() -> None:
    slip = found(replace(QUIET, breaches=Breaches(1, 0, 0, 99)))["service_level"]
    poor = found(replace(QUIET, breaches=Breaches(8, 1, 0, 12)))["service_level"]
    assert (slip.severity, slip.level, poor.severity, poor.level) == (Severity.WARNING, 1, Severity.CRITICAL, 4)


@pytest.mark.parametrize(
    ("workers", "keys"),
    [
        ([(True, False), (False, False)], {"rasa_down": Severity.WARNING}),
        ([(False, False), (False, True)], {"rasa_down": Severity.CRITICAL, "breaker_open": Severity.WARNING}),
        ([(True, True)], {"breaker_open": Severity.CRITICAL}),
    ],
)
def test_one_of_several_engines_is_a_warning_all_of_them_urgent(
    workers: list[tuple[bool, bool]], keys: dict[str, Severity]
) -> None:
    states = tuple(WorkerState(f"http://{n}", *state) for n, state in enumerate(workers))
    assert {key: one.severity for key, one in found(health=replace(WELL, workers=states)).items()} == keys


@pytest.mark.parametrize(
    ("free", "size", "level"),
    [(100, 200, 0), (15, 2000, 0), (5, 60, 0), (3, 40, 1), (1.5, 40, 2), (0.5, 40, 3), (0.4, 2, 0)],
)
def test_a_disk_is_full_by_share_and_by_bytes(free: float, size: float, level: int) -> None:
    alert = found(health=replace(WELL, disk_free=int(free * GIB), disk_size=int(size * GIB))).get("disk_full")
    assert (alert.level if alert else 0) == level


def test_a_surge_is_many_and_many_more_than_usual() -> None:
    assert "angry_surge" not in found(replace(QUIET, anger=Anger(4, 0.0)))
    assert "angry_surge" not in found(replace(QUIET, anger=Anger(9, 4.0)))
    assert found(replace(QUIET, anger=Anger(10, 2.0)))["angry_surge"].level == 2


def test_what_lies_undone_and_what_wechat_refuses() -> None:
    facts = replace(QUIET, backlog=Backlog(3, 70.0, 2, 500.0), service=replace(OPEN, state="nobody"))
    accounts = (replace(SHOP, last_error="40125"),)
    health = replace(WELL, actions=False, accounts=accounts, over_quota={"wx1": 5})
    assert set(found(facts, health)) == {
        "bot_behind", "outbox_stuck", "nobody_online", "actions_down", "wechat_error:wx1", "wechat_quota:wx1",
    }  # fmt: skip


def test_moods_weigh_anger_most_and_turn_only_when_it_shows() -> None:
    assert badness(0.0, 1.0) == 1.0 and badness(1.0, 0.0) == 0.0 and badness(0.5, 1.0) > badness(0.0, 0.4)
    assert [trend(line) for line in ([0.5], [0.5, 0.45], [0.9, 0.3, 0.4], [0.1, 0.6])] == [
        Trend.SAME, Trend.SAME, Trend.WORSE, Trend.BETTER,
    ]  # fmt: skip
    assert [doublings(value, 2) for value in (1, 2, 3, 4, 9)] == [1, 1, 1, 2, 3]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_has_words_and_a_remedy_and_every_tile_a_definition(lang: str) -> None:
    facts = replace(
        waits(2000.0),
        breaches=Breaches(1, 1, 1, 1),
        backlog=Backlog(3, 300.0, 2, 500.0),
        anger=Anger(10, 2.0),
        service=replace(OPEN, state="nobody"),
        agents=(AgentNow("a", "林", Role.AGENT, PresenceState.AWAY, "missed_offers", NOW, 1, 2),),
    )
    health = replace(
        WELL,
        workers=(WorkerState("http://a", False, True),),
        actions=False,
        index=None,
        disk_free=GIB // 2,
        accounts=(replace(SHOP, last_error="40125"),),
        over_quota={"wx1": 5},
    )
    told = words(lang)
    all_found = findings(facts, health, Targets())
    assert {one.kind for one in all_found} == {key for key in told["wall_alert"] if not key.endswith("_todo")}
    for one in all_found:
        for part in ("", "_todo"):
            assert "{" not in finding_text(one, told, part)
    snapshot = Snapshot(facts, health, Targets(), tuple(Alert(one, NOW) for one in all_found))
    view = wall_view(snapshot, told)
    assert (view["state"], len(view["alerts"])) == ("bad", len(all_found))
    assert {f"wall_{tile['key']}" for tile in view["tiles"]} <= set(definitions(lang))
    assert duration(59, told) and duration(600, told).startswith("10") and duration(90000, told).startswith("25")


def test_the_verdict_says_what_is_left_to_do() -> None:
    def state(*alerts: Alert) -> str:
        return Snapshot(QUIET, WELL, Targets(), alerts).state

    warning, urgent = Finding("a", Severity.WARNING), Finding("b", Severity.CRITICAL, 2)
    seen = Acknowledgement("b", NOW, 2, Severity.CRITICAL, {}, "Lin", "", NOW)
    assert state() == "good"
    assert state(Alert(warning, NOW)) == "attention"
    assert state(Alert(warning, NOW), Alert(urgent, NOW)) == "bad"
    assert state(Alert(warning, NOW), Alert(urgent, NOW, seen)) == "attention"
    assert state(Alert(urgent, NOW, seen)) == "seen"
    assert state(Alert(replace(urgent, level=3), NOW, seen)) == "bad"
