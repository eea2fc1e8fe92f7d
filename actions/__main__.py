"""Starts the action server: `python -m actions`."""

from __future__ import annotations

import sys

import uvicorn

from actions import logs
from actions.app import create_app
from actions.errors import SettingsError
from actions.settings import load_settings


def main() -> int:
    """Serve until stopped; 2 when the settings cannot be used."""
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logs.configure(settings.log_format)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
