"""`baton wechat-sim`: a stand-in for the WeChat platform with a page on which one plays the customer."""

from __future__ import annotations

from typing import Annotated

import typer

from handoff.cli.context import settings_at_root
from handoff.cli.errors import PortInUse
from handoff.cli.supervisor.ports import bind_error, holder_of
from handoff.cli.terminal import out


def wechat_sim(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 8090,
) -> None:
    """Start a stand-in for WeChat, with a page on which you play the customer; Ctrl-C stops it."""
    import uvicorn

    from handoff.wechat_sim.app import create_sim
    from handoff.wechat_sim.platform import Platform
    from handoff.wechat_sim.settings import sim_accounts, write_demo_accounts

    settings, _ = settings_at_root()
    console, address = out(), f"http://127.0.0.1:{port}"
    if bind_error("127.0.0.1", port):
        raise PortInUse(
            f"Port {port} is held by {holder_of(port) or 'another process'}.", remedy="Choose another --port."
        )
    file = settings.wechat_accounts
    if not file:
        demo = settings.data_dir / "wechat-sim.toml"
        if not demo.exists():
            write_demo_accounts(demo)
        file = str(demo)
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    platform = Platform(sim_accounts(file, f"http://{host}:{settings.port}"), address=address)
    if not settings.wechat_accounts or address not in (settings.wechat_api, settings.wecom_api):
        console.print("Start Baton with these settings (environment or .env), so that it talks to the simulator:")
        for name, value in (("WECHAT_ACCOUNTS", file), ("WECHAT_API", address), ("WECOM_API", address)):
            console.print(f"  BATON_{name}={value}", markup=False)
    console.print(f"The phone: {address}/   (Ctrl-C stops)", markup=False)
    uvicorn.run(
        create_sim(platform),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
