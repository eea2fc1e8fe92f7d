"""The WeChat path of the demo: without a real account `baton run` starts the simulator and connects to it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from handoff.cli.supervisor.ports import bind_error
from handoff.cli.supervisor.spec import ServiceSpec
from handoff.settings import Settings
from handoff.wechat_sim.settings import write_demo_accounts

NAME = "wechat-sim"
LOOPBACK = frozenset({"127.0.0.1", "localhost"})


def with_demo(settings: Settings) -> Settings:
    """The settings, pointing at the simulator if it may run.

    It may when there is no accounts file of one's own, Baton listens on this machine only (in the simulator anybody
    may speak as anybody), and the port (``wechat_demo_port``, 0 for never) is free.
    """
    port = settings.wechat_demo_port
    own = settings.wechat_accounts or settings.wechat_file.exists()
    if own or not port or settings.host not in LOOPBACK or bind_error("127.0.0.1", port):
        return settings
    file = settings.data_dir.absolute() / "wechat-sim.toml"
    if not file.exists():
        write_demo_accounts(file)
    address = demo_address(settings)
    return settings.model_copy(update={"wechat_accounts": str(file), "wechat_api": address, "wecom_api": address})


def is_demo(settings: Settings) -> bool:
    """Whether these are settings of `with_demo`."""
    return bool(settings.wechat_demo_port) and settings.wechat_api == demo_address(settings)


def demo_address(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.wechat_demo_port}"


def demo_service(settings: Settings, root: Path, env: Mapping[str, str]) -> ServiceSpec:
    """How the simulator is started beside the others."""
    port = settings.wechat_demo_port
    return ServiceSpec(
        name=NAME,
        command=(sys.executable, "-m", "handoff.cli.main", "wechat-sim", "--port", str(port)),
        env=env,
        cwd=root,
        ready_url=f"{demo_address(settings)}/phone/accounts",
        host="127.0.0.1",
        port=port,
        port_variable="BATON_WECHAT_DEMO_PORT",
        about="the stand-in for WeChat",
    )
