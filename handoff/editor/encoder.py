"""Client of the action server's `/faq` calls, where the encoder and the live index are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from handoff.editor.errors import FaqUnreadable
from handoff.errors import ActionsUnavailable
from handoff.inside import inside_client
from knowledge_base.models import Entry

# A rehearsal encodes what is new and asks every saved question twice.
PATIENCE = 120.0

Case = dict[str, Any]


class FaqEncoder:
    """``POST /faq/explain|rehearse|followups|refresh|group``; `ActionsUnavailable` when there is no usable answer."""

    def __init__(self, url: str, secret: str) -> None:
        self._http = inside_client(secret, PATIENCE, url)

    async def explain(self, text: str, lang: str | None, top_k: int = 5) -> dict[str, Any]:
        """What a customer's words find in the live index, and why."""
        return await self._ask("explain", {"text": text, "lang": lang, "top_k": top_k})

    async def rehearse(self, files: Mapping[str, str], cases: Sequence[Case]) -> dict[str, Any]:
        """How the answers to ``cases`` change with ``files`` (text by path); `FaqUnreadable` names a mistake."""
        return await self._ask("rehearse", {"files": dict(files), "cases": list(cases)})

    async def warm(self, cases: Sequence[Case]) -> None:
        """Have the saved questions asked beforehand: the first rehearsal is then as quick as the others."""
        await self._ask("rehearse", {"files": {}, "cases": list(cases)})

    async def predicted(self, entry: Entry) -> list[str]:
        """Questions that are offered after an entry besides those its editor wrote."""
        keys = ("id", "question", "lang", "category", "followups", "buttons", "sensitive")
        facts = entry.to_dict()
        found = await self._ask("followups", {key: facts[key] for key in keys})
        return [offer["question"] for offer in found["offers"] if offer["source"] != "written"]

    async def refresh(self) -> None:
        """Have files that were just written taken over now; returns when customers are answered by them."""
        await self._ask("refresh", {})

    async def group(self, questions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Questions (``question``, ``count``) grouped by meaning, most asked first, each with its nearest entry."""
        if not questions:
            return []
        groups: list[dict[str, Any]] = (await self._ask("group", {"questions": list(questions)}))["groups"]
        return groups

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, call: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            response = await self._http.post(f"/faq/{call}", json=body)
            if response.status_code == 422 and response.json()["error"]["code"] == "bad_faq":
                raise FaqUnreadable(response.json()["error"]["message"])
            response.raise_for_status()
            found: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise ActionsUnavailable(f"The action server cannot {call} ({type(error).__name__}).") from error
        return found
