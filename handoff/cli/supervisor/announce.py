"""Says, when all is ready, where to go and, the first time, how to sign in."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from handoff.cli.supervisor.first_admin import FirstLogin
from handoff.cli.supervisor.services import Plan, gateway_url
from handoff.cli.supervisor.wechat_demo import demo_address, is_demo
from handoff.settings import Settings

PAGES = (
    ("Shop demo (中文)", "/demo/"),
    ("Shop demo (English)", "/demo/en.html"),
    ("Agent console", "/console/"),
    ("API description", "/openapi.json"),
)


def announce(console: Console, settings: Settings, plan: Plan, login: FirstLogin | None, *, as_json: bool) -> None:
    """Print the addresses and the first login. As JSON the password is left to its file: logs are kept."""
    base = gateway_url(settings)
    if as_json:
        body = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "service": "baton",
            "event": "ready",
        }
        extra = {"url": base, "first_login": str(login.path) if login else None}
        sys.stdout.write(json.dumps({**body, **extra}) + "\n")
        sys.stdout.flush()
        return
    table = Table.grid(padding=(0, 2))
    for title, path in PAGES:
        table.add_row(title, Text(base + path, style="cyan"))
    if is_demo(settings):
        table.add_row("WeChat phone (demo)", Text(f"{demo_address(settings)}/", style="cyan"))
    for where in plan.elsewhere:
        table.add_row("Used, not started", Text(where))
    console.print(Panel(table, title="Baton is ready", title_align="left", expand=False))
    if login:
        console.print(_first_login(login))
    console.print("Ctrl-C stops everything.")


def _first_login(login: FirstLogin) -> Text:
    return Text.assemble(
        ("First account: ", "bold"),
        f"name {login.name}, password ",
        (login.password, "bold yellow"),
        f"\nShown this once; also in {login.path}, which you may delete after the first sign-in.",
    )
