"""`baton mood` and `baton policy`: the mood model and the escalation policy from a terminal."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console

from actions.errors import ActionsError
from actions.mood.errors import MoodModelError
from actions.policy import PolicyConfig, PolicyError
from actions.policy.config import SHIPPED
from actions.replay.cases import Case, read_cases, read_conversations
from actions.replay.client import Dialogue, Endpoints
from actions.replay.run import JOBS, replay_all, replay_one
from actions.replay.score import report
from actions.replay.show import explained, show_report, show_turns
from actions.replay.stack import dialogue_stack
from actions.replay.stored import stored_outcomes
from knowledge_base.errors import KnowledgeBaseError

mood = typer.Typer(help="Read the mood of messages.", no_args_is_help=True)
policy = typer.Typer(help="Check, explain and replay the escalation policy.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)
P = ParamSpec("P")
BATCH = 64


def _policy_file() -> Path:
    return Path(os.environ.get("BATON_POLICY_FILE") or SHIPPED)


AsJson = Annotated[bool, typer.Option("--json", help="machine-readable output")]
Policy = Annotated[Path | None, typer.Option("--policy", help="try this policy file, in processes of its own")]
Own = Annotated[bool, typer.Option("--own", help="start Rasa and actions even if some are running")]


def _speaking(command: Callable[P, None]) -> Callable[P, None]:
    """Show a known error as one message and exit code 2, never as a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (ActionsError, PolicyError, MoodModelError, KnowledgeBaseError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from error

    return run


@mood.callback()
def _mood() -> None:
    """Read the mood of messages."""


@mood.command("predict")
@_speaking
def predict(
    file: Annotated[Path | None, typer.Argument(help='JSONL of {"text"}; standard input when left out')] = None,
) -> None:
    """Print one line {"valence","anger","urgency","label","spans"} for each line {"text"}."""
    from actions.mood.predict import open_reader, predict_lines  # loads the encoder

    read = open_reader()
    name = str(file) if file else "<stdin>"
    for batch in _batches(_lines(file)):
        for found in predict_lines(batch, read, name):
            typer.echo(json.dumps(found, ensure_ascii=False))


def _lines(file: Path | None) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not blank."""
    try:
        source: Iterable[str] = sys.stdin if file is None else file.read_text(encoding="utf-8-sig").splitlines()
        yield from ((number, line) for number, line in enumerate(source, 1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ActionsError(f"{file or 'standard input'} cannot be read ({error}). Give a UTF-8 file.") from error


def _batches(lines: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    batch: list[tuple[int, str]] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@policy.command("check")
@_speaking
def check(
    file: Annotated[Path | None, typer.Argument(help="policy file; BATON_POLICY_FILE when left out")] = None,
) -> None:
    """Say `good`, or the file, the line, what is wrong and how to mend it (exit code 2)."""
    path = file or _policy_file()
    config = PolicyConfig.load(path)
    topics = ", ".join(topic.name for topic in (*config.crisis, *config.topics))
    typer.echo(f"{path}: good. Topics: {topics}")


@policy.command("explain")
@_speaking
def explain(
    file: Annotated[Path | None, typer.Argument(help="text file, one customer message a line, or JSONL cases")] = None,
    conversation: Annotated[str | None, typer.Option(help="id of a conversation that took place, instead")] = None,
    case_id: Annotated[str | None, typer.Option("--id", help="only this case of a JSONL file")] = None,
    policy_file: Policy = None,
    own: Own = False,
    as_json: AsJson = False,
) -> None:
    """Replay a file through the real dialogue, or read back a conversation; show each turn's signals and decision."""
    params = PolicyConfig.load(policy_file or _policy_file()).mood
    if (file is None) == (conversation is None):
        raise ActionsError("Say what to explain: a FILE, or --conversation ID for one that took place.")
    if conversation is not None:
        for outcome in stored_outcomes(_database_url(), conversation):
            _show(outcome.case.id, explained(outcome, [], params), as_json)
        return
    assert file is not None
    cases = [case for case in read_conversations(file) if case_id in (None, case.id)]
    if not cases:
        raise ActionsError(f"{file} holds no case {case_id!r}. Leave --id out to see all.")
    with dialogue_stack(_say, policy=policy_file, own=own) as endpoints:
        for case in cases:
            _show(case.id, _explained(case, endpoints, params), as_json)


def _show(name: str, turns: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"id": name, "turns": turns}, ensure_ascii=False))
    else:
        show_turns(name, turns, _out)


def _explained(case: Case, endpoints: Endpoints, params: Any) -> list[dict[str, Any]]:
    dialogue = Dialogue(endpoints)
    try:
        outcome = replay_one(case, dialogue)
        return explained(outcome, dialogue.understand([step.text for step in outcome.steps]), params)
    finally:
        dialogue.close()


@policy.command("replay")
@_speaking
def replay(
    cases: Annotated[Path, typer.Option("--cases", help='JSONL of {"id","lang","turns","expect"}')],
    policy_file: Policy = None,
    own: Own = False,
    jobs: Annotated[int, typer.Option(min=1, max=16, help="conversations at the same time")] = JOBS,
    figures: Annotated[bool, typer.Option("--figures", help="no list of misses: keeps a sealed part sealed")] = False,
    as_json: AsJson = False,
) -> None:
    """Run every case through NLU, search, mood and policy; print recall, precision, false alarms, reason accuracy."""
    found = read_cases(cases)
    if policy_file is not None:
        PolicyConfig.load(policy_file)
    with dialogue_stack(_say, policy=policy_file, own=own) as endpoints:
        outcomes = replay_all(found, endpoints, _counter(len(found)), jobs)
    if as_json:
        typer.echo(json.dumps(report(outcomes), ensure_ascii=False, indent=1))
    else:
        show_report(report(outcomes), _out, misses=not figures)


@policy.command("report")
@_speaking
def verdict_report(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="first day, UTC")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day, UTC")] = None,
    price_early: Annotated[float, typer.Option(min=0, help="cost of a handoff nobody needed yet")] = 1.0,
    price_late: Annotated[float, typer.Option(min=0, help="cost of one that came too late")] = 5.0,
    policy_file: Annotated[Path | None, typer.Option("--policy", help="policy to start the proposals from")] = None,
    as_json: AsJson = False,
) -> None:
    """Turn agents' verdicts on handoffs into precision, recall and cost; propose thresholds. Changes nothing."""
    from actions.verdicts.database import read_talks
    from actions.verdicts.figures import Prices, report
    from actions.verdicts.propose import proposals
    from actions.verdicts.show import show_verdicts

    config = PolicyConfig.load(policy_file or _policy_file())
    begin = since.replace(tzinfo=UTC).timestamp() if since else 0.0
    end = (until.replace(tzinfo=UTC) + timedelta(days=1)).timestamp() if until else time.time() + 1
    prices = Prices(price_early, price_late)
    talks = read_talks(_database_url(), begin, end)
    found = report(talks, prices) | {"proposals": proposals(talks, config, prices)}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        show_verdicts(found, _out)


def _database_url() -> str:
    """The gateway's database, by the same settings (the gateway itself must not be imported here)."""
    data_dir = Path(os.environ.get("BATON_DATA_DIR") or "var")
    return os.environ.get("BATON_DATABASE_URL") or f"sqlite:///{data_dir / 'baton.db'}"


def _say(line: str) -> None:
    _err.print(line, style="dim", highlight=False)


def _counter(total: int) -> Callable[[int], None]:
    """Progress on a terminal; silent in a pipe."""

    def done(count: int) -> None:
        if _err.is_terminal:
            _err.print(f"replayed {count}/{total}", end="\r" if count < total else "\n", highlight=False)

    return done
