"""Verdicts on handoffs: one click, changeable, audited, only by those who may."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from handoff.app import Services
from handoff.conversation import Role
from handoff.errors import Forbidden, NotFound
from handoff.store import tables as t
from handoff.store.erase import erase_customer
from handoff.verdicts import VerdictDesk
from tests.integration.handoff.conftest import World
from tests.integration.handoff.test_agent_api import AGENT, login, waiting
from tests.integration.handoff.test_web_api import client, me, services

__all__ = ["client", "me", "services"]  # fixtures


async def test_the_last_verdict_counts_and_each_is_audited(world: World) -> None:
    lin = await world.agent("lin")
    conv = await world.queued()
    handoff = await world.handoff_id(conv)
    await world.desk.claim(lin, handoff)
    desk = VerdictDesk(world.db)
    assert await desk.of(lin, handoff) is None
    assert (await desk.give(lin, handoff, "too_early")).verdict == "too_early"
    changed = await desk.give(lin, handoff, "right", "  she was furious ")
    assert (changed.verdict, changed.note, changed.agent_name) == ("right", "she was furious", "Lin")
    await desk.give(lin, handoff, "right", "she was furious")  # the same again is no new verdict
    trail = await world.db.read(
        lambda conn: [
            row.data for row in conn.execute(select(t.audit).where(t.audit.c.action == "handoff_judged")).all()
        ]
    )
    assert sorted((row["before"] or "", row["verdict"]) for row in trail) == [("", "too_early"), ("too_early", "right")]


async def test_who_may_judge(world: World) -> None:
    lin, chen = await world.agent("lin"), await world.agent("chen")
    boss = await world.agent("boss", Role.SUPERVISOR)
    handoff = await world.handoff_id(await world.queued())
    await world.desk.claim(lin, handoff)
    desk = VerdictDesk(world.db)
    with pytest.raises(Forbidden):
        await desk.give(chen, handoff, "right")
    with pytest.raises(NotFound):
        await desk.give(boss, "nothing", "right")
    assert (await desk.give(boss, handoff, "too_late")).agent_name == "Boss"


async def test_an_erased_person_leaves_no_note(world: World) -> None:
    lin = await world.agent("lin")
    conv = await world.queued()
    handoff = await world.handoff_id(conv)
    await world.desk.claim(lin, handoff)
    desk = VerdictDesk(world.db)
    await desk.give(lin, handoff, "right", "Mrs Wang again")
    await world.db.write(erase_customer, conv.customer_id, "asked")
    kept = await desk.of(lin, handoff)
    assert kept is not None and (kept.verdict, kept.note) == ("right", "")


def test_the_api(client: TestClient, me: dict[str, str], services: Services) -> None:
    waiting(client, me)
    agent = login(client, services, "lin")
    handoff = client.get(f"{AGENT}/queue").json()["items"][0]["handoff_id"]
    url = f"{AGENT}/handoffs/{handoff}/verdict"
    assert client.put(url, json={"verdict": "right"}, headers=agent).status_code == 403
    client.post(f"{AGENT}/handoffs/{handoff}/claim", headers=agent)
    assert client.get(url).json() is None
    given = client.put(url, json={"verdict": "too_late", "note": "<b>"}, headers=agent).json()
    assert (given["verdict"], given["note"], given["agent_name"]) == ("too_late", "<b>", "Lin")
    assert client.get(url).json() == given
    assert client.put(url, json={"verdict": "perhaps"}, headers=agent).status_code == 422
    assert client.put(url, json={"verdict": "right"}, headers={"Origin": "http://shop.test"}).status_code == 403
