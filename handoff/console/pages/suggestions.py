"""Answers of the knowledge base for what a customer said last, remembered so that each text is read once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from handoff.desk import Thread
from handoff.errors import ActionsUnavailable
from handoff.understanding import UnderstandClient

KEPT = 32


def question_of(thread: Thread) -> str:
    """The customer's newest message; the last ask of the card while nothing was said since the handoff ("yes,
    please" would find nothing); empty when there is neither."""
    said = next((e for e in reversed(thread.events) if e.author == "customer" and e.kind == "message"), None)
    handoff = thread.card.handoff
    if said is None or (handoff is not None and said.at <= handoff.queued_at):
        return thread.card.last_ask or (said.text if said else "")
    return said.text


class Suggestions:
    """Per agent; ``of`` gives the state ``ready``, ``none`` or ``unavailable`` and up to three answers."""

    def __init__(self, client: UnderstandClient) -> None:
        self._client = client
        self._known: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    async def of(self, text: str) -> tuple[str, list[dict[str, Any]]]:
        if not text:
            return "none", []
        if text not in self._known:
            try:
                found = await self._client.read([text])
            except ActionsUnavailable:
                return "unavailable", []
            self._known[text] = [_suggestion(hit) for hit in found[0].faq if hit.get("zone") != "none"][:3]
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        answers = self._known[text]
        return ("ready" if answers else "none"), answers


def _suggestion(hit: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(hit.get("id", "")),
        "question": str(hit.get("question", "")),
        "answer": str(hit.get("answer", "")),
        "score": round(float(hit.get("score") or 0.0), 2),
    }
