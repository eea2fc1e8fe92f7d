"""The one place that says how each process of Baton is started."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from handoff.cli.supervisor.spec import FATAL_EXIT_CODES, ServiceSpec
from handoff.cli.supervisor.wechat_demo import demo_service, is_demo
from handoff.settings import Settings

# Vector sums of one query are too small to share: waiting helper threads would only take the cores from Rasa.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Plan:
    """What `baton run` starts. A Rasa or action server on another machine is used, not started."""

    services: tuple[ServiceSpec, ...]
    elsewhere: tuple[str, ...]


def make_plan(settings: Settings, *, root: Path, secret: str, log_format: str) -> Plan:
    """Specs in the order of starting; ``root`` holds `bot/`, ``log_format`` is `json` or `colour`."""
    shared = _shared_env(settings, secret, log_format)
    candidates = (
        ("actions", settings.actions_url, _actions(settings, root, shared)),
        *(
            (name, url, _rasa(settings, root, shared, name, url))
            for name, url in zip(_names("rasa", len(settings.rasa_urls)), settings.rasa_urls, strict=True)
        ),
    )
    local = tuple(spec for _, url, spec in candidates if is_local(url))
    away = tuple(f"{name} at {url}" for name, url, _ in candidates if not is_local(url))
    demo = (demo_service(settings, root, {**shared, "PYTHONPATH": _path_with(root)}),) if is_demo(settings) else ()
    return Plan((*local, *demo, _gateway(settings, root, shared)), away)


def is_local(url: str) -> bool:
    """Whether the address is this machine, so that the process is ours to start."""
    return (urlsplit(url).hostname or "") in _THIS_MACHINE


def address_of(url: str) -> tuple[str, int]:
    """Host and port of an http(s) URL."""
    parts = urlsplit(url)
    host = parts.hostname or "127.0.0.1"
    return ("127.0.0.1" if host == "localhost" else host), parts.port or (443 if parts.scheme == "https" else 80)


def gateway_url(settings: Settings) -> str:
    """How this machine reaches the gateway, also when it listens on every address."""
    wildcard = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    host = wildcard.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _actions(settings: Settings, root: Path, env: Mapping[str, str]) -> ServiceSpec:
    host, port = address_of(settings.actions_url)
    return ServiceSpec(
        name="actions",
        command=(sys.executable, "-m", "actions"),
        env={**_ONE_THREAD, **env, "PYTHONPATH": _path_with(root)},
        cwd=root,
        ready_url=f"{settings.actions_url}/health/ready",
        live_url=f"{settings.actions_url}/health/live",
        host=host,
        port=port,
        port_variable="BATON_ACTIONS_URL",
        about="loading the encoder, the FAQ index and the mood model",
        fatal_exit_codes=FATAL_EXIT_CODES | {2},  # its own code for settings that cannot be used
        headers={"X-Baton-Secret": env["BATON_SHARED_SECRET"]},
    )


def _names(first: str, count: int) -> list[str]:
    """``rasa``, ``rasa-2``, ``rasa-3``…"""
    return [first, *(f"{first}-{number}" for number in range(2, count + 1))]


def _rasa(settings: Settings, root: Path, env: Mapping[str, str], name: str, url: str) -> ServiceSpec:
    host, port = address_of(url)
    python = absolute(settings.rasa_python, root)
    arguments = (
        *("-m", "rasa", "run"),
        *("--model", str(rasa_models(settings, root))),
        *("--endpoints", str(root / "bot/endpoints.yml"), "--credentials", str(root / "bot/credentials.yml")),
        *("-i", host, "-p", str(port)),
    )
    return ServiceSpec(
        name=name,
        command=(str(python), *arguments),
        env={
            **env,
            "PYTHONPATH": str(root),
            "RASA_TELEMETRY_ENABLED": "false",  # it would try the network and stall
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "PYTHONWARNINGS": "ignore::DeprecationWarning",
        },
        cwd=root,
        ready_url=f"{url}/webhooks/gateway/health",
        host=host,
        port=port,
        port_variable="BATON_RASA_URL",
        about="loading the dialogue model",
        headers={"X-Baton-Secret": env["BATON_SHARED_SECRET"]},
    )


def _gateway(settings: Settings, root: Path, env: Mapping[str, str]) -> ServiceSpec:
    return ServiceSpec(
        name="gateway",
        command=(sys.executable, "-m", "handoff"),
        env={**env, "PYTHONPATH": _path_with(root)},
        cwd=root,
        ready_url=f"{gateway_url(settings)}/health/ready",
        live_url=f"{gateway_url(settings)}/health/live",
        host=settings.host,
        port=settings.port,
        port_variable="BATON_PORT",
        about="opening the store, waiting for the others",
        headers={"X-Baton-Secret": env["BATON_SHARED_SECRET"]},
    )


def _shared_env(settings: Settings, secret: str, log_format: str) -> dict[str, str]:
    """This process's environment with the settings that all three must agree on spelled out."""
    return {
        **os.environ,
        "BATON_SHARED_SECRET": secret,
        "BATON_DATA_DIR": str(settings.data_dir.absolute()),
        "BATON_HOST": settings.host,
        "BATON_PORT": str(settings.port),
        "BATON_RASA_URL": settings.rasa_url,
        "BATON_ACTIONS_URL": settings.actions_url,
        "BATON_WECHAT_ACCOUNTS": settings.wechat_accounts,
        "BATON_WECHAT_API": settings.wechat_api,
        "BATON_WECOM_API": settings.wecom_api,
        "BATON_LOG_FORMAT": log_format,
        "PYTHONUNBUFFERED": "1",
    }


def rasa_models(settings: Settings, root: Path) -> Path:
    """Directory of the trained dialogue models (`*.tar.gz`)."""
    return absolute(settings.data_dir, root) / "rasa" / "models"


def absolute(path: Path, root: Path) -> Path:
    """Relative paths are below the project's root. Symbolic links stay: a venv's python is one."""
    return path if path.is_absolute() else root / path


def _path_with(root: Path) -> str:
    known = os.environ.get("PYTHONPATH")
    return f"{root}{os.pathsep}{known}" if known else str(root)
