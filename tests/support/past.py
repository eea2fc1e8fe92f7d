"""Writes a random past into a database: conversations, handoffs with their ledger, ratings, complaints, messages left.

Times are quarters of a second, so that comparing them is exact, and many lie on the edges that the figures care about.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, insert

from handoff.store import tables as t

DAY = 86400.0
PAUSES = (15.0, 600.0, 3600.25, DAY - 0.25, DAY, DAY + 0.25, 2.5 * DAY, 6.75 * DAY, 8 * DAY)
REASONS = ("asked_for_person", "angry", "no_answer", "complaint")
RULES = ("asked", "angry_now", "no_answer_twice")
CHANNELS = ("web", "wechat", "wecom")
SKILLS = (None, "refund", "invoice")
ENTRIES = ("returns-7days", "invoice-kinds", "nobody-knows-this-entry")
CATEGORIES = {"returns-7days": "退换货", "invoice-kinds": "发票"}
AGENTS = ("lin", "wang", "zhao")


@dataclass
class Past:
    """Rows by table, written at once by ``write``."""

    seed: int
    start: float
    days: float
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.count = 0

    def add(self, table: Table, **values: Any) -> None:
        self.rows.setdefault(table, []).append(values)

    def fresh(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.seed}-{self.count}"

    def conversations(self, number: int) -> Past:
        """So many customers with their conversations; some customers have two."""
        for name in AGENTS:
            row = {"id": name, "name": name, "display_name": name.title(), "role": "agent", "password_hash": "-"}
            self.add(t.agent, **row, cap=5, load=0, disabled=False, created_at=self.start)
        for _ in range(number):
            customer = self.fresh("c")
            channel = self.random.choice(CHANNELS)
            self.add(t.customer, id=customer, tenant="default", channel=channel, vip=False, created_at=self.start)
            for live in (True, False)[: self.random.choice((1, 1, 1, 2))]:
                self._conversation(customer, channel, live)
        return self

    def write(self, conn: Connection) -> None:
        """Insert everything, parents first."""
        for table in sorted(self.rows, key=lambda one: list(t.metadata.sorted_tables).index(one)):
            for part in _parts(self.rows[table]):
                conn.execute(insert(table), part)

    def _conversation(self, customer: str, channel: str, live: bool) -> None:
        one = _Conversation(self, self.fresh("v"), channel)
        one.live_through()
        self.add(
            t.conversation,
            id=one.id,
            tenant="default",
            customer_id=customer,
            channel=channel,
            lang="zh",
            mode="bot",
            fence=1,
            last_seq=one.seq,
            episode=one.episode,
            open=live,
            created_at=self.start,
        )


class _Conversation:
    def __init__(self, past: Past, conv_id: str, channel: str) -> None:
        self.past, self.id, self.channel = past, conv_id, channel
        self.random = past.random
        self.at = past.start + self._quarter(past.days * DAY)
        self.seq, self.episode = 0, 1

    def live_through(self) -> None:
        for _ in range(self.random.choice((1, 1, 2, 3, 5))):
            self._say("customer")
            if self.random.random() < 0.8:
                self.at += 0.25
                self._say("bot", entry=self.random.choice((*ENTRIES, None)))
            if self.random.random() < 0.45:
                self.at += self.random.choice((0.0, 0.25, 5.0))
                self._handoff()
            self.at += self.random.choice(PAUSES)

    def _quarter(self, most: float) -> float:
        return self.random.randrange(int(most * 4) + 1) / 4

    def _say(self, author: str, entry: str | None = None) -> None:
        self.seq += 1
        self.past.add(
            t.event,
            conv_id=self.id,
            seq=self.seq,
            kind="message",
            author=author,
            author_id=None,
            text="…",
            payload={"meta": {"entry_id": entry}} if entry else {},
            client_msg_id=str(self.seq),
            body_hash="h",
            fence=1,
            internal=False,
            created_at=self.at,
        )

    def _handoff(self) -> None:
        opened, priority = self.at, self.random.randrange(4)
        agent = self.random.choice((*AGENTS, None))
        handoff_id, claimed, lines = self.past.fresh("h"), None, [("opened", opened)]
        if agent:
            self.at += self.random.choice((10.0, 60.0, 60.25, 600.0, 700.0, 3 * 3600.0))
            claimed = self.at
            lines.append(("claimed", claimed))
            if self.random.random() < 0.8:
                self._say("agent")
            if self.random.random() < 0.2:
                lines.append(("transferred", claimed))
        lasted = self.random.choice((30.0, 600.0, 4 * 3600.0, 4 * 3600.25, 2.5 * DAY))
        if lasted > DAY:
            self.at += 1.25 * DAY
            self._say("customer")
            lasted -= 1.25 * DAY
        self.at += lasted
        ends = ("resolved", "resolved", "returned", "customer_left") if agent else t.ENDS[2:]
        how = self.random.choice(ends)
        ended = self.at
        lines.append((how, ended))
        reason, rule, skill = (self.random.choice(choices) for choices in (REASONS, RULES, SKILLS))
        raised = min(3, priority + self.random.choice((0, 0, 1)))
        self.past.add(
            t.handoff,
            id=handoff_id,
            conv_id=self.id,
            reason=reason,
            rule=rule,
            priority=raised,
            skill=skill,
            lang="zh",
            state="closed" if agent else "cancelled",
            queued_at=opened,
            claimed_by=agent,
            claimed_at=claimed,
            first_claimed_at=claimed,
            ended_at=ended,
            outcome=how,
            details={},
            last_step=len(lines),
        )
        for step, (kind, at) in enumerate(lines, 1):
            data = {"reason": reason, "priority": priority} if kind == "opened" else {}
            line = {"id": f"{handoff_id}:{step}", "handoff_id": handoff_id, "seq": step, "at": at}
            self.past.add(t.handoff_event, **line, kind=kind, actor=agent or "gateway", data=data)
        self._after(handoff_id, how, ended)
        self.episode += 1

    def _after(self, handoff_id: str, how: str, ended: float) -> None:
        later = ended + self.random.choice((5.0, 3600.0, DAY, DAY + 0.25))
        if self.random.random() < 0.5:
            score = self.random.randint(1, 5)
            self.past.add(t.rating, conv_id=self.id, episode=self.episode, score=score, reason="", comment="", at=later)
        if self.random.random() < 0.4:
            score = self.random.randint(0, 10)
            self.past.add(t.recommendation, conv_id=self.id, episode=self.episode, score=score, comment="", at=later)
        if self.random.random() < 0.15:
            done = self.random.choice((None, later + DAY, later + DAY + 0.25))
            row = {"id": self.past.fresh("k"), "number": self.past.fresh("TS"), "conv_id": self.id, "severity": 2}
            self.past.add(
                t.complaint,
                **row,
                text="",
                due_at=later + DAY,
                owner="lin",
                created_at=later,
                done_at=done,
                result="",
            )
        if how == "message_left":
            done = self.random.choice((None, ended + 600.0, ended + 5 * DAY))
            self.past.add(
                t.left_message,
                id=self.past.fresh("m"),
                handoff_id=handoff_id,
                conv_id=self.id,
                contact="1",
                text="…",
                owner="wang",
                created_at=ended,
                done_at=done,
                done_by="wang" if done else None,
                result="",
            )


def _parts(rows: list[dict[str, Any]], size: int = 5000) -> Iterable[list[dict[str, Any]]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
