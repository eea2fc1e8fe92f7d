"""Questions offered after an answer: written ones first, then what customers asked next, then near entries."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.build import build_entries
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.errors import FollowingDamaged
from knowledge_base.following import DAY, HALF_LIFE, Following, Step
from knowledge_base.models import Entry, Status
from knowledge_base.next_questions import NextQuestions, Offer, Source
from knowledge_base.search import KnowledgeBase

EMBEDDER = HashingEmbedder(256)
WINDOW = Entry("window", "多久可以退货？", "七天。", ("几天能退货",), category="returns")
HOW = Entry("how", "怎么申请退货？", "在订单里。", ("退货流程",), category="returns")
COST = Entry("cost", "退货运费谁出？", "我们出。", ("退货邮费",), category="returns")
DANGER = Entry("danger", "退货的电器漏电怎么办？", "先断电。", category="returns", sensitive=True)
DRAFT = Entry("draft", "退货送礼券吗？", "不送。", category="returns", status=Status.DRAFT)
ENGLISH = Entry("window-en", "How long can I return it?", "Seven days.", lang="en", category="returns")
INVOICE = Entry("invoice", "怎么开发票？", "在订单页。", category="invoices")
ALL = (WINDOW, HOW, COST, DANGER, DRAFT, ENGLISH, INVOICE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("next")


def base_of(folder: Path, *changed: Entry) -> KnowledgeBase:
    entries = {entry.id: entry for entry in (*ALL, *changed)}
    live = [entry for entry in entries.values() if entry.is_live(date(2026, 1, 1))]
    build_entries(live, folder, EMBEDDER)
    return KnowledgeBase.open(folder, EMBEDDER)


def learnt(tmp_path: Path, pairs: Sequence[tuple[str, str]]) -> Path:
    steps = [Step(before, after, 0.0, f"c{n}") for before, after in pairs for n in range(3)]
    Following.learn(steps, 0.0).save(tmp_path / "followups.json")
    return tmp_path / "followups.json"


def ids(offers: Sequence[Offer]) -> list[tuple[str, str]]:
    return [(offer.entry.id, offer.source.value) for offer in offers]


def test_near_entries_of_the_category_where_nothing_is_written_or_learnt(folder: Path) -> None:
    offers = NextQuestions().after(base_of(folder), "window")
    assert sorted(ids(offers)) == [("cost", "near"), ("how", "near")]  # no draft, nothing sensitive, no other language


def test_written_ones_first_then_learnt_then_linked(folder: Path, tmp_path: Path) -> None:
    file = learnt(tmp_path, [("window", "invoice"), ("window", "danger"), ("window", "draft"), ("window", "gone")])
    base = base_of(folder, replace(WINDOW, followups=("how",)), replace(COST, followups=("window",)))
    chooser = NextQuestions(file)
    assert ids(chooser.after(base, "window")) == [("how", "written"), ("invoice", "learnt"), ("cost", "linked")]
    assert ids(chooser.after(base, "window", {"invoice", "how"})) == [("how", "written"), ("cost", "linked")]


def test_buttons_take_places_and_sensitive_answers_get_nothing_predicted(folder: Path) -> None:
    base = base_of(folder, replace(WINDOW, buttons=("转人工", "退货流程")))
    assert len(NextQuestions().after(base, "window")) == 1
    assert NextQuestions().after(base, "danger") == []
    assert NextQuestions().after(base, "nowhere") == []


def test_it_can_be_switched_off(folder: Path, tmp_path: Path) -> None:
    base = base_of(folder, replace(WINDOW, followups=("how", "draft")))
    offers = NextQuestions(learnt(tmp_path, [("window", "cost")]), predict=False).after(base, "window")
    assert [(offer.entry.id, offer.source) for offer in offers] == [("how", Source.WRITTEN)]


def test_a_new_file_is_read_and_a_damaged_one_leaves_what_was_known(folder: Path, tmp_path: Path) -> None:
    base, file = base_of(folder), tmp_path / "followups.json"
    chooser = NextQuestions(file)
    assert ("invoice", "learnt") not in ids(chooser.after(base, "window"))
    learnt(tmp_path, [("window", "invoice")])
    assert ids(chooser.after(base, "window"))[0] == ("invoice", "learnt")
    file.write_text('{"next": [')
    with pytest.raises(FollowingDamaged, match="baton faq followups"):
        Following.load(file)
    assert ids(chooser.after(base, "window"))[0] == ("invoice", "learnt")
    file.unlink()
    assert ids(chooser.after(base, "window"))[0] == ("invoice", "learnt")


def test_threads_read_one_chooser(folder: Path) -> None:
    base, chooser = base_of(folder), NextQuestions()
    found: list[list[tuple[str, str]]] = []
    threads = [threading.Thread(target=lambda: found.append(ids(chooser.after(base, "how")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and all(item == found[0] for item in found)


def test_few_customers_are_not_counted_nor_is_one_who_asks_often() -> None:
    often = [Step("a", "b", 0.0, "same") for _ in range(9)]
    assert Following.learn([*often, Step("a", "b", 0.0, "other")], 0.0).next == {}
    assert Following.learn([Step("a", "a", 0.0, f"c{n}") for n in range(9)], 0.0).next == {}


def test_old_steps_and_tapped_ones_count_less(tmp_path: Path) -> None:
    old = [Step("a", "old", 0.0, f"c{n}") for n in range(4)]
    new = [Step("a", "new", HALF_LIFE, f"c{n}") for n in range(3)]
    tapped = [Step("a", "tapped", HALF_LIFE, f"c{n}", tapped=True) for n in range(5)]
    found = Following.learn([*old, *new, *tapped], HALF_LIFE)
    assert found.after("a") == ("new", "tapped", "old")
    assert [item.weight for item in found.next["a"]] == [3.0, 2.5, 2.0]
    found.save(tmp_path / "sub" / "followups.json")
    assert Following.load(tmp_path / "sub" / "followups.json").next == found.next
    assert Following.load(tmp_path / "absent.json").next == {}
    assert Following.learn([], 5 * DAY).to_dict() == {"made_at": 5 * DAY, "steps": 0, "next": {}}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"next": 3}', json.dumps({"next": {"a": [{"id": "b"}]}})])
def test_any_other_content_is_named_as_damage(tmp_path: Path, text: str) -> None:
    file = tmp_path / "followups.json"
    file.write_text(text)
    with pytest.raises(FollowingDamaged):
        Following.load(file)
