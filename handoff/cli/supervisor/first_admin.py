"""Gives a fresh installation its first account, so that somebody can sign in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from handoff.cli.agents import Agents
from handoff.cli.supervisor.secret import write_private

LOGIN_FILE = "first-login.txt"
NAME = "admin"
# Without characters that are easily taken for one another.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class FirstLogin:
    """Shown once; ``path`` holds the same, readable by its owner only."""

    name: str
    password: str
    path: Path


def ensure_first_admin(agents: Agents, data_dir: Path) -> FirstLogin | None:
    """Create `admin` when there is no account at all; None when there is one."""
    if agents.list():
        return None
    login = FirstLogin(NAME, generate_password(), data_dir / LOGIN_FILE)
    # The file comes first: an account whose password nobody knows could not be used.
    write_private(login.path, f"name: {login.name}\npassword: {login.password}\n")
    try:
        agents.add(NAME, NAME, "admin", login.password)
    except Exception:
        login.path.unlink(missing_ok=True)
        raise
    return login


def generate_password(groups: int = 4, size: int = 5) -> str:
    """Random groups joined by dashes; the default carries about 116 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(size)) for _ in range(groups))
