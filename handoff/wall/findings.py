"""What is wrong now: pure judgement of the facts, each finding with how bad it is and since when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from handoff.conversation import PresenceState
from handoff.insight.targets import Targets
from handoff.wall.facts import Facts, Health, Waiting

BEHIND = 60.0  # a message that waits longer for the bot is no slow answer any more
STUCK = 120.0
SURGE = 5
TIMES_USUAL = 3.0
GIB = 2**30
# Share of the disk that is free, and bytes: the lower of the two is what a large disk is judged by.
DISK_LEVELS = ((0.10, 4 * GIB), (0.05, 2 * GIB), (0.02, GIB))


class Severity(StrEnum):
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    ``key`` is the kind, and for things there are several of, ``kind:which``. ``level`` starts at 1 and rises when it
    gets worse. ``since`` is epoch seconds, None where only the watch can know. ``facts`` are numbers and names for the
    words.
    """

    key: str
    severity: Severity
    level: int = 1
    since: float | None = None
    facts: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]


def findings(facts: Facts, health: Health, targets: Targets) -> list[Finding]:
    """Everything that needs somebody, the worst first."""
    found = [
        *_queue(facts),
        *_service_level(facts, targets),
        *_people(facts),
        *_bot(health),
        *_backlog(facts),
        *_anger(facts),
        *_machine(health),
        *_wechat(health),
    ]
    return sorted(found, key=lambda one: (one.severity is not Severity.CRITICAL, -one.level, one.key))


def doublings(value: float, start: float) -> int:
    """1 from ``start`` on, 2 from twice as much on, 3 from four times as much on, and so forth."""
    return 1 + max(0, math.floor(math.log2(max(value, start) / start)))


def _queue(facts: Facts) -> Iterator[Finding]:
    late: Sequence[Waiting] = [one for one in facts.waiting if one.over(facts.at) > 1]
    if not late or facts.service.state == "closed":
        return
    worst = max(late, key=lambda one: one.over(facts.at))
    level = doublings(worst.over(facts.at), 1.0)
    yield Finding(
        "longest_wait",
        Severity.CRITICAL if level > 1 else Severity.WARNING,
        level,
        min(one.queued_at + one.target for one in late),
        {"waited": facts.at - worst.queued_at, "target": worst.target, "late": len(late), "conv": worst.conv_id},
    )


def _service_level(facts: Facts, targets: Targets) -> Iterator[Finding]:
    missed = facts.breaches
    if not missed.total:
        return
    share = missed.share_in_time
    poor = share is not None and share < targets.first_response_share and missed.first_response >= SURGE
    yield Finding(
        "service_level",
        Severity.CRITICAL if poor else Severity.WARNING,
        doublings(missed.total, 1),
        None,
        {
            "first_response": missed.first_response,
            "resolution": missed.resolution,
            "complaint": missed.complaint,
            "total": missed.total,
        },
    )


def _people(facts: Facts) -> Iterator[Finding]:
    if facts.service.state != "nobody":
        return
    waiting = len(facts.waiting)
    away = sum(one.state is PresenceState.AWAY for one in facts.agents)
    yield Finding(
        "nobody_online",
        Severity.CRITICAL if waiting else Severity.WARNING,
        2 if waiting else 1,
        None,
        {"waiting": waiting, "away": away},
    )


def _bot(health: Health) -> Iterator[Finding]:
    workers, down = health.workers, [one.url for one in health.workers if not one.healthy]
    if down:
        gone = len(down) == len(workers)
        yield Finding(
            "rasa_down",
            Severity.CRITICAL if gone else Severity.WARNING,
            2 if gone else 1,
            None,
            {"down": len(down), "of": len(workers), "which": ", ".join(down)},
        )
    paused = [one.url for one in workers if one.paused]
    if paused:
        every = len(paused) == len(workers)
        yield Finding(
            "breaker_open",
            Severity.CRITICAL if every else Severity.WARNING,
            2 if every else 1,
            None,
            {"paused": len(paused), "of": len(workers), "which": ", ".join(paused)},
        )
    if not health.actions:
        yield Finding("actions_down", Severity.CRITICAL)


def _backlog(facts: Facts) -> Iterator[Finding]:
    undone = facts.backlog
    if undone.oldest_turn > BEHIND:
        yield _aged("bot_behind", facts.at, undone.oldest_turn, BEHIND, undone.turns)
    if undone.oldest_delivery > STUCK:
        yield _aged("outbox_stuck", facts.at, undone.oldest_delivery, STUCK, undone.deliveries)


def _aged(key: str, at: float, age: float, start: float, count: int) -> Finding:
    level = doublings(age, start)
    severity = Severity.CRITICAL if level > 2 else Severity.WARNING
    return Finding(key, severity, level, at - age + start, {"age": age, "count": count})


def _anger(facts: Facts) -> Iterator[Finding]:
    angry = facts.anger
    if angry.now < SURGE or angry.now < TIMES_USUAL * angry.usual:
        return
    level = doublings(angry.now, SURGE)
    yield Finding(
        "angry_surge",
        Severity.CRITICAL if level > 1 else Severity.WARNING,
        level,
        None,
        {"now": angry.now, "usual": round(angry.usual, 1)},
    )


def _machine(health: Health) -> Iterator[Finding]:
    share = health.disk_free / health.disk_size
    level = sum(share < part and health.disk_free < size for part, size in DISK_LEVELS)
    if level:
        severity = Severity.CRITICAL if level > 1 else Severity.WARNING
        yield Finding("disk_full", severity, level, None, {"free": health.disk_free, "share": share})


def _wechat(health: Health) -> Iterator[Finding]:
    for account in health.accounts:
        if account.last_error:
            yield Finding(
                f"wechat_error:{account.app_id}",
                Severity.WARNING,
                1,
                None,
                {"name": account.name, "code": account.last_error},
            )
        refused = health.over_quota.get(account.app_id, 0)
        if refused:
            yield Finding(
                f"wechat_quota:{account.app_id}",
                Severity.WARNING,
                doublings(refused, 1),
                None,
                {"name": account.name, "count": refused},
            )
