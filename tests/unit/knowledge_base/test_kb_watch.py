"""The watch over the FAQ folder bears files that are half written, broken or gone, and a disk that is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions import faq_index
from actions.faq_index import FaqIndex
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.models import Entry
from knowledge_base.writing import render_file

WINDOW = Entry("window", "多久可以退货？", "签收后七天内可以退货。")
INVOICE = Entry("invoice", "怎么开发票？", "在订单页申请发票。")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "a.md").write_text(render_file([WINDOW, INVOICE], "zh"), "utf-8")
    return tmp_path


@pytest.fixture
def index(folder: Path) -> FaqIndex:
    made = FaqIndex(folder / "faq", folder / "index", HashingEmbedder(64))
    made.build()
    return made


def test_a_half_written_save_is_never_served(folder: Path, index: FaqIndex) -> None:
    """An editor that empties the file and writes it in pieces: what lies between is sound Markdown, and wrong."""
    file, whole = folder / "faq" / "a.md", render_file([WINDOW, INVOICE], "zh").replace("七天", "九天")
    for end in (0, len(whole) // 3, len(whole) - 4, len(whole)):
        file.write_text(whole[:end], "utf-8")
        assert not index.look()
        assert index.base.get("invoice") is not None
        assert index.base.entries[0].answer == WINDOW.answer
    assert index.look()
    assert index.base.entries[0].answer == "签收后九天内可以退货。"
    assert not index.look()


def test_a_file_written_whole_is_taken_over_at_once(folder: Path, index: FaqIndex) -> None:
    (folder / "faq" / "b.md").write_text(render_file([Entry("new", "海外配送吗？", "配送。")], "zh"), "utf-8")
    assert index.refresh()
    assert index.base.get("new") is not None


def test_a_broken_file_and_a_folder_that_is_gone_leave_the_good_index(folder: Path, index: FaqIndex) -> None:
    (folder / "faq" / "a.md").write_text("## 问\n没有注释\n", "utf-8")
    assert not index.refresh() and not index.refresh()
    (folder / "faq").rename(folder / "elsewhere")
    assert not index.refresh()
    assert index.base.get("window") is not None


def test_a_full_disk_is_tried_again_though_no_file_changed(
    folder: Path, index: FaqIndex, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    (folder / "faq" / "b.md").write_text(render_file([Entry("new", "海外配送吗？", "配送。")], "zh"), "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(faq_index, "AGAIN_AFTER_S", 0.0)
        patch.setattr("knowledge_base.index._write_files", full)
        assert not index.refresh()
        assert "No space left" in caplog.text
        assert index.base.get("window") is not None and index.base.get("new") is None
    assert index.refresh()
    assert index.base.get("new") is not None
