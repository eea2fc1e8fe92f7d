"""The one top-level handler of the `baton` command: named errors become message, remedy and exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.text import Text

from handoff.cli.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, exit_code_of

ERROR_LOG = "cli-errors.log"


@runtime_checkable
class NamedError(Protocol):
    """What every package's own errors look like, whatever their base class."""

    message: str
    remedy: str


def run_guarded(action: Callable[[], object], *, console: Console, log_dir: Path, debug: bool) -> int:
    """Run ``action``; return the exit code. Unknown errors are written, whole, below ``log_dir``.

    ``debug`` shows the traceback on the console as well.
    """
    try:
        action()
    except SystemExit as stop:
        return _exit_status(stop)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone; the interpreter would complain again while closing the stream.
        sys.stdout = None
        return 0
    except Exception as error:
        if debug:
            console.print(Text(traceback.format_exc().rstrip()))
        if isinstance(error, NamedError):
            print_named(console, error.message, error.remedy)
            return exit_code_of(error)
        return _unknown(error, console, log_dir)
    return 0


def print_named(console: Console, message: str, remedy: str) -> None:
    """One red headline and, when known, the way out."""
    console.print(Text.assemble(("Error: ", "bold red"), message))
    if remedy:
        console.print(Text.assemble(("What to do: ", "bold"), remedy))


def _exit_status(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    return stop.code if isinstance(stop.code, int) else 1


def _unknown(error: Exception, console: Console, log_dir: Path) -> int:
    console.print(Text.assemble(("Internal error: ", "bold red"), f"{type(error).__name__}: {error}"))
    written = _write_traceback(log_dir / ERROR_LOG)
    where = f"The details are in {written}. " if written else ""
    console.print(f"{where}Run the command again with --debug to see them here.")
    return EXIT_INTERNAL


def _write_traceback(path: Path) -> Path | None:
    """Append the current traceback; None when the log cannot be written, which must not hide the error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat()}\n{traceback.format_exc()}\n")
    except OSError:
        return None
    return path
