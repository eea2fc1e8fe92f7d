"""Customers and agents of a storm: they try again until the gateway gives a definite answer, and write it all down."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.storm.history import History

WEB, AGENT = "/api/v1/web", "/api/v1/agent"
PASSWORD = "correct horse battery"
ASK_FOR_PERSON = "转人工"  # the scripted Rasa hands over when a message ends so
PAUSE = 0.05


class GaveUp(AssertionError):
    """The gateway gave no definite answer in a minute."""


@dataclass
class Patience:
    """Tries a call until it is answered for good; what nobody answered is tried again with the same key."""

    http: httpx.AsyncClient
    stop: Callable[[], bool] = lambda: False

    async def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response | None:
        """The definite answer; None when the storm ended before there was one."""
        for _ in range(1200):
            try:
                answer = await self.http.request(method, path, **kwargs)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code < 500 and answer.status_code != 429:
                return answer
            if self.stop():
                return None
            await asyncio.sleep(PAUSE)
        raise GaveUp(f"{method} {path}")


@dataclass
class Customer:
    """One customer: a sender over HTTP and a reader over WebSocket that comes back with its cursor."""

    name: str
    origin: str
    history: History
    stopped: asyncio.Event
    chance: random.Random
    pause: tuple[float, float] = (0.0, 0.04)
    asks_for_person: float = 0.0
    conv: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    since: int = 0
    epoch: str | None = None
    drops: int = 0
    _sent: int = 0

    async def arrive(self, http: httpx.AsyncClient) -> None:
        answer = await Patience(http).call("POST", f"{WEB}/session", json={"lang": "zh"})
        assert answer is not None and answer.status_code == 200, answer
        self.conv = answer.json()["conversation_id"]
        self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    async def talk(self) -> None:
        """Send until the storm ends; the last message may stay without an answer."""
        async with client(self.origin, self.headers) as http:
            while not self.stopped.is_set():
                await self.say(http)
                await asyncio.sleep(self.chance.uniform(*self.pause))

    async def say(self, http: httpx.AsyncClient, text: str = "") -> int | None:
        """One message, tried until it is acknowledged; its number, or None when the storm ended first."""
        self._sent += 1
        key = uuid.UUID(int=self.chance.getrandbits(128)).hex
        wants_person = self.chance.random() < self.asks_for_person
        words = text or f"{self.name}-{self._sent}{ASK_FOR_PERSON if wants_person else ''}"
        self.history.attempt(self.conv, "customer", key, words)
        body = {"client_msg_id": key, "text": words}
        answer = await Patience(http, self.stopped.is_set).call("POST", f"{WEB}/messages", json=body)
        if answer is None:
            return None
        if answer.status_code != 200:
            self.history.refuse(self.conv, "customer", key)
            return None
        seq = int(answer.json()["seq"])
        self.history.ack(self.conv, "customer", key, seq)
        return seq

    async def follow(self, until: asyncio.Event) -> None:
        """Read over WebSocket, coming back with the cursor whenever the line breaks."""
        url = self.origin.replace("http", "ws") + f"{WEB}/socket"
        while not until.is_set():
            try:
                async with connect(url, proxy=None, open_timeout=5) as socket:
                    token = self.headers["Authorization"].removeprefix("Bearer ")
                    hello = {"type": "hello", "token": token, "since": self.since, "epoch": self.epoch}
                    await socket.send(json.dumps(hello))
                    await self._read(socket, until)
            except (OSError, WebSocketException, TimeoutError):
                self.drops += 1
                await asyncio.sleep(PAUSE)

    async def _read(self, socket: Any, until: asyncio.Event) -> None:
        while not until.is_set():
            try:
                raw = await asyncio.wait_for(socket.recv(), 0.2)
            except TimeoutError:
                continue
            frame = json.loads(raw)
            if frame["type"] == "ready":
                self.epoch = frame["epoch"]
            elif frame["type"] == "reset":
                self.history.forget(self.name, self.conv)
                self.since = 0
            elif frame["type"] == "event" and frame["seq"] > self.since:
                # As the widget does: a number that was shown already is not shown again.
                self.since = frame["seq"]
                self.history.saw(self.name, self.conv, frame["seq"], frame["text"])


@dataclass
class Attendant:
    """An agent: takes whoever waits, says something, and lets go in one of the ways there are."""

    name: str
    origin: str
    history: History
    stopped: asyncio.Event
    chance: random.Random
    agent_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    _said: int = 0

    async def arrive(self, http: httpx.AsyncClient) -> None:
        self.headers = {"Origin": self.origin}
        body = {"name": self.name, "password": PASSWORD}
        answer = await Patience(http).call("POST", f"{AGENT}/login", json=body, headers=self.headers)
        assert answer is not None and answer.status_code == 200, answer
        self.headers["X-CSRF-Token"] = answer.json()["csrf"]
        self.cookies = dict(answer.cookies)
        self.agent_id = answer.json()["agent"]["id"]

    async def serve(self) -> None:
        async with client(self.origin, self.headers, self.cookies) as http:
            while not self.stopped.is_set():
                patience = Patience(http, self.stopped.is_set)
                queue = await patience.call("GET", f"{AGENT}/queue")
                waiting = [] if queue is None else [i for i in queue.json()["items"] if i["state"] == "queued"]
                if waiting:
                    await self._attend(patience, self.chance.choice(waiting[:3]))
                await asyncio.sleep(self.chance.uniform(0.0, 0.03))

    async def _attend(self, patience: Patience, item: dict[str, Any]) -> None:
        answer = await patience.call("POST", f"{AGENT}/handoffs/{item['handoff_id']}/claim")
        if answer is None or answer.status_code != 200:
            return
        conv, fence = item["conv_id"], int(answer.json()["fence"])
        self.history.claimed(conv, self.agent_id, fence)
        for _ in range(self.chance.randint(1, 2)):
            await self.say(patience, conv, fence)
        how = self.chance.choice(("close", "return"))
        await patience.call("POST", f"{AGENT}/conversations/{conv}/{how}", json={"fence": fence})

    async def say(self, patience: Patience, conv: str, fence: int) -> None:
        """One line to the customer under ``fence``, tried until it is stored or refused."""
        self._said += 1
        key, words = uuid.UUID(int=self.chance.getrandbits(128)).hex, f"{self.name} says {self._said}"
        self.history.attempt(conv, "agent", key, words)
        body = {"client_msg_id": key, "fence": fence, "text": words}
        answer = await patience.call("POST", f"{AGENT}/conversations/{conv}/messages", json=body)
        if answer is None:
            return
        if answer.status_code == 200:
            self.history.ack(conv, "agent", key, int(answer.json()["seq"]))
        else:
            self.history.refuse(conv, "agent", key)


def client(
    origin: str, headers: dict[str, str] | None = None, cookies: dict[str, str] | None = None
) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=origin, headers=headers, cookies=cookies, timeout=10, trust_env=False)
