"""The console, made ready beside the serving: after a restart customers need not wait for pages that agents use."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from handoff.console.services import ConsoleServices
from handoff.http import problems
from handoff.periodic import end_process_if_failed

PATH = "/console"
# The console's framework takes a third of the time of all imports.
PAGES = "handoff.console.pages"


class LateConsole:
    """Everything below ``/console``; who comes before it is ready waits for it."""

    def __init__(self, services: ConsoleServices) -> None:
        self._services = services
        self._console: FastAPI | None = None
        self._ready = asyncio.Event()

    def put_on(self, app: FastAPI) -> None:
        """Take the paths, and load with the start of the app. Call it last, after all that is more precise."""
        app.router.routes.append(Route(PATH, endpoint=self, include_in_schema=False))
        app.router.routes.append(Mount(PATH, app=self, name="console"))
        serve = app.router.lifespan_context

        @contextlib.asynccontextmanager
        async def lifespan(served: FastAPI) -> AsyncIterator[Any]:
            async with serve(served) as state:
                stop = asyncio.Event()
                running = asyncio.create_task(self._run(served, stop))
                running.add_done_callback(end_process_if_failed)
                yield state
                stop.set()
                await asyncio.gather(running, return_exceptions=True)

        app.router.lifespan_context = lifespan

    async def _run(self, served: FastAPI, stop: asyncio.Event) -> None:
        # On a thread: the loop serves customers meanwhile.
        pages: Any = await asyncio.to_thread(importlib.import_module, PAGES)
        console = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        problems.install(console)
        pages.mount(console, self._services)
        async with console.router.lifespan_context(served):
            self._console = console
            self._ready.set()
            # What is loaded now stays: looking through all of it for garbage would hold up customers, again and again.
            gc.freeze()
            await stop.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._ready.wait()
        assert self._console is not None
        # Its routes are written with their whole path, as if there were one app.
        await self._console({**scope, "root_path": scope.get("app_root_path", "")}, receive, send)
