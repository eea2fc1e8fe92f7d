"""How each process is started, and what is left alone because it runs elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from handoff.cli.supervisor.services import Plan, address_of, gateway_url, make_plan
from handoff.settings import Settings, load_settings

SECRET = "a-secret-for-the-tests"


@pytest.fixture
def settings(clean_env: Path) -> Settings:
    return load_settings()


def plan(settings: Settings, **values: object) -> Plan:
    changed = settings.model_copy(update=values)
    return make_plan(changed, root=Path("/srv/baton"), secret=SECRET, log_format="json")


def test_three_processes_with_the_gateway_last(settings: Settings) -> None:
    services = plan(settings).services
    assert [spec.name for spec in services] == ["actions", "rasa", "gateway"]
    assert [spec.command[1:3] for spec in services] == [("-m", "actions"), ("-m", "rasa"), ("-m", "handoff")]
    assert all(spec.command[0].startswith("/") for spec in services)


def test_all_get_the_secret_and_the_same_addresses_and_none_shows_it_on_its_command_line(settings: Settings) -> None:
    for spec in plan(settings, rasa_url="http://127.0.0.1:6005").services:
        assert spec.env["BATON_SHARED_SECRET"] == SECRET
        assert spec.env["BATON_RASA_URL"] == "http://127.0.0.1:6005"
        assert Path(spec.env["BATON_DATA_DIR"]).is_absolute()
        assert SECRET not in " ".join(spec.command)


def test_rasa_listens_on_loopback_and_stays_off_the_network(settings: Settings) -> None:
    rasa = plan(settings, rasa_url="http://localhost:6005").services[1]
    assert rasa.command[0] == "/srv/baton/.venv-rasa/bin/python"
    assert rasa.command[-4:] == ("-i", "127.0.0.1", "-p", "6005")
    assert rasa.env["RASA_TELEMETRY_ENABLED"] == "false"
    assert rasa.env["PYTHONPATH"] == "/srv/baton"


def test_ours_run_on_this_python(settings: Settings) -> None:
    services = plan(settings).services
    assert services[0].command[0] == services[2].command[0] == sys.executable


def test_a_server_on_another_machine_is_used_and_not_started(settings: Settings) -> None:
    made = plan(settings, rasa_url="http://rasa.shop.example:5005")
    assert [spec.name for spec in made.services] == ["actions", "gateway"]
    assert made.elsewhere == ("rasa at http://rasa.shop.example:5005",)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),
        ("::", "http://[::1]:1"),
        ("::1", "http://[::1]:1"),
        ("192.0.2.7", "http://192.0.2.7:1"),
    ],
)
def test_how_this_machine_reaches_the_gateway(settings: Settings, host: str, url: str) -> None:
    assert gateway_url(settings.model_copy(update={"host": host})) == url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:5005", ("127.0.0.1", 5005)),
        ("http://localhost", ("127.0.0.1", 80)),
        ("https://rasa.example", ("rasa.example", 443)),
    ],
)
def test_address_of(url: str, address: tuple[str, int]) -> None:
    assert address_of(url) == address


def test_each_local_rasa_of_several_is_started_on_its_port(settings: Settings) -> None:
    made = plan(settings, rasa_url="http://127.0.0.1:6005,http://rasa.shop.example:5005,http://127.0.0.1:6006")
    assert [spec.name for spec in made.services] == ["actions", "rasa", "rasa-3", "gateway"]
    assert [spec.port for spec in made.services[1:3]] == [6005, 6006]
    assert made.elsewhere == ("rasa-2 at http://rasa.shop.example:5005",)
