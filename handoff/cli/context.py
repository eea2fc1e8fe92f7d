"""Where the command stands: the project's root and the settings read from there."""

from __future__ import annotations

import os
from pathlib import Path

import handoff
from handoff.settings import Settings, load_settings


def project_root() -> Path:
    """The folder that holds `bot/`: the source tree of this package, else the current directory."""
    source = Path(handoff.__file__).resolve().parent.parent
    return source if (source / "bot" / "endpoints.yml").is_file() else Path.cwd()


def settings_at_root() -> tuple[Settings, Path]:
    """Settings and root; works from any directory, because `.env` and relative paths belong to the project.

    Changes the current directory. `ConfigError` names each bad variable.
    """
    root = project_root()
    os.chdir(root)
    settings = load_settings()
    return settings.model_copy(update={"data_dir": settings.data_dir.absolute()}), root


def log_dir() -> Path:
    """Where the command's own error log goes, even when the settings cannot be read."""
    return Path(os.environ.get("BATON_DATA_DIR") or project_root() / "var") / "logs"
