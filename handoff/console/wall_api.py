"""The live wall and its alerts, as part of the agent API; supervisors and administrators. See docs/architecture.md."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from handoff.accounts import SignIn
from handoff.console.auth import Guard
from handoff.conversation import Agent
from handoff.settings import Settings
from handoff.wall import Snapshot, Wall
from handoff.wall.alerts import Alert
from handoff.wall.service import MAX_NOTE


class SeenIn(BaseModel):
    """Which alert somebody sees to, and a word for the colleagues."""

    alert: str = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=MAX_NOTE)


def router(wall: Wall, sign_in: SignIn, settings: Settings) -> APIRouter:
    """Routes under ``/api/v1/agent/wall``."""
    guard = Guard(sign_in, settings)
    Me = Annotated[Agent, Depends(guard.agent)]
    routes = APIRouter(prefix="/api/v1/agent/wall", tags=["agent"])

    @routes.get("")
    async def look(me: Me) -> dict[str, Any]:
        """Everything on the wall; times are epoch seconds, ages and targets seconds."""
        return snapshot_out(await wall.look(me))

    @routes.post("/acknowledge")
    async def acknowledge(body: SeenIn, me: Me) -> dict[str, Any]:
        """This account sees to an alert; 404 when nothing of the kind is wrong any more."""
        return snapshot_out(await wall.acknowledge(me, body.alert, body.note))

    @routes.get("/acknowledgements")
    async def acknowledgements(me: Me) -> list[dict[str, Any]]:
        """Who saw to what, newest first."""
        return [asdict(one) for one in await wall.history(me)]

    return routes


def snapshot_out(now: Snapshot) -> dict[str, Any]:
    """Plain JSON values."""
    facts, health = now.facts, now.health
    return {
        "at": facts.at,
        "state": now.state,
        "open_alerts": now.open_alerts,
        "alerts": [alert_out(one) for one in now.alerts],
        "service": asdict(facts.service),
        "waiting": [asdict(one) for one in facts.waiting],
        "longest_wait": max((facts.at - one.queued_at for one in facts.waiting), default=0.0),
        "held": facts.held,
        "breaches_today": asdict(facts.breaches) | {"share_in_time": facts.breaches.share_in_time},
        "agents": [asdict(one) for one in facts.agents],
        "moods": [asdict(one) for one in facts.moods],
        "last_hour": facts.last_hour,
        "backlog": asdict(facts.backlog),
        "angry": asdict(facts.anger),
        "bot": {
            "workers": [asdict(one) for one in health.workers],
            "actions": health.actions,
            "index": asdict(health.index) if health.index else None,
        },
        "disk": {"free": health.disk_free, "size": health.disk_size},
        "accounts": [
            {"id": one.app_id, "name": one.name, "kind": one.kind, "waiting": one.waiting, "error": one.last_error}
            for one in health.accounts
        ],
    }


def alert_out(alert: Alert) -> dict[str, Any]:
    """One alert with its last acknowledgement."""
    finding = alert.finding
    return {
        "alert": finding.key,
        "severity": finding.severity,
        "level": finding.level,
        "since": alert.since,
        "facts": finding.facts,
        "open": alert.open,
        "worse": alert.worse,
        "seen": asdict(alert.seen) if alert.seen else None,
    }
