"""Every figure has a definition in both languages, and nothing is defined that is not shown."""

from __future__ import annotations

from dataclasses import fields

import pytest

from handoff.insight.definitions import definition, definitions
from handoff.insight.history.figures import DIMENSIONS, FIGURES
from handoff.insight.targets import Targets
from handoff.settings import Settings


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_is_defined(lang: str) -> None:
    for key in FIGURES:
        found = definition(key, lang)
        assert found.name and found.meaning and found.counted


def test_both_languages_define_the_same() -> None:
    assert definitions("zh").keys() == definitions("en").keys()
    assert set(DIMENSIONS) >= {"day", "channel", "skill", "category", "agent"}


def test_the_defaults_of_the_targets_are_those_of_the_settings() -> None:
    assert Targets.of(Settings()) == Targets()
    own = Targets.of(Settings(target_csat=4.0, target_first_response_urgent=30.0))
    assert (own.csat, own.first_response_for(3), own.first_response_for(2)) == (4.0, 30.0, 600.0)
    assert {figure.target for figure in FIGURES.values()} - {""} <= {field.name for field in fields(Targets)}
