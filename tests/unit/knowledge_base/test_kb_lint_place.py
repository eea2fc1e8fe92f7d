"""Each finding stands at the line it speaks of, shown as the editor wrote it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from knowledge_base.lint import lint_folder

TEXT = """---
reviewed: 2026-01-01
---

## 多久可以退货？
<!--
id: window
variants:
  - 几天能退
  - ！！
followups: [window, nowhere, how]
valid_until: 2026-02-01
category: nothing
links:
  - shop.example
buttons: ["这一个按钮上写的字实在是太多太多太多太多了"]
-->
签收后 7 天内可以退货。

我们会**尽快**处理。

| 甲 | 乙 |
|---|---|

## 怎么退货？
<!--
id: how
variants:
  - 几天能退
answer_wechat: "我们会尽快处理。"
-->
见[帮助](/help)。
"""


def test_findings_point_at_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    found = lint_folder(tmp_path, today=date(2026, 3, 1))
    lines = TEXT.split("\n")
    shown = {(finding.problem.line, finding.problem.source) for finding in found}
    assert {(number, lines[number - 1]) for number, _ in shown} == shown
    at = {finding.problem.message.split(" (")[0]: finding.problem.line for finding in found}
    assert at == {
        "the wording '！！' has no letters": 10,
        "the entry is its own follow-up": 11,
        "the follow-up `nowhere` does not exist": 11,
        "expired on 2026-02-01": 12,
        "unknown category `nothing`": 13,
        "'shop.example' is not an address": 15,
        "the button '这一个按钮上写的字实在是太多太多太多太多了' has more than 20 characters": 16,
        "`answer` says “尽快”": 20,
        "WeChat cannot show a table": 23,
        "the widget cannot show a table": 23,
        "'几天能退' is also a wording of `window`": 29,
        "`answer_wechat` says “尽快”": 30,
    }
