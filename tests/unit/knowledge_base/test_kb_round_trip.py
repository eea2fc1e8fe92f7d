"""Entries go from Markdown to a table and back to Markdown without losing a field, whatever they hold."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from knowledge_base.errors import ExportRefused, ImportRefused
from knowledge_base.exporting import export_table
from knowledge_base.markdown import load_entries
from knowledge_base.models import Entry, Status
from knowledge_base.tables import read_table
from knowledge_base.writing import write_folder

SHIPPED = Path(__file__).parents[3] / "knowledge_base" / "faq"
KINDS = ["csv", "xlsx", "jsonl"]

_LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), min_size=1, max_size=16)
_TEXT = _LINE.map(lambda text: " ".join(text.split())).filter(bool)
_LINES = st.lists(_TEXT, min_size=1, max_size=3).map("\n".join).filter(lambda text: not text.startswith("<"))
_MANY = st.lists(_TEXT, max_size=3, unique=True).map(tuple)
_ID = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,11}", fullmatch=True)
_DAY = st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))


@st.composite
def entries(draw):
    question = draw(_TEXT)
    begins, ends = draw(_DAY), draw(_DAY)
    if begins and ends and ends < begins:
        begins, ends = ends, begins
    return Entry(
        draw(_ID),
        question,
        draw(_LINES),
        variants=tuple(text for text in draw(_MANY) if text != question),
        lang=draw(st.sampled_from(["zh", "en"])),
        category=draw(st.just("") | _TEXT),
        tags=draw(_MANY),
        valid_from=begins,
        valid_until=ends,
        owner=draw(st.just("") | _TEXT),
        reviewed=draw(_DAY),
        status=draw(st.sampled_from(Status)),
        followups=tuple(draw(st.lists(_ID, max_size=3, unique=True))),
        sensitive=draw(st.booleans()),
        answer_wechat=draw(st.just("") | _LINES),
        images=draw(_MANY),
        links=draw(_MANY),
        buttons=draw(_MANY),
        path=draw(st.sampled_from(["", "zh/returns.md", "en/a/b c.md", "退货.md"])),
    )


@settings(deadline=None, max_examples=60)
@given(entries(), st.sampled_from(KINDS))
def test_every_field_survives_table_and_markdown(tmp_path_factory, entry, kind):
    folder = tmp_path_factory.mktemp("trip")
    export_table([entry], folder / f"all.{kind}")
    (back,) = read_table(folder / f"all.{kind}")
    assert back == entry
    try:
        (path,) = write_folder([back], folder / "faq")
    except ImportRefused as error:  # an answer that would start another entry: said, never lost
        assert "in one section" in error.message
        return
    (read,) = load_entries(folder / "faq")
    assert replace(read, path="", line=1) == replace(entry, path="", line=1)
    assert entry.path in ("", read.path) and path.is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_faq_comes_back_file_by_file(tmp_path, kind):
    shipped = load_entries(SHIPPED)
    export_table(shipped, tmp_path / f"all.{kind}")
    write_folder(read_table(tmp_path / f"all.{kind}"), tmp_path / "faq")
    back = load_entries(tmp_path / "faq")
    assert [replace(entry, line=1) for entry in back] == [replace(entry, line=1) for entry in shipped]


def test_a_workbook_holds_text_never_formulas(tmp_path):
    entry = Entry("a", "=1+1", '=HYPERLINK("http://evil.example")', variants=("2026-01-02", "007", "TRUE"))
    export_table([entry], tmp_path / "all.xlsx")
    sheet = load_workbook(tmp_path / "all.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert read_table(tmp_path / "all.xlsx") == [entry]


@pytest.mark.parametrize(("answer", "words"), [("长" * 32_768, "32768 characters"), ("a\x0bb", "control character")])
def test_what_a_workbook_cannot_hold_is_refused_and_nothing_is_written(tmp_path, answer, words):
    with pytest.raises(ExportRefused, match=words):
        export_table([Entry("a", "问", answer)], tmp_path / "all.xlsx")
    assert not (tmp_path / "all.xlsx").exists()


@pytest.mark.parametrize("path", ["../a.md", "/etc/a.md", "zh/../../a.md", "a.txt", "zh/.a.md", "_x/a.md", "C:a.md"])
def test_an_imported_path_stays_in_the_folder(tmp_path, path):
    export_table([Entry("a", "问", "答", path=path)], tmp_path / "all.jsonl")
    with pytest.raises(ImportRefused, match="not a file of a FAQ folder"):
        read_table(tmp_path / "all.jsonl")


def test_a_full_disk_leaves_the_old_table_and_no_half_import(tmp_path, monkeypatch):
    entries = [Entry("a", "问一？", "答。", path="zh/a.md"), Entry("b", "问二？", "答。", path="zh/b.md")]
    export_table(entries, tmp_path / "all.csv")
    before = (tmp_path / "all.csv").read_bytes()
    room = [1]

    def filling(descriptor):
        room[0] -= 1
        if room[0] < 0:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("knowledge_base.manifest.os.fsync", filling)
    with pytest.raises(OSError, match="No space"):
        write_folder(entries, tmp_path / "faq")
    with pytest.raises(OSError, match="No space"):
        export_table(entries[:1], tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_bytes() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "all.csv"]
