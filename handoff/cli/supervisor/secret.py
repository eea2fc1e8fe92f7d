"""The secret that the three processes share: from the setting, else a file only its owner can read."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from handoff.cli.errors import NotReadyToRun
from handoff.errors import ConfigError

SECRET_FILE = "secret"
MIN_LENGTH = 16


def shared_secret(data_dir: Path, configured: str | None) -> str:
    """The configured secret, else the one in ``data_dir``, made when absent (mode 0600)."""
    if configured:
        return _checked(configured)
    return stored_secret(data_dir) or _make(data_dir / SECRET_FILE)


def stored_secret(data_dir: Path) -> str | None:
    """The secret in the file, None when there is none; one that others can read is closed to them."""
    path = data_dir / SECRET_FILE
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
        value = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise NotReadyToRun(
            f"The shared secret in {path} cannot be read: {error}.",
            remedy=f"Delete {path}; the next `baton run` makes a new one.",
        ) from error
    if len(value) < MIN_LENGTH:
        raise NotReadyToRun(
            f"The shared secret in {path} is cut short.",
            remedy=f"Delete {path}; the next `baton run` makes a new one.",
        )
    return value


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _make(path: Path) -> str:
    value = secrets.token_urlsafe(32)
    write_private(path, value + "\n")
    return value


def _checked(value: str) -> str:
    if len(value) < MIN_LENGTH or not value.isascii() or not value.isprintable():
        raise ConfigError(
            f"BATON_SHARED_SECRET must be at least {MIN_LENGTH} printable ASCII characters.",
            remedy="Remove it to let `baton run` make one, or set a long random value.",
        )
    return value
