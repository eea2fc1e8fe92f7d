"""Named errors of the `baton` command, and the exit code each error ends the command with."""

from __future__ import annotations

from typing import ClassVar

from handoff.errors import BatonError

# sysexits.h, so that scripts and service managers can tell the cases apart.
EXIT_FAILED = 1
EXIT_UNAVAILABLE = 69
EXIT_INTERNAL = 70
EXIT_BUSY = 75
EXIT_CONFIG = 78
EXIT_INTERRUPTED = 130

_EXIT_CODES = {
    "bad_config": EXIT_CONFIG,
    "data_dir_busy": EXIT_BUSY,
    "storage_unavailable": EXIT_UNAVAILABLE,
}


class CliError(BatonError):
    """The command cannot be carried out."""

    code = "cli"
    exit_code: ClassVar[int] = EXIT_FAILED


class NotReadyToRun(CliError):
    """Something that `baton run` needs is missing."""

    code = "not_ready_to_run"
    exit_code = EXIT_CONFIG


class PortInUse(CliError):
    """A port that Baton needs is taken."""

    code = "port_in_use"
    exit_code = EXIT_CONFIG


class AlreadyRunning(CliError):
    """Another `baton run` uses this data directory."""

    code = "already_running"
    exit_code = EXIT_BUSY


class ServiceGaveUp(CliError):
    """A process ended in a way that starting it again cannot mend."""

    code = "service_gave_up"
    exit_code = EXIT_CONFIG


class CommandUnavailable(CliError):
    """A group of commands cannot be loaded."""

    code = "command_unavailable"
    exit_code = EXIT_UNAVAILABLE


class GatewayRefused(CliError):
    """The running gateway did not carry out the request."""

    code = "gateway_refused"
    exit_code = EXIT_UNAVAILABLE


class BadRole(CliError):
    """The role is unknown."""

    code = "bad_role"
    exit_code = 2


def exit_code_of(error: BaseException) -> int:
    """The exit code of a named error; 1 when nothing more exact is known."""
    own = getattr(error, "exit_code", None)
    if isinstance(own, int):
        return own
    return _EXIT_CODES.get(str(getattr(error, "code", "")), EXIT_FAILED)
