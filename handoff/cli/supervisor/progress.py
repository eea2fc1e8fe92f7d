"""Tells the operator what happens: a live display on a terminal, plain lines or JSON events elsewhere."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from handoff.cli.supervisor.output import Output
from handoff.cli.supervisor.spec import ServiceSpec


class LineReporter:
    """One line for each step; ``as_json`` makes each an event."""

    def __init__(self, console: Console, *, as_json: bool) -> None:
        self._console = console
        self._as_json = as_json

    def starting(self, spec: ServiceSpec, pid: int) -> None:
        self._say("service_starting", f"{spec.name}: starting ({spec.about})", spec, pid=pid)

    def ready(self, spec: ServiceSpec, seconds: float) -> None:
        took = round(seconds, 1)
        self._say("service_ready", f"{spec.name}: ready after {took} s", spec, seconds=took)

    def hung(self, spec: ServiceSpec, seconds: float) -> None:
        text = f"{spec.name}: answered nothing for {seconds:g} s; it is ended and starts again"
        self._say("service_hung", text, spec, seconds=seconds)

    def died(self, spec: ServiceSpec, code: int, delay: float, tail: Sequence[str]) -> None:
        text = f"{spec.name}: ended with {ending(code)}; starts again in {delay:g} s"
        self._say("service_died", text, spec, code=code, delay=delay)

    def stopping(self, spec: ServiceSpec) -> None:
        self._say("service_stopping", f"{spec.name}: stopping", spec)

    def stopped(self, spec: ServiceSpec, code: int) -> None:
        self._say("service_stopped", f"{spec.name}: stopped", spec, code=code)

    def _say(self, event: str, text: str, spec: ServiceSpec, **values: float) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more, which must not end the services
            if self._as_json:
                at = datetime.now(UTC).isoformat(timespec="milliseconds")
                body = {"at": at, "service": "baton", "event": event, "name": spec.name, **values}
                print(json.dumps(body), flush=True)
            else:
                self._console.print(text, markup=False)


class LiveReporter(LineReporter):
    """Spinners until all are ready, during which the services' own lines go to their files only."""

    def __init__(self, console: Console, specs: Sequence[ServiceSpec], output: Output) -> None:
        super().__init__(console, as_json=False)
        self._output = output
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {spec.name: self._progress.add_task(_waiting(spec), total=1) for spec in specs}
        self._live = True
        output.on_terminal = False
        self._progress.start()

    def starting(self, spec: ServiceSpec, pid: int) -> None:
        if self._live:
            self._progress.reset(self._tasks[spec.name], description=_waiting(spec))
        else:
            super().starting(spec, pid)

    def ready(self, spec: ServiceSpec, seconds: float) -> None:
        if self._live:
            self._progress.update(self._tasks[spec.name], completed=1, description=f"[bold]{spec.name}[/] is ready")
        else:
            super().ready(spec, seconds)

    def died(self, spec: ServiceSpec, code: int, delay: float, tail: Sequence[str]) -> None:
        super().died(spec, code, delay, tail)
        if self._live:  # its lines were not shown, so show the last ones now
            for line in list(tail)[-10:]:
                self._console.print(f"  {escape(line)}", style="dim")

    def stopping(self, spec: ServiceSpec) -> None:
        self.finish()
        super().stopping(spec)

    def finish(self) -> None:
        """Give the terminal back to the log lines; harmless when done already."""
        if self._live:
            self._live = False
            with contextlib.suppress(OSError):  # the terminal may have gone
                self._progress.stop()
            self._output.on_terminal = True


def ending(code: int) -> str:
    """An exit code in words: negative numbers are signals."""
    return f"signal {-code}" if code < 0 else f"code {code}"


def _waiting(spec: ServiceSpec) -> str:
    return f"[bold]{spec.name}[/] {escape(spec.about)}"
