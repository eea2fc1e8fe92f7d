"""Keeps a page's figures fresh: after each poke and now and then without one, for as long as its browser is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from handoff.console.pages.frame import Frame
from handoff.errors import BatonError
from handoff.pokes import wait_for


async def keep_fresh(
    frame: Frame,
    look: Callable[[], Awaitable[None]],
    *topics: str,
    every: float,
    pause: float = 0.0,
    failed: Callable[[], None] | None = None,
) -> None:
    """Call ``look`` until cancelled: whenever one of ``topics`` is poked, and every so many seconds.

    ``pause`` is the least time between two looks. It ends with the session, for a page left open on a screen would
    show figures for ever. ``failed`` is called when ``look`` raises a `BatonError`; without it the page is told.
    """
    await frame.client.connected()
    with frame.services.pokes.listen(*topics) as flag:
        while True:
            await wait_for(flag, every)
            try:
                if await frame.services.sign_in.check(frame.session_id) is None:
                    frame.leave()
                    return
                await look()
            except BatonError:
                if failed is not None:
                    failed()
                else:
                    frame.tell(frame.words["error"]["refresh"])
            await asyncio.sleep(pause)
