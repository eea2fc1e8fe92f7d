"""The real action server over a FAQ folder, with the hashing embedder unless told: for tests of the editor's desk."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from pathlib import Path
from typing import Any, cast

import uvicorn

from actions.app import create_app
from actions.faq_index import FaqIndex
from actions.settings import Settings
from actions.wiring import Services
from knowledge_base.embedding import Embedder, HashingEmbedder


class FaqActions:
    """`/faq/*` and the watch over the folder work as in production; mood, orders and tickets are not there."""

    def __init__(self, faq_dir: Path, index_dir: Path, secret: str, embedder: Embedder | None = None) -> None:
        embedder = embedder or HashingEmbedder(512)
        self.index = FaqIndex(faq_dir, index_dir, embedder)
        self.index.build()
        absent = cast(Any, None)
        services = Services(embedder, self.index, absent, absent, absent, absent)
        settings = Settings(shared_secret=secret, faq_dir=faq_dir, faq_poll=0.1)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(create_app(settings, services), log_level="warning", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the action server ended before it had started")
            time.sleep(0.02)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))
