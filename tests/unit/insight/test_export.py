"""Exported tables: they open, and no cell of them is a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from handoff.insight.export import Format, Sheet, safe, write

WICKED = ("=1+1", "+8613800000000", "-1", "@SUM(A1)", "\t=1", "  =HYPERLINK('x')", "＝1+1", "\ufeff=1", "\r=1")


def read(data: bytes, form: Format) -> list[list[Any]]:
    if form == "csv":
        return [list(row) for row in csv.reader(io.StringIO(data.decode("utf-8-sig")))]
    (page,) = load_workbook(io.BytesIO(data)).worksheets
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    return [[cell.value for cell in row] for row in page.iter_rows()]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_text_becomes_a_formula(form: Format) -> None:
    rows = read(write([Sheet("一/表", ["=name", "n"], [(text, 1) for text in WICKED])], form), form)
    assert len(rows) == len(WICKED) + 1
    assert all(str(row[0]).startswith("'") for row in rows)


def test_numbers_stay_numbers_and_plain_text_stays_as_it_is() -> None:
    data = write([Sheet("figures", ["a", "b", "c"], [(-1.5, "中文，“引号”,\n第二行", None)])], "xlsx")
    assert read(data, "xlsx")[1] == [-1.5, "中文，“引号”,\n第二行", None]
    assert safe("a=b") == "a=b"


def test_characters_that_a_workbook_cannot_hold_are_left_out() -> None:
    assert read(write([Sheet("x", ["a"], [("bell\x07 and \ufffe",)])], "xlsx"), "xlsx")[1] == ["bell and "]


def test_several_tables_are_sheets_or_follow_each_other() -> None:
    sheets = [Sheet("a" * 40, ["x"], [(1,)]), Sheet("b", ["y"], [(2,)])]
    book = load_workbook(io.BytesIO(write(sheets, "xlsx")))
    assert [page.title for page in book.worksheets] == ["a" * 31, "b"]
    assert read(write(sheets, "csv"), "csv") == [["x"], ["1"], [], ["y"], ["2"]]
