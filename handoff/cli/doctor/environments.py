"""Checks of both Python environments and of the packages in them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from handoff.cli.doctor.check import Finding, Site, fail, ok, warn
from handoff.cli.supervisor.services import absolute
from handoff.cli.version import installed

APP_PYTHON = (3, 11)
RASA_PYTHON = "3.10."
RASA_VERSION = "3.6.21"
_SETUP = "Run `make setup`."
# Those that name their version in pyproject.toml for a reason, and those without which nothing starts.
_APP_PACKAGES: Mapping[str, str] = {
    "fastapi": "",
    "nicegui": "3.18",
    "rasa-sdk": "3.21.1",
    "sqlalchemy": "2.",
    "torch": "2.13",
    "transformers": "4.57",
    "sentence-transformers": "5.7",
    "optimum-onnx": "0.1.0",
    "faiss-cpu": "",
}
_RASA_PROBE = """
import json, platform
from importlib import metadata
def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
print(json.dumps({"python": platform.python_version(), "rasa": version("rasa"), "jieba": version("jieba")}))
"""


def check_python(site: Site) -> Finding:
    name = "Python of Baton"
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] != APP_PYTHON:
        return fail(name, found, "Baton needs Python 3.11; run `make setup`, and start it with `.venv/bin/baton`.")
    return ok(name, found)


def check_packages(site: Site) -> Finding:
    """Presence and version of the main packages, without importing them."""
    name = "packages of Baton"
    versions = {package: installed(package) for package in _APP_PACKAGES}
    absent = [package for package, version in versions.items() if version is None]
    if absent:
        return fail(name, f"missing: {', '.join(absent)}", _SETUP)
    other = [
        f"{package} {version} (made for {_APP_PACKAGES[package]})"
        for package, version in versions.items()
        if not str(version).startswith(_APP_PACKAGES[package])
    ]
    if other:
        return warn(name, "; ".join(other), "Run `make setup` to get the locked versions.")
    return ok(name, ", ".join(f"{package} {version}" for package, version in versions.items()))


def check_rasa_environment(site: Site) -> Finding:
    """Starts Rasa's own Python, which tells its versions."""
    name = "environment of Rasa"
    python = absolute(site.settings.rasa_python, site.root)
    if not os.access(python, os.X_OK):
        return fail(name, f"no Python at {python}", f"{_SETUP} Or point BATON_RASA_PYTHON at it.")
    try:
        found = _ask(python)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return fail(name, f"{python} does not run: {type(error).__name__}", "Remove .venv-rasa and run `make setup`.")
    detail = f"Python {found['python']}, rasa {found['rasa']}, jieba {found['jieba']}"
    if found["rasa"] is None or found["jieba"] is None or not str(found["python"]).startswith(RASA_PYTHON):
        return fail(name, detail, "Rasa needs Python 3.10; remove .venv-rasa and run `make setup`.")
    if found["rasa"] != RASA_VERSION:
        return warn(name, detail, f"Baton is made for rasa {RASA_VERSION}; run `make setup`.")
    return ok(name, detail)


def _ask(python: Path) -> dict[str, str | None]:
    command = [str(python), "-I", "-c", _RASA_PROBE]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    found: dict[str, str | None] = json.loads(answer.stdout)
    return found


def check_browser(site: Site) -> Finding:
    """Only the tests need it."""
    name = "Chromium for the tests"
    cache = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache" / "ms-playwright")
    found = sorted(Path(cache).glob("chromium*"))
    if not found:
        return warn(name, "not installed (only `make test` needs it)", "Run `playwright install chromium`.")
    return ok(name, found[-1].name)
