"""When `baton run` brings the WeChat simulator along, and that it never takes the place of a real account."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from handoff.channels.wechat.accounts import load_accounts
from handoff.channels.wecom.accounts import load_kf_accounts
from handoff.cli.supervisor.services import make_plan
from handoff.cli.supervisor.wechat_demo import is_demo, with_demo
from handoff.settings import Settings, load_settings
from tests.support.processes import free_port


@pytest.fixture
def settings(clean_env: Path) -> Settings:
    return load_settings().model_copy(update={"wechat_demo_port": free_port()})


def test_the_gateway_and_the_simulator_know_each_other(settings: Settings) -> None:
    demo = with_demo(settings)
    assert is_demo(demo) and load_accounts(demo.wechat_accounts) and load_kf_accounts(demo.wechat_accounts)
    services = make_plan(demo, root=Path("/srv/baton"), secret="s" * 16, log_format="json").services
    assert [spec.name for spec in services] == ["actions", "rasa", "wechat-sim", "gateway"]
    gateway, simulator = services[-1], services[-2]
    address = f"http://127.0.0.1:{simulator.port}"
    assert gateway.env["BATON_WECHAT_API"] == gateway.env["BATON_WECOM_API"] == address
    assert gateway.env["BATON_WECHAT_ACCOUNTS"] == demo.wechat_accounts
    assert simulator.ready_url.startswith(address)


def test_the_accounts_of_the_demo_stay_the_same(settings: Settings) -> None:
    first = Path(with_demo(settings).wechat_accounts).read_text(encoding="utf-8")
    assert Path(with_demo(settings).wechat_accounts).read_text(encoding="utf-8") == first


@pytest.mark.parametrize("change", [{"wechat_accounts": "real.toml"}, {"host": "0.0.0.0"}, {"wechat_demo_port": 0}])
def test_not_beside_real_accounts_nor_for_others(settings: Settings, change: dict[str, object]) -> None:
    changed = settings.model_copy(update=change)
    assert with_demo(changed) == changed and not is_demo(with_demo(changed))


def test_not_beside_accounts_that_the_console_connected(settings: Settings) -> None:
    settings.wechat_file.parent.mkdir(parents=True, exist_ok=True)
    settings.wechat_file.touch()
    assert with_demo(settings) == settings


def test_a_port_in_use_leaves_the_demo_out(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", settings.wechat_demo_port))
        taken.listen()
        assert with_demo(settings) == settings
