"""`baton agent`: add, list and disable the people who answer, and set their passwords."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.table import Table

from handoff.cli.agents import ROLES, open_agents
from handoff.cli.context import settings_at_root
from handoff.cli.errors import BadRole, CliError
from handoff.cli.terminal import out

app = typer.Typer(name="agent", help="Accounts of the people who answer.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name to sign in with.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


class NoPassword(CliError):
    """No password was given."""

    code = "no_password"
    exit_code = 2
    remedy = "Give it with --password-stdin when there is no terminal to ask on."


@app.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help=f"One of: {', '.join(ROLES)}.")] = "agent",
    display: Annotated[str, typer.Option(help="Name that customers see.")] = "",
    password_stdin: FromStdin = False,
) -> None:
    """Make an account."""
    if role not in ROLES:
        raise BadRole(f"There is no role {role!r}.", remedy=f"Choose one of: {', '.join(ROLES)}.")
    settings, _ = settings_at_root()
    password = _password(password_stdin)
    with open_agents(settings) as agents:
        agents.add(name, display or name, role, password)
    out().print(f"Added {name} ({role}).", markup=False)


@app.command("list")
def list_() -> None:
    """Show all accounts."""
    settings, _ = settings_at_root()
    with open_agents(settings) as agents:
        rows = agents.list()
    if not rows:
        out().print("There is no account yet; `baton agent add NAME --role admin` makes one.")
        return
    table = Table("name", "shown as", "role", "state")
    for row in rows:
        table.add_row(row.name, row.display_name, row.role, "disabled" if row.disabled else "active")
    out().print(table)


@app.command()
def disable(name: Name) -> None:
    """Shut an account out at once; what it wrote stays."""
    settings, _ = settings_at_root()
    with open_agents(settings) as agents:
        agents.disable(name)
    out().print(f"Disabled {name}; its sessions have ended.", markup=False)


@app.command()
def password(name: Name, password_stdin: FromStdin = False) -> None:
    """Set a new password."""
    settings, _ = settings_at_root()
    new = _password(password_stdin)
    with open_agents(settings) as agents:
        agents.set_password(name, new)
    out().print(f"Changed the password of {name}.", markup=False)


@app.command("forget-code")
def forget_code(name: Name) -> None:
    """Remove the two-step sign-in of somebody who lost the phone; the password alone signs in afterwards."""
    settings, _ = settings_at_root()
    with open_agents(settings) as agents:
        agents.remove_second_factor(name)
    out().print(f"Removed the two-step sign-in of {name}.", markup=False)


def _password(from_stdin: bool) -> str:
    """From standard input, else asked twice without echo."""
    if from_stdin:
        value = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        value = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        raise NoPassword()
    if not value:
        raise NoPassword()
    return value
