"""Talks to a running Rasa as the gateway does: one turn in, the channel's whole answer out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from actions.replay.cases import Case
from actions.replay.errors import StackError

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Endpoints:
    """Where the real dialogue answers. `actions_url` None: only Rasa is known."""

    rasa_url: str
    secret: str
    actions_url: str | None = None


class Dialogue:
    """One HTTP connection pool to the endpoints; safe to share between threads. Close it after use."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._http = httpx.Client(headers={"X-Baton-Secret": endpoints.secret}, timeout=TIMEOUT_S, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def turn(self, case: Case, sender: str, text: str) -> dict[str, Any]:
        """The answer to one customer message (docs/architecture.md, `POST /webhooks/gateway/turn`)."""
        metadata = {"lang": case.lang, "vip": case.vip, "channel": "replay"}
        body = {"sender": sender, "turn_id": uuid.uuid4().hex, "text": text, "metadata": metadata}
        return self._post(f"{self._endpoints.rasa_url}/webhooks/gateway/turn", body)

    def understand(self, texts: list[str]) -> list[dict[str, Any]]:
        """Mood and FAQ candidates of 1–64 texts; empty when the action server is not known."""
        if self._endpoints.actions_url is None:
            return []
        body = {"texts": [{"text": text} for text in texts], "top_k": 3}
        results = self._post(f"{self._endpoints.actions_url}/understand", body).get("results")
        return list(results) if isinstance(results, list) else []

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.post(url, json=body)
        except httpx.HTTPError as error:
            raise StackError(
                f"{url} does not answer ({error}). Start it with `baton run`, or leave it to replay."
            ) from error
        if answer.status_code == 401:
            raise StackError(f"{url} refuses our secret. Set BATON_SHARED_SECRET to the one it was started with.")
        if answer.status_code != 200:
            raise StackError(f"{url} answered {answer.status_code}: {answer.text[:300]}. Its log says more.")
        data = answer.json()
        if not isinstance(data, dict):
            raise StackError(f"{url} answered something that is no object. Is it Baton's Rasa?")
        return data


def new_sender() -> str:
    """A conversation id nobody else has."""
    return f"replay-{uuid.uuid4().hex}:1"
