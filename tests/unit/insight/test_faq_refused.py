"""Which wordings the desk would write down as not to be answered, and when a gap counts as refused."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handoff.insight.faq_gap_list import gap_list
from handoff.insight.faq_refused import MOST_WORDINGS, refusable
from knowledge_base.refused import question_in
from knowledge_base.text import normalise

PRIVATE = "我的单号 20261122001"


def group(**asked: int) -> dict[str, Any]:
    questions = [{"question": question, "count": count} for question, count in asked.items()]
    return {"count": sum(asked.values()), "questions": questions, "nearest": None}


def judged(asked: dict[str, int], refused: set[str], dismissed: set[str] | None = None) -> tuple[bool, bool]:
    (gap,) = gap_list([], [group(**asked)], dismissed or set(), refused)
    return gap.dismissed, gap.refused


@given(st.lists(st.text(st.sampled_from("#修表 \t\n\r\x0b\x85\u2028\u200b\ufeff\0ab1?＃"), max_size=12), max_size=80))
def test_every_wording_is_one_line_that_is_read_back(wordings: list[str]) -> None:
    found = refusable(wordings)
    assert len(found) <= MOST_WORDINGS and found.keys() <= {normalise(wording) for wording in wordings}
    text = "".join(f"{line}\n" for line in found.values())
    assert [question_in(line) for line in text.splitlines()] == list(found.values())
    assert [normalise(line) for line in found.values()] == list(found)


def test_a_gap_is_refused_when_most_askings_that_may_be_written_are() -> None:
    assert judged({"修表吗": 3, "修手表吗": 2}, {"修表吗"}) == (True, True)
    assert judged({"修表吗": 2, "修手表吗": 3}, {"修表吗"}) == (False, False)
    assert judged({"修表吗": 1, PRIVATE: 9}, {"修表吗"}) == (True, True)
    assert judged({PRIVATE: 9}, set()) == (False, False)


def test_refused_wordings_count_as_put_aside_beside_dismissed_ones() -> None:
    asked = {"修表吗": 1, "修手表吗": 1, "钟呢": 1}
    assert judged(asked, {"修表吗"}, {"修手表吗"}) == (True, False)
    assert judged(asked, set(), {"修手表吗"}) == (False, False)
