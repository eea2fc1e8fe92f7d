"""A process that supervises one child and prints its pid; the test ends it with kill -9."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from handoff.cli.supervisor.progress import LineReporter
from handoff.cli.supervisor.spec import ServiceSpec
from handoff.cli.supervisor.supervisor import Supervisor
from handoff.cli.terminal import err


def main() -> None:
    port = int(sys.argv[1])
    spec = ServiceSpec(
        name="child",
        command=(sys.executable, str(Path(__file__).with_name("supervised_service.py")), str(port), "serve"),
        env=dict(os.environ),
        cwd=Path.cwd(),
        ready_url=f"http://127.0.0.1:{port}/",
        host="127.0.0.1",
        port=port,
        port_variable="X",
        about="",
    )

    async def once_ready() -> None:
        print("ready", flush=True)

    supervisor = Supervisor(
        [spec],
        sink=lambda name, line: None,
        reporter=LineReporter(err(), as_json=False),
        on_pids=lambda pids: print(pids.get("child", 0), flush=True),
        once_ready=once_ready,
    )
    asyncio.run(supervisor.run())


if __name__ == "__main__":
    main()
