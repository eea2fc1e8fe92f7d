"""Names of uploaded files: whatever a sender writes, what is kept is one harmless line with the right ending."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from handoff.attachments.kinds import KINDS, MAX_NAME, TEXT, Kind, safe_name


@given(name=st.text(max_size=300), kind=st.sampled_from([*KINDS, TEXT]))
def test_any_name_becomes_a_safe_one(name: str, kind: Kind) -> None:
    safe = safe_name(name, kind)
    assert safe.endswith(kind.endings)
    assert 0 < len(safe) <= MAX_NAME
    assert not any(char in '/\\<>:"|?*' or unicodedata.category(char)[0] == "C" for char in safe)
    assert not safe.startswith(".")
    assert safe_name(safe, kind) == safe


def test_names_people_give_stay_as_they_are() -> None:
    png = next(kind for kind in KINDS if kind.image == "PNG")
    assert safe_name("屏幕截图 2026-11-22.PNG", png) == "屏幕截图 2026-11-22.png"
    assert safe_name("C:\\Users\\me\\a.b.png", png) == "a.b.png"
    assert safe_name("../../etc/passwd", png) == "passwd.png"
