"""Changing one entry in its file leaves every other line as it was, whatever the file holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.markdown import parse_text
from knowledge_base.models import Entry
from knowledge_base.sections import new_file, put_section, split_file
from knowledge_base.writing import render_entry

FILE = """---
lang: zh
owner: team
---

# 退货

## 一？
<!--
id: one
note to self: unknown keys stay
-->
答一。

```
## 不是标题
```

## 二？
<!--
id: two   # a remark
-->
答二。


## 三？
<!--
id: three
-->
答三。"""
SINGLE = "---\nid: whole\nquestion: 问？\n---\n答案。\n"


def line_of(text, entry_id):
    return next(entry.line for entry in parse_text(text, "zh/a.md").entries if entry.id == entry_id)


def test_a_section_is_replaced_and_nothing_else():
    line = line_of(FILE, "two")
    fresh = render_entry(Entry("two", "二呢？", "新答案。", ("变体",), owner="team"), split_file(FILE).shared)
    text = put_section(FILE, line, fresh)
    before, after = FILE.split("## 二？")[0], "## 三？" + FILE.split("## 三？")[1] + "\n"
    assert text == before + fresh + "\n" + after
    assert [entry.id for entry in parse_text(text, "a.md").entries] == ["one", "two", "three"]
    assert "owner" not in fresh


def test_the_last_section_a_new_one_and_one_taken_out():
    assert put_section(FILE, line_of(FILE, "three"), "## 三！\n<!--\nid: three\n-->\n改。\n").endswith("-->\n改。\n")
    added = put_section(FILE, None, "## 四？\n<!--\nid: four\n-->\n答四。\n")
    assert added.startswith(FILE + "\n\n## 四？") and len(parse_text(added, "a.md").entries) == 4
    gone = put_section(FILE, line_of(FILE, "two"), "")
    assert [entry.id for entry in parse_text(gone, "a.md").entries] == ["one", "three"]
    made = put_section(new_file("en", "Gifts"), None, "## Q?\n<!--\nid: q-en\n-->\nA.\n")
    assert parse_text(made, "en/a.md").entries[0].lang == "en" and "# Gifts" in made


def test_a_file_that_is_one_entry_is_replaced_whole():
    parts = split_file(SINGLE)
    assert parts.single and parts.section(1) == SINGLE
    assert put_section(SINGLE, 1, SINGLE.replace("答案", "新的")) == SINGLE.replace("答案", "新的")


def test_a_line_where_nothing_begins_is_an_error():
    with pytest.raises(KeyError):
        put_section(FILE, 2, "## x")


_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
_PIECES = st.sampled_from(
    [
        "---\n",
        "lang: zh\n",
        "## 问？\n",
        "<!--\n",
        "id: a\n",
        "id: b\n",
        "-->\n",
        "答。\n",
        "```\n",
        "- x: y\n",
        "\ufeff",
        "\n",
    ]
)


@settings(deadline=None)
@given(_TEXT | st.lists(_PIECES, max_size=30).map("".join))
def test_no_text_breaks_the_reader(text):
    parsed = parse_text(text, "zh/a.md")
    parts = split_file(text)
    for entry in parsed.entries:
        assert parts.section(entry.line).strip()
    for problem in (*parsed.errors, *parsed.warnings):
        assert problem.line >= 1 and problem.message and problem.remedy


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_putting_a_section_back_changes_no_entry(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parsed = parse_text(text, "zh/a.md")
    if len({entry.id for entry in parsed.entries}) != len(parsed.entries):
        return
    for entry in parsed.entries:
        again = put_section(text, entry.line, split_file(text).section(entry.line))
        kept = [(e.id, e.question, e.answer) for e in parse_text(again, "zh/a.md").entries]
        assert kept == [(e.id, e.question, e.answer) for e in parsed.entries]
