"""What an editor is told about FAQ files."""

from datetime import date

import pytest

from knowledge_base.lint import Level, lint_files
from knowledge_base.markdown import parse_text

TODAY = date(2026, 11, 22)


def entry(entry_id="a", question="怎么退货？", answer="这样退。", **keys):
    facts = {"reviewed": "2026-11-01", **keys}
    lines = "".join(f"{key}: {value}\n" for key, value in facts.items() if value)
    return f"## {question}\n<!--\nid: {entry_id}\n{lines}-->\n{answer}\n"


def lint(*texts):
    return lint_files([parse_text(text, f"zh/{n}.md") for n, text in enumerate(texts)], TODAY)


def test_a_good_entry_has_no_finding():
    assert lint(entry()) == []


@pytest.mark.parametrize(
    ("texts", "level", "words"),
    [
        ([entry(), entry(question="另一个？")], "error", "already used at zh/0.md:1"),
        ([entry(followups="[nowhere]")], "error", "`nowhere` does not exist"),
        ([entry(followups="[a]")], "warning", "its own follow-up"),
        ([entry(answer="")], "error", "no answer"),
        ([entry(answer="长" * 1501)], "error", "1501 characters"),
        ([entry(valid_until="2026-11-21")], "warning", "expired on 2026-11-21"),
        ([entry(reviewed="2025-11-01")], "warning", "more than a year ago"),
        ([entry(reviewed="")], "warning", "never reviewed"),
        ([entry(reviewed="2027-01-01")], "warning", "in the future"),
        ([entry(category="zzz")], "warning", "unknown category `zzz`"),
        ([entry(lang="en")], "warning", "does not look like `lang: en`"),
        ([entry(), entry("b", "运费？", variants="[怎么退货]")], "warning", "also a wording of `a`"),
        ([entry(status="done")], "error", "is not a status"),
        (["# 空\n"], "warning", "holds no entry"),
        (["闲话\n" + entry()], "warning", "before the first question"),
    ],
)
def test_a_flaw_is_found(texts, level, words):
    findings = [f for f in lint(*texts) if words in str(f.problem)]
    assert [f.level.value for f in findings] == [level]
    assert findings[0].problem.remedy


def test_drafts_and_live_dates_are_not_nagged():
    assert lint(entry(status="draft", reviewed="")) == []


def test_a_followup_into_a_broken_file_is_only_a_warning():
    findings = lint(entry(followups="[b]"), "## 坏\n没有注释\n")
    assert {f.level for f in findings if "`b`" in f.problem.message} == {Level.WARNING}


def test_finding_as_json():
    (finding,) = lint(entry(answer=""))
    data = finding.to_dict()
    assert (data["path"], data["line"], data["id"], data["level"]) == ("zh/0.md", 1, "a", "error")
    assert data["source"] == "## 怎么退货？"
