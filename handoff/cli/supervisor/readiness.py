"""Asks a process over HTTP whether it can work yet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

POLL_SECONDS = 0.25


async def answers(url: str, headers: Mapping[str, str]) -> bool:
    """True when ``url`` answers 2xx within two seconds."""
    try:
        # trust_env: a proxy set for the internet must not be asked for the loopback address.
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            return (await client.get(url, headers=dict(headers))).is_success
    except (httpx.HTTPError, OSError):
        return False


async def until_ready(url: str, headers: Mapping[str, str]) -> None:
    """Return at the first 2xx; never give up by itself."""
    while not await answers(url, headers):
        await asyncio.sleep(POLL_SECONDS)
