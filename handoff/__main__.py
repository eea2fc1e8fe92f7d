"""Runs the gateway: `python -m handoff`, normally under `baton run`."""

from __future__ import annotations

import os
import sys

import uvicorn

from handoff import traces
from handoff.app import build_services, create_app
from handoff.errors import BatonError, StorageUnavailable
from handoff.http.cut_off import CuttingProtocol
from handoff.logs import configure_logging
from handoff.settings import load_settings
from handoff.store.database import open_database

SWITCH_WITHIN = 0.001


def main() -> int:
    """Serve until stopped; bad configuration ends with one message and exit code 78 (EX_CONFIG)."""
    try:
        settings = load_settings()
        configure_logging("gateway", settings.log_format)
        if settings.traces:
            traces.configure("gateway")
        app = create_app(build_services(settings, open_database(settings)))
    except BatonError as error:
        print(f"Error: {error.message}\nWhat to do: {error.remedy}", file=sys.stderr)
        return os.EX_TEMPFAIL if isinstance(error, StorageUnavailable) else os.EX_CONFIG
    # A writing thread that waits for the loop's thread waits this long; the default of 5 ms is felt in every ack.
    sys.setswitchinterval(SWITCH_WITHIN)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws=CuttingProtocol,
        ws_max_size=64 * 1024,
        ws_max_queue=16,
        ws_per_message_deflate=False,  # frames are small, and each socket would keep its own dictionaries
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=settings.stop_within,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
