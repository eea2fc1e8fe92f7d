"""The real service in a thread, with a small action server at its side, so that tests can be the customer."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI, Request
from sqlalchemy import Connection, text, update

from handoff import queue
from handoff.app import build_services, create_app
from handoff.conversation import Agent, Draft, HandoffRequest, MoodReading, Role
from handoff.pokes import QUEUE
from handoff.settings import Settings
from handoff.store import agents, moods, protection
from handoff.store import tables as t
from handoff.store.append import append, get_conversation
from handoff.store.database import open_database

T = TypeVar("T")

PASSWORD = "correct horse battery"

FAQ = {
    "zh": [
        ("shipping-time", "多久能发货？", "现货订单在付款后 48 小时内发出，预售商品以商品页写明的日期为准。", 0.91),
        ("delivery-track", "怎么查物流？", "在“我的订单”里点开订单，就能看到物流进度。", 0.64),
    ],
    "en": [("shipping-time-en", "When will my order ship?", "Items in stock leave within 48 hours of payment.", 0.9)],
}


def action_server() -> FastAPI:
    """Speaks `/understand` as docs/architecture.md has it; angry words are a short list, the FAQ is fixed."""
    app = FastAPI()

    @app.get("/health/ready")
    async def ready() -> dict[str, bool]:
        return {"ok": True}

    @app.post("/understand")
    async def understand(request: Request) -> dict[str, Any]:
        texts = [item["text"] for item in (await request.json())["texts"]]
        return {"results": [_understood(text) for text in texts]}

    return app


def _understood(text: str) -> dict[str, Any]:
    lang = "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in text) else "en"
    angry = any(word in text for word in ("太差", "投诉", "骗", "ridiculous", "terrible"))
    mood = {"valence": 0.08, "anger": 0.86, "urgency": 0.6, "label": "angry", "spans": []}
    calm = {"valence": 0.55, "anger": 0.05, "urgency": 0.2, "label": "neutral", "spans": []}
    faq = [{"id": i, "question": q, "answer": a, "score": s, "zone": "answer"} for i, q, a, s in FAQ[lang]]
    return {"lang": lang, "mood": mood if angry else calm, "faq": faq}


def _backdate(conn: Connection, conv_id: str, seq: int, ago: float) -> None:
    """The past cannot be written any other way: what was said is protected from changes."""
    conn.execute(text("DROP TRIGGER event_fixed"))
    where = (t.event.c.conv_id == conv_id, t.event.c.seq == seq)
    conn.execute(update(t.event).where(*where).values(created_at=t.event.c.created_at - ago))
    protection.ensure(conn)


class Thread:
    """One uvicorn on a free port in its own thread and loop."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.loop = asyncio.new_event_loop()

    def start(self, app: FastAPI) -> None:
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        while not self.server.started:
            if not self.thread.is_alive():
                raise RuntimeError("the test's server ended before it had started")
            time.sleep(0.02)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.server.serve(sockets=[self.listener]))


class ConsoleServer:
    """The whole gateway without Rasa: bot lines and handoffs are written as the turn runner would."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self._actions, self._gateway = Thread(), Thread()
        own = {"data_dir": data_dir, "shared_secret": "test-secret", "actions_url": self._actions.origin}
        self.settings = Settings(**{**own, "rasa_url": "http://127.0.0.1:9", **settings})
        self.services = build_services(self.settings, open_database(self.settings))
        self.origin = self._gateway.origin

    def start(self) -> None:
        self._actions.start(action_server())
        self._gateway.start(create_app(self.services))

    def stop(self) -> None:
        self._gateway.stop()
        self._actions.stop()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` in the server's loop, where its pokes reach the pages."""
        return asyncio.run_coroutine_threadsafe(work, self._gateway.loop).result(20)

    def agent(self, name: str, display_name: str, role: Role = Role.AGENT) -> Agent:
        return self.call(self.services.accounts.add(name, display_name, role, PASSWORD))

    def customer(self, lang: str = "zh", channel: str = "web", vip: bool = False) -> str:
        """A new conversation that the bot owns; returns its id."""
        conversation = self.call(self.services.gateway.start(channel, lang, uuid.uuid4().hex)).conversation
        if vip:
            self._write(
                lambda conn: conn.execute(
                    update(t.customer).where(t.customer.c.id == conversation.customer_id).values(vip=True)
                )
            )
        return conversation.id

    def line(
        self, conv_id: str, author: str, text: str, *, buttons: list[str] | None = None, ago: float = 0.0, **more: Any
    ) -> int:
        """A line of the bot's time, written without asking the bot; returns its seq."""
        payload: dict[str, Any] = {
            "buttons": [{"title": b, "payload": b} for b in buttons or []],
            "meta": more.pop("meta", {}),
        }

        def work(conn: Connection) -> int:
            draft = Draft(
                more.get("kind", "message"),
                author,
                text,
                uuid.uuid4().hex,
                payload=payload,
                internal=more.get("internal", False),
            )
            event, _ = append(conn, conv_id, draft)
            if ago:
                _backdate(conn, conv_id, event.seq, ago)
            return event.seq

        return self._write(work, conv_id)

    def mood(self, conv_id: str, seq: int, valence: float, anger: float, label: str) -> None:
        self._write(lambda conn: moods.put_mood(conn, conv_id, MoodReading(seq, valence, anger, anger, label)), conv_id)

    def hand_over(
        self, conv_id: str, reason: str, rule: str, priority: int = 1, waited: float = 0.0, **details: Any
    ) -> str:
        """Put the conversation in the queue as a bot's answer would; returns the handoff's id."""

        def work(conn: Connection) -> str:
            request = HandoffRequest(reason, rule, priority, None, details)
            handoff = queue.open_handoff(conn, get_conversation(conn, conv_id), request)
            conn.execute(
                update(t.handoff).where(t.handoff.c.id == handoff.id).values(queued_at=t.handoff.c.queued_at - waited)
            )
            return handoff.id

        return self._write(work, conv_id)

    def say(self, conv_id: str, text: str) -> None:
        """The customer writes."""
        self.call(self.services.gateway.accept(conv_id, uuid.uuid4().hex, text))

    def read(self, conv_id: str) -> list[str]:
        """What the customer can read, oldest first."""
        page = self.call(self.services.gateway.events(conv_id, 0, None))
        return [event.text for event in page.events]

    def take_over(self, conv_id: str, loser: Agent, winner: Agent) -> None:
        """The conversation changes hands and no page hears of it."""

        def work(conn: Connection) -> None:
            queue.requeue_all_of(conn, loser.id)
            row = conn.execute(
                t.handoff.select().where(t.handoff.c.conv_id == conv_id, t.handoff.c.state == "queued")
            ).one()
            queue.claim(conn, row.id, agents.agent_by_id(conn, winner.id))

        self.call(self.services.db.write(work))

    def claim_unheard(self, handoff_id: str, agent: Agent) -> None:
        """An agent takes the customer and no page hears of it."""
        self.call(self.services.db.write(queue.claim, handoff_id, agent))

    def tasks(self, *names: str) -> int:
        """How many tasks of these names run in the server."""

        async def count() -> int:
            return sum(task.get_name() in names for task in asyncio.all_tasks())

        return self.call(count())

    def end_sessions(self, agent: Agent) -> None:
        self.call(self.services.db.write(agents.end_sessions_of, agent.id))

    def _write(self, work: Any, *topics: str) -> Any:
        async def written() -> Any:
            result = await self.services.db.write(work)
            self.services.pokes.poke(QUEUE, *topics)
            return result

        return self.call(written())
