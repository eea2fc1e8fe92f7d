"""FAQ Markdown in, entries or a FaqError with its line out."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.errors import FaqError
from knowledge_base.markdown import load_entries, parse_bytes, parse_text
from knowledge_base.models import Status

FILE = """---
lang: zh
category: returns
owner: service-team
reviewed: 2026-11-01
---

# 退货

## 多久可以退货？
<!--
id: returns-window
variants:
  - 七天无理由退货怎么算
  - "运费: 谁出"
tags: [退货, 七天无理由]
followups: [returns-how]
sensitive: false
-->
签收后 7 天内。

```
## 这不是标题
```

## 怎么退货？
<!--
id: returns-how
status: draft
valid_from: 2026-01-01
valid_until: 2026-12-31
sensitive: true
-->
在订单页申请。
"""


def test_sections_take_the_defaults_of_their_file():
    window, how = parse_text(FILE, "zh/returns.md").entries
    assert (window.id, window.question, window.line) == ("returns-window", "多久可以退货？", 10)
    assert window.variants == ("七天无理由退货怎么算", "运费: 谁出")
    assert (window.category, window.owner, window.reviewed) == ("returns", "service-team", date(2026, 11, 1))
    assert window.answer.startswith("签收后 7 天内。") and "## 这不是标题" in window.answer
    assert (how.status, how.valid_from, how.sensitive) == (Status.DRAFT, date(2026, 1, 1), True)
    assert (window.status, window.sensitive, window.followups) == (Status.PUBLISHED, False, ("returns-how",))


@pytest.mark.parametrize("mangle", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")])
def test_byte_order_mark_and_windows_line_ends_change_nothing(mangle):
    plain = parse_bytes(FILE.encode(), "a.md")
    assert parse_bytes(mangle(FILE).encode(), "a.md") == plain
    assert len(plain.entries) == 2


def test_single_entry_file_keeps_its_headings_as_answer():
    text = "---\nid: one\nquestion: 一个问题？\nlang: zh\n---\n第一段\n\n## 小标题\n第二段\n"
    (entry,) = parse_text(text, "one.md").entries
    assert entry.answer == "第一段\n\n## 小标题\n第二段"


def test_language_comes_from_the_folder_when_not_given():
    text = "## How?\n<!--\nid: how-en\n-->\nSo.\n"
    assert parse_text(text, "en/a.md").entries[0].lang == "en"
    assert parse_text(text, "a.md").entries[0].lang == "zh"


@pytest.mark.parametrize(
    ("text", "line", "words", "shown"),
    [
        ("## 问\n没有注释\n", 1, "has no id", "## 问"),
        ("## 问\n<!--\nid: a\n回答\n", 2, "never closed", "<!--"),
        ("---\nlang: zh\n## 问\n", 1, "never closed", "---"),
        ("## 问\n<!--\nid: a\nvariants: [没有结束\n-->\n答\n", 5, "broken front matter", ""),
        ("## 问\n<!--\nid: a\nvariants:\n  - 运费: 谁出\n-->\n答\n", 5, "mapping", "- 运费: 谁出"),
        ("## 问\n<!--\nid: a\nvalid_until: 2026-02-30\n-->\n答\n", 4, "is not a date", "2026-02-30"),
        ("## 问\n<!--\nid: a\nstatus: done\n-->\n答\n", 4, "is not a status", "done"),
        ("## 问\n<!--\nid: a\nid: b\n-->\n答\n", 4, "given twice", "id: b"),
        ("## 问\n<!--\nid: 退 货\n-->\n答\n", 3, "cannot be an id", "退 货"),
        ("## 问\n<!--\nid: a\nsensitive: maybe\n-->\n答\n", 4, "neither true nor false", "maybe"),
        ("## 问\n<!--\nid: a\nlang: fr\n-->\n答\n", 4, "is not a language", "fr"),
        ("## \n<!--\nid: a\n-->\n答\n", 1, "has no question", "##"),
        ("---\nquestion: 问\n---\n答\n", 2, "needs an `id`", "question: 问"),
        ("## 问\n<!--\nid: a\nvalid_from: 2026-02-02\nvalid_until: 2026-02-01\n-->\n答\n", 5, "before", "02-01"),
        ("## 问\n<!--\njust words\n-->\n答\n", 3, "key: value", "just words"),
    ],
)
def test_a_mistake_is_shown_with_its_line_and_remedy(text, line, words, shown):
    error = parse_text(text, "zh/a.md").errors[0]
    assert (error.path, error.line) == ("zh/a.md", line)
    assert words in error.message and error.remedy
    assert shown in error.source
    assert str(error).startswith(f"zh/a.md:{line}: ")


def test_one_broken_entry_does_not_hide_the_others():
    parsed = parse_text("## 坏\n没有\n\n## 好\n<!--\nid: good\n-->\n答\n", "a.md")
    assert [entry.id for entry in parsed.entries] == ["good"]
    assert len(parsed.errors) == 1


def test_other_encodings_are_named():
    raw = "## 问\n<!--\nid: a\n-->\n退货答案\n".encode("gb18030")
    (error,) = parse_bytes(raw, "a.md").errors
    assert error.line == 1 and "UTF-8" in error.message and error.source == "## 问"


def test_unknown_key_is_a_warning_with_the_likely_key():
    (warning,) = parse_text("## 问\n<!--\nid: a\nvarients: [x]\n-->\n答\n", "a.md").warnings
    assert warning.line == 4 and "`variants`" in warning.remedy


def test_load_entries_refuses_a_double_id(tmp_path: Path):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("## 问\n<!--\nid: same\n-->\n答\n", "utf-8")
    with pytest.raises(FaqError, match=r"b\.md:1: the id `same` is already used at a\.md:1"):
        load_entries(tmp_path)


_SHARDS = st.sampled_from(
    [
        *("---\n", "## 问题\n", "## \n", "<!--\n", "-->\n", "id: a\n", "id: [\n", "variants:\n", "  - x: y\n"),
        *("  - &a x\n", "*a\n", "```\n", "status: no\n", "tags: {a: b}\n", "valid_until: 9999-99-99\n", "\t- t\n"),
        *("? : ?\n", "\0", "!!python/object:os.system x\n", "%YAML 9\n", "'\n", '"\\x', "lang: en\n", "答案\n"),
        *("\ud800", "\x85", "\u2028"),
    ]
)


@given(st.lists(st.one_of(_SHARDS, st.text(max_size=20)), max_size=25).map("".join))
def test_any_text_gives_entries_or_faq_errors(text):
    parsed = parse_text(text, "a.md")
    assert all(isinstance(error, FaqError) and error.line >= 1 and error.message for error in parsed.errors)
    assert all(entry.id and entry.question for entry in parsed.entries)


@given(st.binary(max_size=200))
def test_any_bytes_give_entries_or_faq_errors(raw):
    parsed = parse_bytes(raw, "a.md")
    assert all(isinstance(error, FaqError) and str(error) for error in parsed.errors)
