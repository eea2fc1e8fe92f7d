"""What the wall knows at one moment: plain values, read by `reading` and `health`, judged by `findings`.

Times are epoch seconds by the database's clock, ages and waits are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from handoff.conversation import Mode, PresenceState, Role
from handoff.rasa_workers import WorkerState
from handoff.routing.service import Service
from handoff.store.wechat_accounts import AccountHealth


@dataclass(frozen=True)
class Waiting:
    """A customer whom nobody answers yet; ``target`` is how soon a person should."""

    conv_id: str
    handoff_id: str
    reason: str
    priority: int
    channel: str
    lang: str
    skill: str | None
    queued_at: float
    target: float

    def over(self, at: float) -> float:
        """How many times the target the wait is at ``at``; above 1 it is late."""
        return (at - self.queued_at) / self.target


@dataclass(frozen=True)
class Breaches:
    """Service levels missed today (since midnight in the calendar's zone), and first answers given in time."""

    first_response: int = 0
    resolution: int = 0
    complaint: int = 0
    in_time: int = 0

    @property
    def total(self) -> int:
        return self.first_response + self.resolution + self.complaint

    @property
    def share_in_time(self) -> float | None:
        """Share of today's first answers that came in time, None while none was due."""
        due = self.in_time + self.first_response
        return self.in_time / due if due else None


@dataclass(frozen=True)
class AgentNow:
    """A colleague: where they are, since when, how loaded."""

    id: str
    name: str
    role: Role
    state: PresenceState
    reason: str
    since: float | None
    load: int
    cap: int


class Trend(StrEnum):
    """Where a customer's mood is going."""

    WORSE = "worse"
    SAME = "same"
    BETTER = "better"


@dataclass(frozen=True)
class MoodNow:
    """The mood of one conversation that goes on; ``badness`` is 0 (content) to 1 (furious), the last words most."""

    conv_id: str
    mode: Mode
    channel: str
    owner_name: str | None
    label: str
    badness: float
    trend: Trend
    at: float


@dataclass(frozen=True)
class Backlog:
    """Work lying undone: answers the bot owes, messages to other platforms, messages left by customers."""

    turns: int = 0
    oldest_turn: float = 0.0
    deliveries: int = 0
    oldest_delivery: float = 0.0
    held_back: int = 0
    left_messages: int = 0


@dataclass(frozen=True)
class Anger:
    """Angry customers of the last 15 minutes, and how many there usually are in that time (mean of 24 hours)."""

    now: int = 0
    usual: float = 0.0


@dataclass(frozen=True)
class Facts:
    """Everything that the database knows."""

    at: float
    service: Service
    waiting: tuple[Waiting, ...]
    held: int
    breaches: Breaches
    agents: tuple[AgentNow, ...]
    moods: tuple[MoodNow, ...]
    last_hour: dict[str, int]
    backlog: Backlog
    anger: Anger


@dataclass(frozen=True)
class Index:
    """The FAQ index in use: its version, when it was made, entries in it as the action server counts them."""

    version: str
    made_at: float | None
    entries: int | None


@dataclass(frozen=True)
class Health:
    """The processes and the machine as this gateway sees them; ``disk_free`` and ``disk_size`` in bytes.

    ``over_quota`` counts, by account, the messages that WeChat refused for its quota within the last hour.
    """

    workers: tuple[WorkerState, ...]
    actions: bool
    index: Index | None
    disk_free: int
    disk_size: int
    accounts: tuple[AccountHealth, ...]
    over_quota: dict[str, int]
