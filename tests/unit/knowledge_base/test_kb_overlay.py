"""A few changes laid over a large index find what a whole build would find."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from actions.faq_index import FaqIndex
from knowledge_base import overlay as overlays
from knowledge_base.build import build_entries
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase
from knowledge_base.writing import render_file

MODEL = HashingEmbedder(128)
MANY = [Entry(f"e-{n}", f"第{n}号商品怎么退", f"答{n}。", (f"退{n}号商品",)) for n in range(60)]
CHANGED = [
    *(entry for entry in MANY[:50] if entry.id != "e-3"),
    replace(MANY[51], question="怎样才能开专用发票", variants=()),
    replace(MANY[52], owner="新的人", line=99),
    Entry("brand-new", "可以寄到新加坡吗", "可以。", ("海外配送",)),
]


NOW = CHANGED + MANY[53:]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(overlays, "LEAST_ENTRIES", 10)


@pytest.fixture
def base(tmp_path, small):
    build_entries(MANY, tmp_path / "index", MODEL)
    return KnowledgeBase.open(tmp_path / "index", MODEL)


def first(base, text):
    return base.search(text)[0].entry.id


def test_added_changed_and_removed_entries_are_live(base):
    change = base.overlay(NOW, MODEL.encode)
    assert change is not None and [entry.id for entry in change.added] == ["e-51", "brand-new"]
    now = base.with_overlay(change)
    assert first(now, "可以寄到新加坡吗") == first(now, "海外配送") == "brand-new"
    assert first(now, "怎样才能开专用发票") == "e-51"
    assert first(now, "第52号商品怎么退") == "e-52" and now.get("e-52").owner == "新的人"
    for gone in ("第3号商品怎么退", "第50号商品怎么退"):
        assert not {"e-3", "e-50"} & {hit.entry.id for hit in now.search(gone, top_k=60)}
    assert "第51号商品怎么退" not in [hit.entry.question for hit in now.search("第51号商品怎么退", top_k=60)]
    assert now.get("e-3") is None and now.content_hash != base.content_hash


def test_the_knowledge_base_before_the_change_stays_as_it_was(base):
    before = base.search("第3号商品怎么退")
    change = base.overlay(NOW, MODEL.encode)
    base.with_overlay(change)
    assert base.search("第3号商品怎么退") == before and base.get("brand-new") is None


def test_every_vector_is_found_where_the_directory_says(base):
    now = base.with_overlay(base.overlay(NOW, MODEL.encode))
    data, places = now._data, now._places
    rows = np.arange(len(places.owners))
    texts = [text for entry in (*MANY, *CHANGED[-3:-2], CHANGED[-1]) for text in entry.wordings]
    assert len(rows) == len(texts) and np.allclose(data.take(rows), MODEL.encode(texts))


def test_nothing_to_lay_over_an_index_that_holds_it_all(base):
    assert base.overlay(MANY, MODEL.encode).is_empty


def test_large_changes_and_small_indexes_are_built_instead(base, monkeypatch):
    assert base.overlay(MANY[:40], MODEL.encode) is None
    monkeypatch.setattr(overlays, "MOST_TEXTS", 1)
    assert base.overlay([*MANY, CHANGED[-1]], MODEL.encode) is None
    monkeypatch.undo()
    assert base.overlay(MANY, MODEL.encode) is None


def served(tmp_path):
    (tmp_path / "faq").mkdir(exist_ok=True)
    (tmp_path / "faq" / "many.md").write_text(render_file(MANY, "zh"), "utf-8")
    index = FaqIndex(tmp_path / "faq", tmp_path / "index", MODEL)
    index.build()
    return index


def test_the_server_lays_over_then_merges(tmp_path, small):
    index = served(tmp_path)
    version = (tmp_path / "index" / "current").read_text()
    (tmp_path / "faq" / "more.md").write_text(render_file([CHANGED[-1]], "zh"), "utf-8")
    assert index.refresh() and first(index.base, "海外配送") == "brand-new"
    assert (tmp_path / "index" / "current").read_text() == version
    index.merge()
    assert (tmp_path / "index" / "current").read_text() != version
    assert first(KnowledgeBase.open(tmp_path / "index", MODEL), "海外配送") == "brand-new"
    merged = index.base
    index.merge()
    assert index.base is merged


def test_a_change_during_the_merge_is_not_lost(tmp_path, small):
    index = served(tmp_path)
    (tmp_path / "faq" / "more.md").write_text(render_file([CHANGED[-1]], "zh"), "utf-8")
    index.refresh()
    index._writing.acquire()
    merging = threading.Thread(target=index.merge)
    merging.start()
    extra = Entry("later", "周末送货上门吗", "送。")
    (tmp_path / "faq" / "later.md").write_text(render_file([extra], "zh"), "utf-8")
    assert index.refresh() and first(index.base, "周末送货上门吗") == "later"
    index._writing.release()
    merging.join(20)
    assert not merging.is_alive()
    assert first(index.base, "周末送货上门吗") == "later" and first(index.base, "海外配送") == "brand-new"


def test_a_broken_file_keeps_what_lies_over(tmp_path, small):
    index = served(tmp_path)
    (tmp_path / "faq" / "more.md").write_text(render_file([CHANGED[-1]], "zh"), "utf-8")
    index.refresh()
    (tmp_path / "faq" / "bad.md").write_text("## 问\n没有注释\n", "utf-8")
    assert not index.refresh() and first(index.base, "海外配送") == "brand-new"
