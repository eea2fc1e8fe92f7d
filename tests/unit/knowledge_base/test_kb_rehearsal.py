"""A change is tried on a copy: the live index stays, saved questions are encoded and asked once for each content."""

from dataclasses import replace

import pytest

from knowledge_base.build import build_index
from knowledge_base.errors import FaqError, FaqFolderMissing
from knowledge_base.evaluate import Case
from knowledge_base.explain import explain
from knowledge_base.models import Entry
from knowledge_base.rehearsal import Rehearsal, TextVectors
from knowledge_base.search import KnowledgeBase
from knowledge_base.writing import render_file
from tests.support.counting import Counting

RETURNS = Entry("returns-window", "多久可以退货？", "7 天。", ("买了多久还能退",))
INVOICE = Entry("invoice-apply", "怎么开发票？", "在订单页。", ("可以开专票吗",))
CASES = [Case("买了多久还能退", "returns-window"), Case("可以开专票吗", "invoice-apply")]


@pytest.fixture
def trial(tmp_path):
    embedder = Counting()
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "a.md").write_text(render_file([RETURNS, INVOICE], "zh"))
    build_index(tmp_path / "faq", tmp_path / "index", embedder)
    embedder.times.clear()
    return tmp_path, embedder, Rehearsal(tmp_path / "faq", tmp_path / "index", embedder)


def test_a_change_is_compared_and_the_live_index_stays(trial):
    folder, embedder, rehearsal = trial
    live = KnowledgeBase.open(folder / "index", embedder)
    files = sorted(path.name for path in (folder / "index").rglob("*"))
    worse = rehearsal.run(live, {"a.md": render_file([RETURNS], "zh")}, CASES)
    assert [(c.question, c.before, c.regression) for c in worse.changes] == [("可以开专票吗", "invoice-apply", True)]
    assert worse.to_dict()["regressions"] == 1 and worse.to_dict()["asked"] == 2
    same = rehearsal.run(live, {"a.md": render_file([RETURNS, INVOICE], "zh") + "\n"}, CASES)
    assert same.changes == ()
    mended = rehearsal.run(
        live, {"b.md": render_file([Entry("new", "旧家电回收吗？", "可以。")], "zh")}, [Case("旧家电回收吗", "new")]
    )
    assert mended.to_dict()["mended"] == 1
    assert sorted(path.name for path in (folder / "index").rglob("*")) == files
    assert {embedder.times[case.question] for case in CASES} == {1}


def test_only_what_a_change_can_reach_is_asked_again(trial):
    folder, embedder, rehearsal = trial
    live = KnowledgeBase.open(folder / "index", embedder)
    assert (rehearsal.warm(live, CASES), rehearsal.warm(live, CASES)) == (2, 0)
    dated = replace(RETURNS, owner="service-team", followups=("invoice-apply",))
    unread = rehearsal.run(live, {"a.md": render_file([dated, INVOICE], "zh")}, CASES)
    assert (unread.asked, unread.reached) == (2, 0)  # the search reads neither owner nor follow-ups
    answered = rehearsal.run(live, {"a.md": render_file([replace(RETURNS, answer="9 天。"), INVOICE], "zh")}, CASES)
    assert answered.reached >= 1 and answered.changes == ()
    unknown = Case("怎么开发票", "invoice-apply")
    assert rehearsal.run(live, {"a.md": render_file([dated, INVOICE], "zh")}, [*CASES, unknown]).reached == 0
    assert rehearsal.warm(live, [unknown]) == 0


def test_what_cannot_be_indexed_is_named_and_leaves_nothing(trial):
    folder, embedder, rehearsal = trial
    live = KnowledgeBase.open(folder / "index", embedder)
    with pytest.raises(FaqError, match=r"a\.md:4"):
        rehearsal.run(live, {"a.md": "## 问\n<!--\nid: [\n-->\n答\n"}, CASES)
    with pytest.raises(FaqFolderMissing):
        rehearsal.run(live, {"a.md": "# 空\n"}, CASES)
    assert sorted(path.name for path in folder.iterdir()) == ["faq", "index"]


def test_vectors_are_forgotten_in_the_order_of_use():
    embedder = Counting()
    vectors = TextVectors(embedder, remembered=2)
    assert vectors.of(["a", "b"]).shape == (2, 256) and vectors.of([]).shape == (0, 256)
    vectors.of(["a", "c"])
    vectors.of(["a"])
    assert embedder.times == {"a": 1, "b": 1, "c": 1}
    vectors.of(["b", "b"])
    assert embedder.times["b"] == 2


def test_an_explanation_adds_up(trial):
    folder, embedder, _ = trial
    live = KnowledgeBase.open(folder / "index", embedder)
    found = explain(live, TextVectors(embedder).of, "买了多久还能退", "zh", 2).to_dict()
    first = found["hits"][0]
    assert (first["id"], first["zone"], first["exact"], first["nearest"]) == (
        "returns-window",
        "answer",
        True,
        "买了多久还能退",
    )
    assert set(first["weighted"]) == set(first["views"]) and found["first"]["dense"] == first["views"]["dense"]
    assert explain(live, TextVectors(embedder).of, " ").hits == ()
