"""A gateway that is started again whenever it is found dead, as the supervisor does; calls go on where they broke."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.integration.handoff.gateway_process import SECRET, GatewayProcess
from tests.storm.people import AGENT, PASSWORD, WEB
from tests.support.processes import wait_until


@dataclass
class Revived:
    """Calls that are repeated until there is a definite answer; ``deaths`` counts how often it was dead."""

    gateway: GatewayProcess
    patience: float = 60.0
    deaths: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10, trust_env=False))

    def start(self, **changed: str) -> None:
        """Start with ``changed`` variables; one that dies of them before it serves is started without."""
        self.gateway.spawn(**changed)
        wait_until(lambda: self._serves() or not self.gateway.running, 60)

    def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """The definite answer: anything but a broken line, 5xx or 429."""
        end = time.monotonic() + self.patience
        last = ""
        while time.monotonic() < end:
            self._revive()
            try:
                answer = self._http.request(method, self.gateway.origin + path, **kwargs)
            except httpx.HTTPError as error:
                last = repr(error)
                continue
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            last = f"{answer.status_code} {answer.text[:500]}"
            time.sleep(0.05)
        raise AssertionError(f"no definite answer to {method} {path}: {last}\n{self.gateway.log.read_text()[-2000:]}")

    def _revive(self) -> None:
        with self._lock:  # several callers may find it dead at the same time
            if not self.gateway.running:
                self.deaths += 1
                self.gateway.start()

    def _serves(self) -> bool:
        try:
            return self._http.get(f"{self.gateway.origin}/health/live").status_code == 200
        except httpx.HTTPError:
            return False


@dataclass
class Person:
    """A customer who never gives up, one call after the other."""

    calls: Revived
    headers: dict[str, str] = field(default_factory=dict)
    conv: str = ""

    def arrive(self) -> None:
        answer = self.calls.call("POST", f"{WEB}/session", json={"lang": "zh"}).json()
        self.headers = {"Authorization": f"Bearer {answer['token']}"}
        self.conv = answer["conversation_id"]

    def say(self, text: str, key: str) -> httpx.Response:
        return self.calls.call(
            "POST", f"{WEB}/messages", json={"client_msg_id": key, "text": text}, headers=self.headers
        )

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page()["events"]
        return found

    def page(self, since: int = 0) -> dict[str, Any]:
        page: dict[str, Any] = self.calls.call("GET", f"{WEB}/events?since={since}", headers=self.headers).json()
        return page

    def until(self, *, texts: int = 0, code: str = "") -> None:
        """Until the bot has said ``texts`` things, or a notice with ``code`` is there."""

        def there() -> bool:
            events = self.events()
            codes = [event["meta"].get("code") for event in events]
            said = [event for event in events if event["author"] == "bot"]
            return len(said) >= texts and (not code or code in codes)

        wait_until(there, self.calls.patience, f"for {texts} answers {code}")


@dataclass
class Clerk:
    """An agent who never gives up; sessions are in the database, so they outlive the process."""

    calls: Revived
    name: str
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    agent_id: str = ""

    def arrive(self) -> None:
        origin = {"Origin": self.calls.gateway.origin}
        body = {"name": self.name, "password": PASSWORD}
        answer = self.calls.call("POST", f"{AGENT}/login", json=body, headers=origin)
        assert answer.status_code == 200, answer.text
        cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        self.headers = origin | {"X-CSRF-Token": answer.json()["csrf"], "Cookie": cookie}
        self.agent_id = answer.json()["agent"]["id"]

    def show_up(self) -> httpx.Response:
        """Say that the desk is manned."""
        return self.calls.call("PUT", f"{AGENT}/presence", json={"state": "online"}, headers=self.headers)

    def queue(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.calls.call("GET", f"{AGENT}/queue", headers=self.headers).json()["items"]
        return items

    def claim(self, handoff_id: str) -> httpx.Response:
        return self.calls.call("POST", f"{AGENT}/handoffs/{handoff_id}/claim", headers=self.headers)

    def take(self, conv: str) -> int:
        """Claim the conversation's handoff; returns the fence."""
        handoff = next(item["handoff_id"] for item in self.queue() if item["conv_id"] == conv)
        answer = self.claim(handoff)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["fence"])

    def write(self, conv: str, fence: int, text: str, key: str, kind: str = "messages") -> httpx.Response:
        body = {"client_msg_id": key, "fence": fence, "text": text}
        return self.calls.call("POST", f"{AGENT}/conversations/{conv}/{kind}", json=body, headers=self.headers)

    def let_go(self, conv: str, fence: int, how: str = "close") -> httpx.Response:
        return self.calls.call(
            "POST", f"{AGENT}/conversations/{conv}/{how}", json={"fence": fence}, headers=self.headers
        )


def add_agents(calls: Revived, count: int) -> None:
    """Accounts ``agent0`` … through the running gateway's own door."""
    for number in range(count):
        body = {"name": f"agent{number}", "display_name": f"Agent {number}", "role": "agent", "password": PASSWORD}
        calls.call("POST", "/internal/agents", json=body, headers={"X-Baton-Secret": SECRET})
