"""An erased person is forgotten by Rasa and by the action server too, whenever they can be reached again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection, select, update

from actions import forgetting
from actions.complaints.store import Complaint, TicketStore
from actions.wiring import current
from handoff.conversation import Draft
from handoff.forgetting import BotMemory
from handoff.store import tables as t
from handoff.store.append import append
from handoff.store.bot_memory import due
from handoff.store.customers import create_customer, open_conversation
from handoff.store.erase import erase_customer
from tests.integration.handoff.conftest import World


class Peers:
    """Rasa's workers and the action server, as they answer `BotMemory`."""

    def __init__(self, memory: BotMemory) -> None:
        self.down: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        memory._http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host in self.down:
            raise httpx.ConnectError("down")
        self.asked.append((str(request.url), json.loads(request.content)["conversation"]))
        return httpx.Response(200, json={})


def _erased(conn: Connection) -> str:
    customer = create_customer(conn, channel="web")
    conversation = open_conversation(conn, customer, "web", "zh")
    append(conn, conversation.id, Draft("message", "customer", "我叫李雷", "1"))
    conn.execute(t.dismissed_gap.insert().values(key="k", question="我叫李雷", actor="a", at=0.0))
    erase_customer(conn, customer, "asked")
    return conversation.id


async def test_both_forget_and_whoever_is_away_is_asked_again(world: World) -> None:
    memory = BotMemory(world.db, ("http://rasa1", "http://rasa2"), "http://actions", "secret")
    peers = Peers(memory)
    conv_id = await world.db.write(_erased)
    assert await memory.forget_due() == 0 and peers.asked == [], "a turn may still be under way"
    assert await world.db.read(lambda conn: conn.execute(select(t.dismissed_gap)).all()) == []
    now_due = update(t.bot_memory).values(not_before=0.0)
    for down, forgotten in (({"rasa1", "rasa2"}, 0), ({"actions"}, 0), ({"rasa1"}, 1)):
        peers.down = down
        await world.db.write(lambda conn: conn.execute(now_due))
        assert await memory.forget_due() == forgotten
    assert peers.asked[-2:] == [
        ("http://rasa2/webhooks/gateway/forget", conv_id),
        ("http://actions/forget", conv_id),
    ]
    assert await world.db.read(due) == []
    await memory.close()


async def test_the_action_server_blanks_the_tickets_of_all_episodes(tmp_path: Path, monkeypatch: Any) -> None:
    tickets = TicketStore(tmp_path / "tickets.db")
    tickets.prepare()
    for turn, sender in enumerate(("c1:1", "c1:2", "c11:1", "c2:1")):
        tickets.file(Complaint(str(turn), sender, "zh", f"话{turn}", 2, "13800000000"), datetime.now(UTC))
    monkeypatch.setattr(type(current), "get", lambda _self: type("Services", (), {"tickets": tickets})())
    app = FastAPI()
    app.include_router(forgetting.router([]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://actions") as http:
        assert (await http.post("/forget", json={"conversation": "c1"})).json() == {"tickets": 2}
        assert (await http.post("/forget", json={"conversation": ""})).status_code == 422
    with tickets._connect() as connection:
        left = connection.execute("SELECT sender, text, contact FROM tickets ORDER BY turn_id").fetchall()
    assert left == [
        ("c1:1", "", None),
        ("c1:2", "", None),
        ("c11:1", "话2", "13800000000"),
        ("c2:1", "话3", "13800000000"),
    ]
