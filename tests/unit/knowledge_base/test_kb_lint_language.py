"""Every sentence of the check has Chinese words, so that an editor who reads no English knows what to mend."""

import re
from datetime import date, timedelta

import pytest

from knowledge_base.embedding import HashingEmbedder
from knowledge_base.lint import lint_files
from knowledge_base.lint_language import said_in
from knowledge_base.lint_search import lint_deep
from knowledge_base.markdown import parse_bytes, parse_text
from knowledge_base.models import Entry

TODAY = date(2026, 11, 22)


def entry(entry_id="a", question="怎么退货？", answer="这样退。", **keys):
    lines = "".join(f"{key}: {value}\n" for key, value in {"reviewed": "2026-11-01", **keys}.items() if value)
    return f"## {question}\n<!--\nid: {entry_id}\n{lines}-->\n{answer}\n"


LATE = (TODAY - timedelta(days=3)).isoformat()
FLAWED = [
    entry() + entry(question="另一个？"),
    entry(followups="[nowhere]"),
    entry(followups="[a]"),
    entry(alike="[nowhere 理由]"),
    entry(alike="[a]"),
    entry(followups="[b]") + entry("b", "运费？", status="draft"),
    entry(followups="[b]") + entry("b", "运费？", valid_until=LATE),
    entry(followups="[b]") + entry("b", "How much is it?", lang="en"),
    entry(answer=""),
    entry(answer="长" * 1501),
    entry(question="问" * 201),
    entry(variants="['？！']"),
    entry(category="zzz"),
    entry(lang="en"),
    entry(lang="fr"),
    entry(reviewed=""),
    entry(reviewed="2025-11-01"),
    entry(reviewed="2027-01-01"),
    entry(reviewed="gestern"),
    entry(valid_until=LATE),
    entry(valid_from="2026-03-01", valid_until="2026-02-01"),
    entry(status="done"),
    entry(sensitive="maybe"),
    entry(entry_id="大写 ID"),
    entry(entry_id=""),
    entry(question=""),
    entry(variants="[怎么退货]") + entry("b", "运费？", variants="[怎么退货]"),
    entry(variants="{a: b}"),
    entry(tags="\n  - a: b"),
    entry(question="问？", owner="[a, b]"),
    entry(ownr="x"),
    entry(zzzzzz="x"),
    entry(owner="x\nowner: y"),
    entry(owner="'"),
    entry(images="[a.png]", buttons="[很长很长很长很长很长很长很长很长很长很长很长]"),
    entry(answer="尽快。\n\n| a | b |\n|---|---|\n\n# 题\n\n```\nx\n```\n"),
    entry(answer="![图](https://a.example/b.png) [链](https://a.example) <b>粗</b>"),
    "闲话\n" + entry(),
    "## 没有注释\n答案\n",
    "## 没有结束\n<!--\nid: a\n",
    "---\nlang: zh\n",
    "---\nvariants: [a]\n---\n" + entry(),
    "---\n- a\n---\n" + entry(),
    "# 空\n",
]  # fmt: skip


def sentences():
    for text in FLAWED:
        for finding in lint_files([parse_text(text, "zh/a.md")], TODAY):
            yield from (finding.problem.message, finding.problem.remedy)
    for finding in lint_files([parse_bytes("问".encode("gb18030"), "zh/a.md")], TODAY):
        yield from (finding.problem.message, finding.problem.remedy)
    twins = [
        Entry(
            name,
            f"多久可以退货{end}？",
            "7 天。",
            (f"买了多久还能退货{end}", f"退货期限几天{end}", f"几天内可以退{end}"),
        )
        for name, end in (("one", ""), ("two", "呢"))
    ]
    hours = Entry("hours", "几点上班？", "九点。", ("客服几点上班", "什么时候有人在", "怎么开发票呀"))
    invoice = Entry("invoice", "怎么开发票？", "在订单页。", ("怎么开发票", "开发票", "发票怎么开"))
    for finding in lint_deep([*twins, hours, invoice], HashingEmbedder(512)):
        yield from (finding.problem.message, finding.problem.remedy)


def test_every_sentence_of_the_check_has_chinese_words():
    said = {sentence: said_in("zh", sentence) for sentence in sentences()}
    assert len(said) > 60
    # What stands in quotes or backticks is the editor's own; everything else must be Chinese.
    english = re.compile(r"(?<![`'/.\w-])\b(the|is|are|it|add|write|not|of|in|or|cannot|remove|keep)\b(?![`'.\w-])")
    left = {
        sentence: words for sentence, words in said.items() if english.search(re.sub(r"`[^`]*`|'[^']*'", "", words))
    }
    assert left == {}


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("`lang`: 'fr' is not a language", "`lang`：'fr' 不是可用的语言"),
        ("WeChat cannot show a table", "微信不能显示表格"),
        ("a sentence nobody wrote", "a sentence nobody wrote"),
    ],
)
def test_a_sentence_in_chinese(sentence, words):
    assert said_in("zh", sentence) == words
    assert said_in("en", sentence) == sentence
