"""The transition table, arrow by arrow."""

import itertools

import pytest

from handoff.conversation import TRANSITIONS, Change, Mode, next_mode
from handoff.errors import StaleOwner


@pytest.mark.parametrize(("mode", "change"), list(itertools.product(Mode, Change)))
def test_every_pair_is_an_arrow_or_refused(mode: Mode, change: Change) -> None:
    if (mode, change) in TRANSITIONS:
        assert next_mode(mode, change) is TRANSITIONS[mode, change]
    else:
        with pytest.raises(StaleOwner):
            next_mode(mode, change)


def test_every_mode_can_be_left_and_reached() -> None:
    assert {mode for mode, _ in TRANSITIONS} == set(Mode)
    assert set(TRANSITIONS.values()) == set(Mode)
