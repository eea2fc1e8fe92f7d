"""`baton hours`: check, show and set when people answer; through the running gateway, else straight in the database."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from handoff.cli.agents import gateway_client, is_gateway
from handoff.cli.context import settings_at_root
from handoff.cli.errors import CliError, GatewayRefused
from handoff.cli.supervisor.secret import stored_secret
from handoff.cli.terminal import out
from handoff.settings import Settings

if TYPE_CHECKING:
    from handoff.store.business_hours import HoursVersion

app = typer.Typer(name="hours", help="Business hours: when people answer.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="YAML file; docs/operating.md shows one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class BadHoursFile(CliError):
    """The file of business hours cannot be used."""

    code = "bad_hours_file"
    exit_code = 1
    remedy = "Correct it; docs/operating.md shows an example. The hours in force were not changed."


@app.command()
def check(file: File) -> None:
    """Read a file of business hours and say what is wrong with it; changes nothing."""
    from handoff.hours import parse_hours

    hours = parse_hours(_read(file))
    out().print(f"{file}: {len(hours.calendars)} calendar(s), nothing wrong.", markup=False)


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the hours in force."""
    settings, _ = settings_at_root()
    found = _call(settings, None)
    body = {key: found[key] for key in ("version", "author", "at", "body")}
    if as_json:
        typer.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    origin = f"# Version {body['version']}, set by {body['author']}" if body["version"] else "# Never set: always open"
    typer.echo(f"{origin}\n{yaml.safe_dump(body['body'], allow_unicode=True, sort_keys=False)}", nl=False)


@app.command("set")
def set_(file: File) -> None:
    """Put the hours of this file in force; a mistake changes nothing."""
    from handoff.hours import parse_hours

    body = _read(file)
    parse_hours(body)
    settings, _ = settings_at_root()
    version = _call(settings, json.loads(json.dumps(body, default=str)))["version"]
    out().print(f"Version {version} of the business hours is in force.", markup=False)


def _read(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadHoursFile(f"{file} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise BadHoursFile(f"{file} is no YAML: {error}.") from error


def _call(settings: Settings, body: Any | None) -> dict[str, Any]:
    """The hours in force, after setting ``body`` if one is given."""
    secret = settings.shared_secret or stored_secret(settings.data_dir)
    with gateway_client(settings, secret) as client:
        if secret and is_gateway(client):
            answer = client.get("/internal/hours") if body is None else client.put("/internal/hours", json=body)
            if not answer.is_success:
                raise GatewayRefused(f"The running gateway refused ({answer.status_code}): {answer.text[:300]}")
            found: dict[str, Any] = answer.json()
            return found
    return asyncio.run(_in_database(settings, body))


async def _in_database(settings: Settings, body: Any | None) -> dict[str, Any]:
    from dataclasses import asdict

    from handoff.pokes import Pokes
    from handoff.store.database import open_database
    from handoff.team_desk import TeamDesk

    database = open_database(settings)
    try:
        desk = TeamDesk(database, Pokes(), settings)
        found: HoursVersion = await (desk.hours() if body is None else desk.set_hours_as("operator", "operator", body))
        return asdict(found)
    finally:
        database.close()
