"""`baton doctor`: runs every check and shows the findings; exit code 1 when one failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from handoff.cli.context import settings_at_root
from handoff.cli.doctor import dialogue, environments, knowledge, storage
from handoff.cli.doctor.check import Check, Finding, Site, exit_code, run_check
from handoff.cli.doctor.report import as_json, show_table
from handoff.cli.doctor.services import service_checks
from handoff.cli.terminal import err, out

CHECKS: tuple[Check, ...] = (
    environments.check_python,
    environments.check_packages,
    environments.check_rasa_environment,
    knowledge.check_encoder,
    knowledge.check_faq_files,
    knowledge.check_faq_index,
    knowledge.check_mood_model,
    dialogue.check_dialogue_model,
    storage.check_data_directory,
    storage.check_database,
    storage.check_secret_file,
    storage.check_supervisor,
)


def doctor(
    json_output: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check this installation and say how to mend what is wrong."""
    settings, root = settings_at_root()
    site = Site(settings, root)
    if json_output:
        findings = list(examine(site))
        typer.echo(as_json(findings))
    else:
        with err().status("Looking at this installation…"):
            findings = list(examine(site))
        show_table(out(), findings)
    raise typer.Exit(exit_code(findings))


def examine(site: Site) -> Iterator[Finding]:
    """Every finding, in the order in which things are needed."""
    for check in CHECKS:
        yield run_check(check, site)
    for check in service_checks(site):
        yield run_check(check, site)
    yield run_check(environments.check_browser, site)
