"""A real gateway process that a test may kill, and a small Rasa-shaped server whose answers the test controls."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.support.nursery import Child, Nursery
from tests.support.processes import free_port, wait_until

__all__ = ["free_port", "wait_until"]

ROOT = Path(__file__).parents[3]
SECRET = "test-secret"


class TurnServer:
    """Answers ``/webhooks/gateway/turn`` like Rasa's channel: a repeated turn id gets the stored answer.

    ``hold`` keeps every answer back while it is clear, ``down`` answers 503, ``script`` may change an answer.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.turns: list[dict[str, Any]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.down = False
        self.script: Callable[[dict[str, Any], dict[str, Any]], Any] = lambda body, answer: answer
        self._answers: dict[str, Any] = {}
        app = FastAPI()

        @app.get("/webhooks/gateway/health")
        def health() -> dict[str, str]:
            return {"status": "ok"}

        @app.post("/webhooks/gateway/turn")
        def turn(body: dict[str, Any], request: Request) -> JSONResponse:
            if request.headers.get("x-baton-secret") != SECRET:
                return JSONResponse({}, status_code=401)
            self.turns.append(body)
            self.hold.wait(30)
            if self.down:
                return JSONResponse({}, status_code=503)
            text = f"answer {len(self._answers) + 1} to {body['text']}"
            fresh = self.script(body, {"turn_id": body["turn_id"], "messages": [{"text": text}]})
            return JSONResponse(self._answers.setdefault(body["turn_id"], fresh))

        config = uvicorn.Config(app, port=self.port, log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> TurnServer:
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self._server.should_exit = True
        self._thread.join(10)


class GatewayProcess:
    """The gateway on a data directory of its own: ``python -m handoff``, or forked by a nursery."""

    def __init__(
        self, data_dir: Path, rasa_port: int, nursery: Nursery | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self.log = data_dir / "gateway.log"
        self._nursery = nursery
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BATON_")}
        self._env = kept | {
            "BATON_DATA_DIR": str(data_dir),
            "BATON_PORT": str(self.port),
            "BATON_RASA_URL": f"http://127.0.0.1:{rasa_port}",
            "BATON_ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
            "BATON_SHARED_SECRET": SECRET,
            "BATON_LOG_FORMAT": "json",
            "BATON_MESSAGES_PER_SECOND": "1000",
            "BATON_MESSAGE_BURST": "1000",
            **(env or {}),
        }
        self._process: subprocess.Popen[bytes] | Child | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        """URL of its database."""
        return self._env.get("BATON_DATABASE_URL") or f"sqlite:///{self._env['BATON_DATA_DIR']}/baton.db"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, **changed: str) -> httpx.Client:
        """Start it, with ``changed`` variables for this start only; returns once it serves."""
        self.spawn(**changed)
        http = httpx.Client(base_url=self.origin, timeout=30)
        wait_until(lambda: self._alive(http), 60)
        return http

    def spawn(self, **changed: str) -> None:
        env = self._env | changed
        if self._nursery is not None:
            self._process = self._nursery.start(env, self.log)
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "handoff"], env=env, cwd=ROOT, stdout=log, stderr=log
            )

    def _alive(self, http: httpx.Client) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the gateway ended:\n{self.log.read_text()}")
        try:
            return http.get("/health/live").status_code == 200
        except httpx.HTTPError:
            return False

    def send(self, how: int) -> None:
        assert self._process is not None
        self._process.send_signal(how)

    def kill(self, how: int = signal.SIGKILL) -> int:
        """End it; returns its exit code."""
        self.send(how)
        return self.wait()

    def wait(self, timeout: float = 30.0) -> int:
        assert self._process is not None
        return self._process.wait(timeout)
