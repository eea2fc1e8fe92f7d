"""Questions an editor has decided not to answer: read, indexed, refused, watched and checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.faq_index import FaqIndex
from knowledge_base.build import build_entries, build_index
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.errors import FaqError
from knowledge_base.index import load_index
from knowledge_base.lint import Level, lint_folder
from knowledge_base.lint_language import said_in
from knowledge_base.models import Entry, Zone
from knowledge_base.overlay import LEAST_ENTRIES
from knowledge_base.refused import refused_questions, refused_texts
from knowledge_base.search import KnowledgeBase
from knowledge_base.writing import render_file
from tests.support.counting import Counting

REPAIR = Entry("repair", "水壶坏了能修吗？", "能，寄回来就行。", ("壶坏了怎么修", "电热水壶可以维修吗"))
WINDOW = Entry("window", "多久可以退货？", "七天。", ("几天内能退",))
NEAR = "自行车坏了能修吗"


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    folder = tmp_path / "faq"
    folder.mkdir()
    (folder / "a.md").write_text(render_file([REPAIR, WINDOW], "zh"), "utf-8")
    return folder


def refuse(folder: Path, *lines: str, name: str = "not-answered.txt") -> None:
    (folder / name).write_text("\n".join(lines) + "\n", "utf-8")


def opened(faq: Path, embedder: HashingEmbedder) -> KnowledgeBase:
    build_index(faq, faq.parent / "index", embedder)
    return KnowledgeBase.open(faq.parent / "index", embedder)


def test_lines_are_questions_and_notes_are_not(faq: Path) -> None:
    refuse(faq, "# 我们不修别家的东西", "", f"  {NEAR} ", NEAR)
    (faq / "en").mkdir()
    refuse(faq / "en", "do you repair bicycles", name="not-answered-services.txt")
    (faq / "_old").mkdir()
    refuse(faq / "_old", "没人看")
    assert refused_texts(faq) == ("do you repair bicycles", NEAR)
    assert [(q.path, q.line) for q in refused_questions(faq)][1:] == [("not-answered.txt", 3), ("not-answered.txt", 4)]
    assert refused_texts(faq / "nowhere") == ()


def test_what_stands_there_is_refused_and_what_is_near_it_scores_less(faq: Path) -> None:
    embedder = HashingEmbedder(512)
    before = opened(faq, embedder).search("我的自行车坏了能修吗")[0]
    refuse(faq, NEAR)
    base = opened(faq, embedder)
    assert base.refused == (NEAR,)
    assert base.search(NEAR)[0].zone is Zone.NONE
    assert base.search("我的自行车坏了能修吗")[0].score < before.score
    assert base.search("水壶坏了能修吗")[0].entry.id == "repair"
    assert base.search("水壶坏了能修吗")[0].zone is Zone.ANSWER


def test_an_entry_with_the_very_words_answers_after_all(faq: Path) -> None:
    refuse(faq, REPAIR.question, "几天内能退")
    base = opened(faq, HashingEmbedder(512))
    assert [base.search(text)[0].zone for text in (REPAIR.question, "几天内能退")] == [Zone.ANSWER, Zone.ANSWER]


def test_only_new_lines_are_encoded_and_a_change_is_a_new_content(faq: Path, tmp_path: Path) -> None:
    embedder = Counting()
    refuse(faq, NEAR)
    first = opened(faq, embedder)
    embedder.times.clear()
    refuse(faq, NEAR, "可以租用吗")
    second = opened(faq, embedder)
    assert embedder.times == {"可以租用吗": 1}
    assert first.content_hash != second.content_hash
    assert not build_index(faq, tmp_path / "index", embedder).changed
    kept = load_index(tmp_path / "index", embedder)
    fresh = build_entries(kept.entries, tmp_path / "fresh", embedder, refused=kept.refused)
    assert (load_index(fresh.path.parent, embedder).elsewhere == kept.elsewhere).all()


def test_the_watch_takes_a_change_over_also_where_changes_are_laid_over(faq: Path, tmp_path: Path) -> None:
    many = [Entry(f"e{n}", f"第{n}个问题怎么办", "这样。") for n in range(LEAST_ENTRIES)]
    (faq / "many.md").write_text(render_file(many, "zh"), "utf-8")
    index = FaqIndex(faq, tmp_path / "index", HashingEmbedder(64))
    index.build()
    refuse(faq, NEAR)
    assert index.refresh()
    assert index.base.search(NEAR)[0].zone is Zone.NONE
    (faq / "not-answered.txt").unlink()
    assert index.refresh()
    assert index.base.refused == ()


def test_a_bad_file_is_named_with_its_line_and_the_index_stays(faq: Path, tmp_path: Path) -> None:
    index = FaqIndex(faq, tmp_path / "index", HashingEmbedder(64))
    index.build()
    (faq / "not-answered.txt").write_bytes(b"ok\n" + "能修车吗".encode("gb18030"))
    with pytest.raises(FaqError, match=r"not-answered\.txt:2: the file is not UTF-8"):
        refused_texts(faq)
    assert not index.refresh()
    assert index.base.get("repair") is not None
    assert [(f.level, f.problem.line) for f in lint_folder(faq) if f.entry_id is None] == [(Level.ERROR, 2)]


def test_the_check_says_when_an_entry_answers_it_after_all(faq: Path) -> None:
    refuse(faq, NEAR, "几天内能退？")
    found = [finding for finding in lint_folder(faq) if finding.problem.path == "not-answered.txt"]
    assert [(f.level, f.problem.line) for f in found] == [(Level.WARNING, 2)]
    assert "`window`" in found[0].problem.message
    said = [said_in("zh", part) for part in (found[0].problem.message, found[0].problem.remedy)]
    assert said == ["写明不回答，却是 `window` 的一种说法", "两处只留一处"]
