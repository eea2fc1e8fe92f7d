"""Counts the figures of the history once more, row by row in plain Python, sharing nothing with the SQL."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from handoff.store import tables as t

DAY, WEEK = 86400.0, 7 * 86400.0
ENDS = ("resolved", "returned", "message_left", "expired", "customer_left")
Found = dict[str, tuple[float | None, float]]  # value and how many it is of


class Recount:
    """``figures(start, end)`` of all rows, or of those whose ``by`` dimension is ``value``."""

    def __init__(self, conn: Connection, zone: str, now: float, categories: dict[str, str]) -> None:
        self.zone, self.now, self.categories = ZoneInfo(zone), now, categories
        self.known: dict[tuple[float, float], dict[str, list[dict[str, Any]]]] = {}
        rows = {
            table.name: [dict(row._mapping) for row in conn.execute(select(table))]
            for table in (
                t.event,
                t.handoff,
                t.handoff_event,
                t.rating,
                t.recommendation,
                t.complaint,
                t.left_message,
                t.conversation,
            )
        }
        self.rows = rows
        self.conversation = {row["id"]: row for row in rows["conversation"]}
        self.handoff = {row["id"]: row for row in rows["handoff"]}
        self.handoffs = _by(rows["handoff"], "conv_id")
        self.events = _by(rows["event"], "conv_id")
        self.lines = _by(rows["handoff_event"], "handoff_id")

    def values_of(self, by: str, start: float, end: float) -> set[str]:
        """Every value of the dimension that any fact of the period has."""
        return {fact[by] for facts in self.facts(start, end).values() for fact in facts}

    def figures(self, start: float, end: float, by: str = "", value: str = "") -> Found:
        facts = {
            name: [one for one in rows if not by or one[by] == value] for name, rows in self.facts(start, end).items()
        }
        contacts, waits, ends = facts["contacts"], facts["waits"], facts["ends"]
        resolved = [end for end in ends if end["kind"] == "resolved"]
        answered = [wait for wait in waits if wait["response"] is not None]
        prompt = [wait for wait in answered if wait["response"] <= wait["target"]]
        late = [
            wait
            for wait in waits
            if (wait["lasted"] if wait["response"] is None else wait["response"]) > wait["target"]
        ]
        scores = [one["score"] for one in facts["ratings"]]
        nps = [one["score"] for one in facts["recommendations"]]
        left, filed = facts["left_messages"], facts["complaints"]
        done = [one["took"] for one in left if one["took"] is not None]
        over = [one for one in filed if one["over"]]
        found: Found = {
            "conversations": (len(contacts), len(contacts)),
            "contained": _share(contacts, lambda one: one["state"] == "contained"),
            "handed_over": _share(contacts, lambda one: one["state"] == "handed_over"),
            "continued": (sum(one["state"] == "continued" for one in contacts), len(contacts)),
            "unanswered": (sum(one["state"] == "unanswered" for one in contacts), len(contacts)),
            "handoffs": (len(waits), len(waits)),
            "first_response": _rank([one["response"] for one in answered], 0.5),
            "first_response_p90": _rank([one["response"] for one in answered], 0.9),
            "first_response_share": _ratio(len(prompt), len(prompt) + len(late)),
            "resolution": _rank([one["took"] for one in resolved], 0.5),
            "resolution_p90": _rank([one["took"] for one in resolved], 0.9),
            "resolution_share": _share(resolved, lambda one: one["took"] <= 4 * 3600),
            "first_contact": _share(resolved, lambda one: not one["reopened"]),
            "reopened": _share(resolved, lambda one: one["reopened"]),
            "csat": _ratio(sum(scores), len(scores)),
            "csat_share": _share(resolved, lambda one: one["rated"]),
            "nps": _ratio(100 * (sum(one >= 9 for one in nps) - sum(one <= 6 for one in nps)), len(nps)),
            "complaints": (len(filed), len(filed)),
            "complaint_rate": _ratio(len(filed), len(contacts)),
            "complaints_in_time": _share(over, lambda one: one["in_time"]),
            "left_messages": (len(left), len(left)),
            "left_done": _share(left, lambda one: one["took"] is not None),
            "left_time": _rank(done, 0.5),
            "abandoned": _share(ends, lambda one: one["kind"] == "customer_left" and not one["claimed"]),
            "transferred": _share(ends, lambda one: one["passed"]),
            "ended": (len(ends), len(ends)),
        }
        for kind in ENDS:
            found[f"ended_{kind}"] = (sum(one["kind"] == kind for one in ends), len(ends))
        return found

    def facts(self, start: float, end: float) -> dict[str, list[dict[str, Any]]]:
        if (start, end) not in self.known:
            self.known[start, end] = self._facts(start, end)
        return self.known[start, end]

    def _facts(self, start: float, end: float) -> dict[str, list[dict[str, Any]]]:
        given = {
            name: [
                self._beside(row, row["at" if "at" in row else "created_at"]) | self._own(name, row)
                for row in self.rows[table]
                if start <= row["at" if "at" in row else "created_at"] < end
            ]
            for name, table in (
                ("ratings", "rating"),
                ("recommendations", "recommendation"),
                ("complaints", "complaint"),
            )
        }
        return given | {
            "contacts": list(self._contacts(start, end)),
            "waits": [self._wait(line) for line in self._lines({"opened"}, start, end)],
            "ends": [self._end(line) for line in self._lines(set(ENDS), start, end)],
            "left_messages": [
                self._placed(self.handoff[row["handoff_id"]], row["created_at"])
                | {"agent": row["done_by"] or "", "took": _minus(row["done_at"], row["created_at"])}
                for row in self.rows["left_message"]
                if start <= row["created_at"] < end
            ],
        }

    def _lines(self, kinds: set[str], start: float, end: float) -> Iterable[dict[str, Any]]:
        return (one for one in self.rows["handoff_event"] if one["kind"] in kinds and start <= one["at"] < end)

    def _contacts(self, start: float, end: float) -> Iterable[dict[str, Any]]:
        for conv_id in self.conversation:
            said = [e["created_at"] for e in self.events.get(conv_id, []) if e["author"] == "customer"]
            signs = sorted([*said, *(h["queued_at"] for h in self.handoffs.get(conv_id, []))])
            begun = [at for n, at in enumerate(signs) if n == 0 or at - signs[n - 1] >= DAY]
            for n, at in enumerate(begun):
                until = min([*begun[n + 1 : n + 2], at + WEEK])
                if start <= at < end:
                    yield self._contact(conv_id, at, until)

    def _contact(self, conv_id: str, at: float, until: float) -> dict[str, Any]:
        handoffs = self.handoffs.get(conv_id, [])
        own = sorted((h for h in handoffs if at <= h["queued_at"] < until), key=lambda h: h["queued_at"])
        earlier = [h for h in handoffs if h["queued_at"] < at and (h["ended_at"] is None or h["ended_at"] > at)]
        spoken = any(e["author"] == "bot" and at <= e["created_at"] < until for e in self.events[conv_id])
        state = "handed_over" if own else "continued" if earlier else "contained" if spoken else "unanswered"
        return self._placed(own[0] if own else None, at, conv_id, (at, until)) | {"state": state}

    def _wait(self, line: dict[str, Any]) -> dict[str, Any]:
        handoff = self.handoff[line["handoff_id"]]
        end = handoff["ended_at"] or math.inf
        queued = handoff["queued_at"]
        said = [
            e["created_at"]
            for e in self.events.get(handoff["conv_id"], [])
            if e["author"] == "agent" and queued <= e["created_at"] <= end
        ]
        return self._placed(handoff, line["at"]) | {
            "response": min(said) - queued if said else None,
            "target": 60.0 if line["data"]["priority"] == 3 else 600.0,
            "lasted": (handoff["ended_at"] or self.now) - queued,
        }

    def _end(self, line: dict[str, Any]) -> dict[str, Any]:
        handoff, at = self.handoff[line["handoff_id"]], line["at"]
        customer = self.conversation[handoff["conv_id"]]["customer_id"]
        theirs = [h for h in self.rows["handoff"] if self.conversation[h["conv_id"]]["customer_id"] == customer]
        ratings = [r["at"] for r in self.rows["rating"] if r["conv_id"] == handoff["conv_id"]]
        return self._placed(handoff, at) | {
            "kind": line["kind"],
            "took": at - handoff["queued_at"],
            "claimed": handoff["first_claimed_at"] is not None,
            "reopened": any(at < h["queued_at"] <= at + WEEK for h in theirs),
            "rated": any(handoff["queued_at"] <= given <= at + DAY for given in ratings),
            "passed": any(one["kind"] == "transferred" for one in self.lines[handoff["id"]]),
        }

    def _beside(self, row: dict[str, Any], at: float) -> dict[str, Any]:
        near = [
            h
            for h in self.handoffs.get(row["conv_id"], [])
            if h["queued_at"] <= at and (h["ended_at"] is None or h["ended_at"] >= at - DAY)
        ]
        latest = max(near, key=lambda h: h["queued_at"], default=None)
        return self._placed(latest, at, row["conv_id"], (at - DAY, at))

    def _own(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        if name != "complaints":
            return {"score": row["score"]}
        done, due = row["done_at"], row["due_at"]
        return {"in_time": done is not None and done <= due, "over": done is not None or due < self.now}

    def _placed(
        self,
        handoff: dict[str, Any] | None,
        at: float,
        conv_id: str = "",
        looked: tuple[float, float] | None = None,
    ) -> dict[str, Any]:
        conv = conv_id or (handoff or {})["conv_id"]
        since, until = looked or ((handoff or {})["queued_at"] - DAY, (handoff or {})["queued_at"])
        given = [
            (e["seq"], e["payload"]["meta"]["entry_id"])
            for e in self.events.get(conv, [])
            if e["author"] == "bot" and since <= e["created_at"] <= until and e["payload"].get("meta")
        ]
        entry = max(given)[1] if given else ""
        return {
            "conv_id": conv,
            "day": datetime.fromtimestamp(at, self.zone).date().isoformat(),
            "channel": self.conversation[conv]["channel"],
            "category": self.categories.get(entry, ""),
            "skill": (handoff or {}).get("skill") or "",
            "reason": (handoff or {}).get("reason") or "",
            "rule": (handoff or {}).get("rule") or "",
            "agent": (handoff or {}).get("claimed_by") or "",
        }


def _by(rows: list[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _waited(wait: dict[str, Any]) -> float:
    """Until the answer, or for as long as there was none."""
    return float(wait["lasted"] if wait["response"] is None else wait["response"])


def _minus(later: float | None, earlier: float) -> float | None:
    return None if later is None else later - earlier


def _ratio(n: float, of: float) -> tuple[float | None, float]:
    return (n / of if of else None), of


def _share(rows: list[dict[str, Any]], counts: Callable[[dict[str, Any]], bool]) -> tuple[float | None, float]:
    return _ratio(sum(counts(row) for row in rows), len(rows))


def _rank(values: list[float], share: float) -> tuple[float | None, float]:
    """Nearest rank."""
    if not values:
        return None, 0
    place = math.ceil(round(share * len(values), 9))
    return sorted(values)[place - 1], len(values)
