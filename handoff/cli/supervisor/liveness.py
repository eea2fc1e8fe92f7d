"""Notices a process that runs but answers nothing any more; patient, for a busy process is not a hung one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Patience:
    """How often to ask, how long to wait for one answer, and for how long silence is forgiven; in seconds."""

    every: float = 5.0
    answer_within: float = 10.0
    silence: float = 60.0


async def until_hung(url: str, headers: Mapping[str, str], patience: Patience) -> None:
    """Return when nothing at all came from ``url`` for ``patience.silence`` seconds; any HTTP status is an answer."""
    heard = time.monotonic()
    async with httpx.AsyncClient(timeout=patience.answer_within, trust_env=False) as client:
        while time.monotonic() - heard < patience.silence:
            await asyncio.sleep(patience.every)
            try:
                # A new connection each time: one that the process accepted before it hung proves nothing.
                await client.get(url, headers={**headers, "Connection": "close"})
                heard = time.monotonic()
            except (httpx.HTTPError, OSError):
                continue
