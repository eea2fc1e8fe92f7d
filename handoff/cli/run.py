"""`baton run`: checks, starts and supervises the three processes, and says where to go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from handoff.cli.agents import GatewayAgents, gateway_client
from handoff.cli.context import settings_at_root
from handoff.cli.supervisor.announce import announce
from handoff.cli.supervisor.first_admin import ensure_first_admin
from handoff.cli.supervisor.leftovers import end_leftovers
from handoff.cli.supervisor.lock import run_lock
from handoff.cli.supervisor.output import Output
from handoff.cli.supervisor.ports import require_free
from handoff.cli.supervisor.preflight import require_everything
from handoff.cli.supervisor.progress import LineReporter, LiveReporter
from handoff.cli.supervisor.secret import shared_secret
from handoff.cli.supervisor.services import Plan, make_plan
from handoff.cli.supervisor.state import Running, created_at, remove_state, write_state
from handoff.cli.supervisor.supervisor import Supervisor
from handoff.cli.supervisor.wechat_demo import with_demo
from handoff.cli.terminal import err
from handoff.logs import resolve_format
from handoff.settings import Settings


def run(
    check: Annotated[bool, typer.Option("--check", help="Only check whether everything is there.")] = False,
) -> None:
    """Start Baton and keep it running; Ctrl-C stops it."""
    settings, root = settings_at_root()
    console = err()
    with run_lock(settings.data_dir):
        for name in end_leftovers(settings.data_dir):
            console.print(f"Ended {name}, left over from an earlier run.", markup=False)
        settings = with_demo(settings)
        secret = shared_secret(settings.data_dir, settings.shared_secret)
        log_format = resolve_format(settings.log_format, sys.stderr)
        plan = make_plan(settings, root=root, secret=secret, log_format=log_format)
        require_everything(settings, root)
        require_free(plan.services)
        if check:
            console.print("Everything that `baton run` needs is there.")
            return
        asyncio.run(_supervise(settings, plan, secret, console, as_json=log_format == "json"))


async def _supervise(settings: Settings, plan: Plan, secret: str, console: Console, *, as_json: bool) -> None:
    output = Output(console, settings.data_dir / "logs", [s.name for s in plan.services], as_json=as_json)
    live = LiveReporter(console, plan.services, output) if console.is_terminal and not as_json else None

    async def once_ready() -> None:
        with gateway_client(settings, secret) as client:
            login = await asyncio.to_thread(ensure_first_admin, GatewayAgents(client), settings.data_dir)
        if live:
            live.finish()
        announce(console, settings, plan, login, as_json=as_json)

    supervisor = Supervisor(
        plan.services,
        sink=output.line,
        reporter=live or LineReporter(console, as_json=as_json),
        on_pids=lambda pids: _store_pids(settings.data_dir, plan, pids),
        once_ready=once_ready,
    )
    try:
        with _signals(supervisor):
            await supervisor.run()
    finally:
        if live:
            live.finish()
        output.close()
        remove_state(settings.data_dir)


@contextlib.contextmanager
def _signals(supervisor: Supervisor) -> Iterator[None]:
    """Ctrl-C, `kill` and a closed terminal all stop in good order."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, supervisor.request_stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _store_pids(data_dir: Path, plan: Plan, pids: dict[str, int]) -> None:
    ports = {spec.name: spec.port for spec in plan.services}
    running = {name: Running(pid, ports[name], created_at(pid)) for name, pid in pids.items()}
    write_state(data_dir, os.getpid(), running)
