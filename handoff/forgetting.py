"""Makes the bot forget who was erased and what is too old: Rasa's trackers, the action server's tickets."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import structlog

from handoff.inside import inside_client
from handoff.periodic import Periodic
from handoff.store import bot_memory
from handoff.store.database import Database

log = structlog.get_logger(__name__)

LOOK_EVERY = 15.0
PATIENCE = 10.0
RASA, ACTIONS = "/webhooks/gateway/forget", "/forget"


class BotMemory:
    """Works off what erasures and the retention job noted. Forgetting twice does no harm, so no lease is needed."""

    def __init__(self, db: Database, rasa_urls: Sequence[str], actions_url: str, secret: str) -> None:
        self._db = db
        self._rasa = [f"{url}{RASA}" for url in rasa_urls]
        self._actions = [f"{actions_url}{ACTIONS}"]
        self._http = inside_client(secret, PATIENCE)

    async def run(self) -> None:
        """Run until cancelled."""
        await Periodic("bot_memory", self.forget_due, LOOK_EVERY, at_once=True).run()

    async def forget_due(self) -> int:
        """One round; returns how many conversations are forgotten."""
        done = 0
        for conv_id in await self._db.read(bot_memory.due):
            # The workers of Rasa share one tracker store: any of them will do.
            if await self._asked(self._rasa, conv_id) and await self._asked(self._actions, conv_id):
                await self._db.write(bot_memory.forgotten, conv_id)
                done += 1
            else:
                await self._db.write(bot_memory.later, conv_id)
        return done

    async def close(self) -> None:
        await self._http.aclose()

    async def _asked(self, urls: Sequence[str], conv_id: str) -> bool:
        """Whether one of them has forgotten the conversation."""
        for url in urls:
            try:
                status = (await self._http.post(url, json={"conversation": conv_id})).status_code
            except httpx.HTTPError as error:
                log.warning("not_forgotten", url=url, error=type(error).__name__)
                continue
            if status == 200:
                return True
            log.warning("not_forgotten", url=url, status=status)
        return False
