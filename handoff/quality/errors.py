"""Named errors of the quality sample."""

from __future__ import annotations

from handoff.errors import BatonError, Forbidden, InvalidRequest


class NothingToDraw(BatonError):
    """No closed conversation of the period is left that was not drawn before."""

    code = "nothing_to_draw"
    http_status = 409


class OwnWork(Forbidden):
    """Nobody reviews a conversation in which they answered themselves."""

    code = "own_work"


class SheetIncomplete(InvalidRequest):
    """A score sheet needs all five scores before it can be submitted."""

    code = "sheet_incomplete"
