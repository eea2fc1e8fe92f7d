"""Checks action answers with one compiled validator and, in strict turns, lets a failed action stop the turn.

Rasa 3.6 hands the response schema to `jsonschema.validate` on every action call, which checks the schema against its
meta-schema each time: about nine tenths of a turn. Compiling it once gives the same errors without that cost.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Dict, List

from jsonschema import ValidationError
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.constants import DOCS_BASE_URL

from bot.rasa.errors import TurnAborted

strict_turn: ContextVar[bool] = ContextVar("strict_turn", default=False)

_SCHEMA = RemoteAction.action_response_format_spec()
_VALIDATOR = validator_for(_SCHEMA)(_SCHEMA)
_MARK = "_baton_installed"


def _validate_action_result(self: RemoteAction, result: Dict[str, Any]) -> bool:
    """True, or the `ValidationError` that Rasa itself would raise."""
    errors = _VALIDATOR.iter_errors(result)
    first = next(errors, None)
    if first is None:
        return True
    error = _best([first, *errors])
    error.message += (
        ". Failed to validate Action server response from API, make sure your response from the Action endpoint "
        f"is valid. For more information about the format visit {DOCS_BASE_URL}/custom-actions"
    )
    raise error


def _best(errors: List[ValidationError]) -> ValidationError:
    from jsonschema.exceptions import best_match

    return best_match(iter(errors))


def install() -> None:
    """Put both changes into Rasa's `RemoteAction`; a second call changes nothing."""
    if getattr(RemoteAction, _MARK, False):
        return
    stock_run = RemoteAction.run

    async def run(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await stock_run(self, *args, **kwargs)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            if strict_turn.get():
                raise TurnAborted(self.name(), error) from error
            raise

    RemoteAction._validate_action_result = _validate_action_result  # type: ignore[method-assign]
    RemoteAction.run = run  # type: ignore[method-assign]
    setattr(RemoteAction, _MARK, True)
