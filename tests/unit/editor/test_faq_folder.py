"""The FAQ folder under several writers: one wins, nobody's text is lost, and no half of a file is ever seen."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.editor.errors import BadFaqPath, EditConflict
from handoff.editor.folder import FaqFolder
from handoff.errors import StorageUnavailable


@pytest.fixture
def folder(tmp_path: Path) -> FaqFolder:
    (tmp_path / "faq" / "zh").mkdir(parents=True)
    return FaqFolder(tmp_path / "faq", tmp_path / "faq.lock")


def test_of_many_writers_with_the_same_version_one_wins(folder: FaqFolder, tmp_path: Path) -> None:
    (folder.root / "zh" / "a.md").write_text("起点\n")
    twin = FaqFolder(folder.root, tmp_path / "faq.lock")  # another gateway
    version = folder.read("zh/a.md").version
    gate = threading.Barrier(8)

    def write(number: int) -> str | None:
        gate.wait()
        try:
            (folder, twin)[number % 2].write("zh/a.md", f"作者 {number}\n" * 500, version)
        except EditConflict:
            return None
        return f"作者 {number}\n" * 500

    with ThreadPoolExecutor(8) as pool:
        written = [text for text in pool.map(write, range(8)) if text is not None]
    assert written == [folder.read("zh/a.md").text]
    assert [path.name for path in (folder.root / "zh").iterdir()] == ["a.md"]


def test_a_new_file_is_never_written_over(folder: FaqFolder) -> None:
    folder.write("en/new.md", "one\n", None)
    with pytest.raises(EditConflict):
        folder.write("en/new.md", "two\n", None)
    assert folder.read("en/new.md").text == "one\n"


def test_a_save_between_the_check_and_the_swap_is_noticed(folder: FaqFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder.root / "zh" / "a.md"
    place.write_text("起点\n")
    version = folder.read("zh/a.md").version
    fsync = os.fsync

    def somebody_else_saves(handle: int) -> None:
        fsync(handle)
        place.write_text("别人的\n")

    monkeypatch.setattr(os, "fsync", somebody_else_saves)
    with pytest.raises(EditConflict):
        folder.write("zh/a.md", "我的\n", version)
    assert place.read_text() == "别人的\n"


def test_a_full_disk_leaves_the_old_file(folder: FaqFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.root / "zh" / "a.md").write_text("旧\n")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable):
        folder.write("zh/a.md", "新\n", folder.read("zh/a.md").version)
    assert folder.read("zh/a.md").text == "旧\n"
    assert [path.name for path in (folder.root / "zh").iterdir()] == ["a.md"]


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path, folder: FaqFolder) -> None:
    """Root may write anywhere, so a file stands where a folder would have to be made."""
    (folder.root / "locked").write_text("")
    with pytest.raises(StorageUnavailable, match=r"locked/new\.md cannot be written") as refused:
        folder.write("locked/new.md", "text", None)
    assert refused.value.remedy
    (tmp_path / "no-folder").write_text("")
    with pytest.raises(StorageUnavailable, match="data folder cannot be written"):
        FaqFolder(folder.root, tmp_path / "no-folder" / "lock").write("a.md", "text", None)


def test_marks_line_breaks_and_rights_stay(folder: FaqFolder) -> None:
    place = folder.root / "zh" / "a.md"
    place.write_bytes(b"\xef\xbb\xbfa\r\nb\r\n")
    place.chmod(0o640)
    found = folder.read("zh/a.md")
    assert found.text == "a\nb\n"
    folder.write("zh/a.md", "a\nc\n", found.version)
    assert place.read_bytes() == b"\xef\xbb\xbfa\r\nc\r\n" and place.stat().st_mode & 0o777 == 0o640


def test_a_file_of_another_encoding_is_named(folder: FaqFolder) -> None:
    (folder.root / "zh" / "a.md").write_bytes("问".encode("gb18030"))
    with pytest.raises(BadFaqPath, match="UTF-8"):
        folder.read("zh/a.md")


@given(
    st.lists(
        st.sampled_from(
            ["..", ".", "zh", "a.md", "/", "\\", "", "~", "\0", "con.md", ".git", "_x", "not-answered.txt"]
        ),
        max_size=5,
    )
)
def test_no_path_made_of_pieces_leads_out(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    root = tmp_path_factory.getbasetemp() / "pieces"
    root.mkdir(exist_ok=True)
    folder = FaqFolder(root, root.with_suffix(".lock"))
    try:
        place = folder._place("/".join(pieces))
    except BadFaqPath:
        return
    assert place.resolve().is_relative_to(root.resolve()) and place.suffix in (".md", ".txt")


@pytest.mark.parametrize("path", ["not-answered.txt", "zh/not-answered-b.txt", "zh/not-answered-服务.txt"])
def test_questions_not_answered_are_read_and_written(folder: FaqFolder, path: str) -> None:
    folder.write(path, "修手表吗\n", None)
    assert folder.read(path).text == "修手表吗\n"


@pytest.mark.parametrize(
    "path",
    [
        "x.txt",
        "zh/answered.txt",
        "Not-answered.txt",
        "my-not-answered.txt",
        "not-answered.txt.bak",
        "not-answered.txt/x",
        "../not-answered.txt",
        "zh/../../not-answered.txt",
        "/not-answered.txt",
        ".not-answered.txt",
        ".git/not-answered.txt",
        "_drafts/not-answered.txt",
        "not-answered" + "x" * 80 + ".txt",
    ],
)
def test_no_other_text_file_is(folder: FaqFolder, path: str) -> None:
    for use in (folder.read, folder.exists, lambda place: folder.write(place, "x\n", None)):
        with pytest.raises(BadFaqPath):
            use(path)
