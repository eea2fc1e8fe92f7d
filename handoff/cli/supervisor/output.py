"""Where the lines of the processes go: one rotating file for each, and the terminal (colour or JSON)."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

FILE_BYTES = 10 * 1024 * 1024
FILES_KEPT = 5
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]")
_COLOURS = {"actions": "magenta", "rasa": "blue", "gateway": "green"}


class Output:
    """Takes each line of each service; `close` after the last one."""

    def __init__(self, console: Console, log_dir: Path, names: Iterable[str], *, as_json: bool) -> None:
        self._console = console
        self._as_json = as_json
        self.on_terminal = True
        log_dir.mkdir(parents=True, exist_ok=True)
        self._files = {name: _rotating(log_dir / f"{name}.log") for name in names}
        self._width = max((len(name) for name in self._files), default=0)

    def line(self, service: str, line: str) -> None:
        """Store the line without escape sequences; show it unless the terminal is used for progress."""
        if file := self._files.get(service):
            file.emit(logging.makeLogRecord({"msg": plain(line)}))
        # A reader that has gone must not stop the reading, or the service would block on a full pipe.
        with contextlib.suppress(OSError, ValueError):
            self._show(service, line)

    def _show(self, service: str, line: str) -> None:
        if self._as_json:
            sys.stdout.write(as_event(service, line) + "\n")
            sys.stdout.flush()
        elif self.on_terminal:
            prefix = Text(f"{service:<{self._width}} │ ", style=_COLOURS.get(service, "cyan"))
            self._console.print(prefix + Text.from_ansi(line))

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def plain(line: str) -> str:
    """The line without colours and control characters."""
    return _ANSI.sub("", line)


def as_event(service: str, line: str) -> str:
    """The line as one JSON object: its own keys if it is one already, else under ``event``."""
    body: dict[str, Any]
    try:
        parsed = json.loads(line)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        body = parsed
    else:
        body = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": plain(line)}
    body["service"] = service
    return json.dumps(body, ensure_ascii=False)


class _LogFile(RotatingFileHandler):
    """Loses lines on a full disk instead of printing a traceback for each."""

    def handleError(self, record: logging.LogRecord) -> None:
        return


def _rotating(path: Path) -> RotatingFileHandler:
    return _LogFile(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8", errors="replace", delay=True)
