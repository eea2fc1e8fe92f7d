"""The hold-out of the questions offered next counts what it says."""

from __future__ import annotations

import pytest

from knowledge_base.build import build_entries
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.following import Step
from knowledge_base.following_score import held_out, hidden
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase

QUESTIONS = ("多久可以退货？", "怎么申请退货？", "退货运费谁出？", "换货要多久？", "退货地址在哪？", "可以分批退货吗？")
ENTRIES = [Entry(f"r{n}", text, "答。", category="returns") for n, text in enumerate(QUESTIONS)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    folder, embedder = tmp_path_factory.mktemp("score"), HashingEmbedder(128)
    written = Entry("i0", "怎么开发票？", "答。", category="invoices", followups=("r5", "nowhere"))
    build_entries([*ENTRIES, written], folder, embedder)
    return KnowledgeBase.open(folder, embedder)


def test_what_the_older_customers_did_is_tried_on_the_newer(base: KnowledgeBase) -> None:
    old = [Step("i0", f"r{n % 2}", float(n), f"c{n}") for n in range(8)]
    new = [Step("i0", "r0", 9.0, "x"), Step("i0", "r5", 10.0, "y")]
    found = held_out(base, [*old, *new])
    assert (found["taught"], found["tried"]) == (8, 2)
    shares = found["hit_at_3"]
    assert shares["offered"] == 1.0  # r5 is written, r0 and r1 are learnt
    assert shares["written_only"] == shares["learnt_only"] == 0.5


def test_nothing_to_try_is_no_share(base: KnowledgeBase) -> None:
    assert held_out(base, [])["hit_at_3"]["offered"] is None


def test_hidden_follow_ups_of_another_category_are_not_found_by_meaning(base: KnowledgeBase) -> None:
    assert hidden(base) == {"pairs": 1, "hit_at_3": {"offered": 0.0, "near_only": 0.0, "any_of_category": 0.0}}
