"""The editor's desk has words, in both languages, for all it may have to say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handoff.console.words import words
from handoff.editor.desk import Gate
from handoff.editor.history import Kept
from handoff.insight.faq_gaps import Miss
from knowledge_base.calibration import FIRST_FEATURES, RANK_FEATURES
from knowledge_base.models import Status, Zone

VUE = Path(__file__).parents[3] / "handoff" / "console" / "pages" / "editor" / "vue"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whatever_the_desk_shows_has_words(lang: str) -> None:
    told = words(lang)
    assert set(RANK_FEATURES) | set(FIRST_FEATURES) <= set(told["editor_view"])
    assert set(told["editor_view_hint"]) == set(told["editor_view"])
    assert {miss.value for miss in Miss} <= set(told["editor_miss"])
    assert {status.value for status in Status} <= set(told["editor_state"])
    for family, members in (("gate_", Gate), ("history_", Kept), ("zone_", Zone), ("verdict_", Zone)):
        assert {family + member.value for member in members} <= set(told["editor"])


def test_every_text_the_components_ask_for_exists() -> None:
    known = words("en")
    asked = {
        (section, key)
        for path in VUE.rglob("*.js")
        for section, key in re.findall(r"\bt\.(editor\w*)\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 80
    assert {f"{section}.{key}" for section, key in asked if key not in known[section]} == set()
