"""Turns the wall's snapshot into plain values and words for the browser; pure."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from handoff.console.pages.view import channel_text, customer_name, level, mood_text, reason_text
from handoff.console.words import Words
from handoff.conversation import Mode, PresenceState
from handoff.wall import Snapshot
from handoff.wall.alerts import Acknowledgement, Alert
from handoff.wall.facts import AgentNow, MoodNow, Waiting
from handoff.wall.findings import GIB, Finding

Json = dict[str, Any]

# What fits on a screen without scrolling; the rest is a number.
WAITING, MOODS, AGENTS = 6, 8, 10
_TIMES = frozenset({"waited", "target", "age"})


def wall_view(now: Snapshot, words: Words) -> Json:
    """Everything on the wall; times are epoch seconds, the browser counts the clocks."""
    facts, told = now.facts, words["wall"]
    shown = [one for one in facts.agents if one.state is not PresenceState.OFFLINE or one.load]
    felt = Counter(one.label for one in facts.moods)
    return {
        "at": facts.at,
        "state": now.state,
        "verdict": told[now.state].format(count=now.open_alerts or len(now.alerts)),
        "verdict_more": _more(now, words),
        "tiles": tiles(now, words),
        "alerts": [alert_line(one, words) for one in now.alerts],
        "waiting": [waiting_line(one, words) for one in facts.waiting[:WAITING]],
        "waiting_more": _more_than(len(facts.waiting) - WAITING, told["more"]),
        "moods": [mood_line(one, words) for one in facts.moods[:MOODS]],
        "moods_counts": told["moods_counts"].format(
            **{name: felt[name] for name in ("angry", "negative", "neutral", "positive")}
        ),
        "agents": [agent_line(one, words) for one in shown[:AGENTS]],
        "agents_more": " · ".join(
            filter(
                None,
                (
                    _more_than(len(shown) - AGENTS, told["more"]),
                    _more_than(len(facts.agents) - len(shown), told["agents_offline"]),
                ),
            )
        ),
        "hour": [{"name": told[f"hour_{mode}"], "value": facts.last_hour.get(mode, 0)} for mode in Mode],
        "health": health_lines(now, words),
    }


def tiles(now: Snapshot, words: Words) -> list[Json]:
    """The figures on top. ``since`` makes the browser count up from there; ``tone`` is good, warn, bad or empty."""
    facts, targets, told = now.facts, now.targets, words["wall"]
    late = sum(one.over(facts.at) > 1 for one in facts.waiting)
    first = facts.waiting[0] if facts.waiting else None
    over = first.over(facts.at) if first else 0.0
    missed, share = facts.breaches, facts.breaches.share_in_time
    online = [one for one in facts.agents if one.state is PresenceState.ONLINE]
    away = sum(one.state is PresenceState.AWAY for one in facts.agents)
    cap = sum(one.cap for one in online)
    closed = facts.service.state == "closed"
    waiting_note = told["late_count"].format(count=late) if late else told["all_in_time"]
    return [
        _tile("waiting", len(facts.waiting), waiting_note if first else told["none_waiting"], words, _tone(late > 0)),
        _tile(
            "longest",
            "—" if first is None else "",
            told["target"].format(value=duration(first.target if first else targets.first_response, words)),
            words,
            "bad" if over > 2 else _tone(over > 1),
            since=first.queued_at if first else None,
        ),
        _tile(
            "breaches",
            missed.total,
            told["breaches_of"].format(
                first=missed.first_response, resolution=missed.resolution, complaint=missed.complaint
            ),
            words,
            _tone(missed.total > 0),
        ),
        _tile(
            "in_time",
            "—" if share is None else f"{share:.0%}",
            told["none_due"] if share is None else told["target"].format(value=f"{targets.first_response_share:.0%}"),
            words,
            _tone(share is not None and share < targets.first_response_share),
        ),
        _tile(
            "agents",
            len(online),
            told["closed_now"] if closed and not online else told["away"].format(count=away),
            words,
            "bad" if facts.service.state == "nobody" else "",
        ),
        _tile("load", facts.held, told["of_capacity"].format(cap=cap), words, _tone(facts.held >= cap > 0)),
    ]


def alert_line(alert: Alert, words: Words) -> Json:
    """One alert in words, with what to do and who is on it."""
    finding, told = alert.finding, words["wall"]
    return {
        "key": finding.key,
        "kind": finding.kind,
        "severity": finding.severity,
        "severity_text": told[finding.severity],
        "title": finding_text(finding, words),
        "todo": finding_text(finding, words, "_todo"),
        "since": alert.since,
        "open": alert.open,
        "worse": alert.worse,
        "conv": finding.facts.get("conv", ""),
        "seen": {"name": alert.seen.agent_name, "at": alert.seen.at, "note": alert.seen.note} if alert.seen else None,
    }


def acknowledgement_line(ack: Acknowledgement, words: Words) -> Json:
    """One line of the history."""
    finding = Finding(ack.alert, ack.severity, ack.level, ack.since, ack.facts)
    return {
        "title": finding_text(finding, words),
        "severity": ack.severity,
        "severity_text": words["wall"][ack.severity],
        "name": ack.agent_name,
        "note": ack.note,
        "at": ack.at,
        "since": ack.since,
    }


def finding_text(finding: Finding, words: Words, part: str = "") -> str:
    """What is wrong, or with ``part`` ``_todo`` what to do about it, with the numbers of the finding."""
    values: Json = {}
    for name, value in finding.facts.items():
        if name in _TIMES and isinstance(value, float | int):
            values[name] = duration(value, words)
        elif name == "free" and isinstance(value, float | int):
            values[name] = f"{value / GIB:.1f}"
        else:
            values[name] = value
    return words["wall_alert"][finding.kind + part].format(**values)


def waiting_line(one: Waiting, words: Words) -> Json:
    """A waiting customer; ``late_after`` is the target in seconds."""
    return {
        "conv": one.conv_id,
        "customer": customer_name(one.conv_id, words),
        "reason": reason_text(one.reason, words),
        "priority": level(one.priority),
        "priority_text": words["priority"][str(level(one.priority))],
        "channel": channel_text(one.channel, words),
        "queued_at": one.queued_at,
        "late_after": one.target,
    }


def mood_line(one: MoodNow, words: Words) -> Json:
    """A conversation that goes on, by its mood."""
    told = words["wall"]
    with_whom = {Mode.BOT: told["with_bot"], Mode.QUEUED: told["with_queue"]}
    return {
        "conv": one.conv_id,
        "customer": customer_name(one.conv_id, words),
        "label": one.label,
        "label_text": mood_text(one.label, words),
        "trend": one.trend,
        "trend_text": told[f"trend_{one.trend}"],
        "who": one.owner_name or with_whom.get(one.mode, ""),
        "badness": round(one.badness, 2),
    }


def agent_line(one: AgentNow, words: Words) -> Json:
    """A colleague who is here, or who is gone and still holds somebody."""
    missed = words["wall"]["missed_offers"] if one.reason == "missed_offers" else one.reason
    return {
        "id": one.id,
        "name": one.name,
        "state": one.state,
        "state_text": words["presence"][one.state],
        "reason": missed if one.state is PresenceState.AWAY else "",
        "since": one.since,
        "load": one.load,
        "cap": one.cap,
        "full": one.load >= one.cap,
    }


def health_lines(now: Snapshot, words: Words) -> list[Json]:
    """The bot and the machine, a line each."""
    told, health, undone = words["wall"], now.health, now.facts.backlog
    up = sum(one.healthy for one in health.workers)
    paused = sum(one.paused for one in health.workers)
    share = health.disk_free / health.disk_size
    full = any(one.finding.kind == "disk_full" for one in now.alerts)
    lines = [
        _line(
            told["health_rasa"],
            told["health_rasa_value"].format(up=up, all=len(health.workers)),
            "good" if up == len(health.workers) else "warn" if up else "bad",
        )
    ]
    if paused:
        lines.append(_line(told["health_breaker"], told["health_breaker_value"].format(paused=paused), "bad"))
    lines += [
        _line(told["health_actions"], told["health_up" if health.actions else "health_down"], _good(health.actions)),
        _line(told["health_index"], _index_text(now, words), "good" if health.index else ""),
        _line(
            told["health_turns"],
            _pile(undone.turns, undone.oldest_turn, told["health_turns_value"], words),
            _good(not _alerted(now, "bot_behind"), "warn"),
        ),
        _line(
            told["health_outbox"],
            _pile(undone.deliveries, undone.oldest_delivery, told["health_outbox_value"], words),
            _good(not _alerted(now, "outbox_stuck"), "warn"),
        ),
    ]
    if undone.held_back:
        lines.append(_line(told["health_held"], str(undone.held_back), ""))
    lines.append(_line(told["health_left"], str(undone.left_messages), "", "followups" if undone.left_messages else ""))
    for account in health.accounts:
        error = account.last_error
        value = told["health_account_error"].format(code=error) if error else told["health_account_good"]
        lines.append(_line(account.name, value, _good(not error, "warn"), "wechat"))
    size = told["health_disk_value"].format(size=f"{health.disk_free / GIB:.0f}", share=f"{share * 100:.0f}")
    lines.append(_line(told["health_disk"], size, _good(not full, "warn")))
    return lines


def duration(seconds: float, words: Words) -> str:
    """A length of time in one unit, for reading at a glance."""
    told = words["wall"]
    if seconds < 90:
        return told["seconds"].format(n=round(seconds))
    if seconds < 5400:
        return told["minutes"].format(n=round(seconds / 60))
    if seconds < 172800:
        return told["hours"].format(n=f"{seconds / 3600:.1f}".removesuffix(".0"))
    return told["days"].format(n=round(seconds / 86400))


def _more(now: Snapshot, words: Words) -> str:
    told = words["wall"]
    if not now.alerts:
        return told["good_more"]
    what = finding_text(now.alerts[0].finding, words)
    return told["more_worst" if now.open_alerts else "more_seen"].format(what=what)


def _index_text(now: Snapshot, words: Words) -> str:
    told, index = words["wall"], now.health.index
    if index is None:
        return told["health_index_none"]
    made = time.strftime("%m-%d %H:%M", time.localtime(index.made_at)) if index.made_at else ""
    entries = "—" if index.entries is None else index.entries
    text = told["health_index_value"].format(version=index.version, entries=entries, time=made)
    return " · ".join(part for part in text.split(" · ") if part.strip())


def _pile(count: int, age: float, text: str, words: Words) -> str:
    return text.format(count=count, age=duration(age, words)) if count else words["wall"]["health_none"]


def _alerted(now: Snapshot, kind: str) -> bool:
    return any(one.finding.kind == kind for one in now.alerts)


def _tile(key: str, value: object, note: str, words: Words, tone: str, since: float | None = None) -> Json:
    name = words["wall"][f"tile_{key}"]
    return {"key": key, "name": name, "value": str(value), "note": note, "tone": tone, "since": since}


def _line(name: str, value: str, tone: str, href: str = "") -> Json:
    return {"name": name, "value": value, "tone": tone, "href": href}


def _tone(wrong: bool) -> str:
    return "warn" if wrong else ""


def _good(well: bool, else_: str = "bad") -> str:
    return "good" if well else else_


def _more_than(count: int, text: str) -> str:
    return text.format(count=count) if count > 0 else ""
