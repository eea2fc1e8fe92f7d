"""Two FAQ folders are compared by asking: nothing is skipped that could hide a regression, unless that is asked for."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import knowledge_base.folder_diff as folder_diff
from knowledge_base.build import build_index
from knowledge_base.cli import app
from knowledge_base.evaluate import Case
from knowledge_base.folder_diff import diff_folders
from knowledge_base.models import Entry
from knowledge_base.writing import render_file
from tests.support.counting import Counting

RETURNS = Entry("returns-window", "多久可以退货？", "7 天。", ("买了多久还能退",))
INVOICE = Entry("invoice-apply", "怎么开发票？", "在订单页。", ("可以开增值税专票吗",))
OPENING = Entry("hours-service", "客服几点上班？", "九点。", ("早上几点有人", "周末有客服吗"))
CASES = [
    Case("多久可以退货", "returns-window"),
    Case("可以开增值税专票吗", "invoice-apply"),
    Case("周末有客服吗", "hours-service"),
]


@pytest.fixture
def compare(tmp_path):
    """Old and new entries -> what differs, with the embedder that was asked."""

    def run(old, new, **how):
        embedder = Counting()
        for name, entries in (("old", old), ("new", new)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "all.md").write_text(render_file(entries, "zh"), "utf-8")

        def build(faq, index):
            build_index(faq, index, embedder)

        return diff_folders(
            tmp_path / "old", tmp_path / "new", CASES, embedder, build, tmp_path / "index", **how
        ), embedder

    return run


def test_a_regression_outside_what_the_change_should_reach_is_found(compare, monkeypatch):
    monkeypatch.setattr(folder_diff, "reached", lambda *_: [])
    found, embedder = compare([RETURNS, INVOICE, OPENING], [RETURNS, INVOICE])
    assert (found.asked, found.skipped, found.regressions) == (3, 0, 1)
    assert [(change.question, change.before, change.after) for change in found.changes] == [
        ("周末有客服吗", "hours-service", None)
    ]
    assert embedder.times["多久可以退货"] == 1  # no wording of an entry: both folders were asked with one encoding


def test_only_what_is_reached_is_asked_when_that_is_wanted(compare):
    found, _ = compare([RETURNS, INVOICE, OPENING], [RETURNS, INVOICE], only_reached=True)
    assert found.asked + found.skipped == 3 and found.regressions == 1
    assert found.changes[0].question == "周末有客服吗"


def test_what_the_search_does_not_read_alters_nothing_and_is_not_asked(compare):
    dated = replace(RETURNS, owner="service-team", followups=("invoice-apply",), buttons=("转人工",))
    found, _ = compare([RETURNS, INVOICE], [dated, INVOICE])
    assert found.to_dict() == {"asked": 0, "skipped": 3, "regressions": 0, "changes": []}


def test_a_changed_answer_is_asked_since_its_words_are_searched(compare):
    found, _ = compare([RETURNS, INVOICE], [replace(RETURNS, answer="签收起 9 天。"), INVOICE])
    assert (found.asked, found.regressions) == (3, 0)


def test_the_command_says_how_many_were_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("BATON_EMBEDDER", "hashing")
    for name, entries in (("old", [RETURNS, INVOICE]), ("new", [INVOICE])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "all.md").write_text(render_file(entries, "zh"), "utf-8")
    cases = tmp_path / "cases.jsonl"
    cases.write_text("".join(json.dumps({"question": c.question, "id": c.id}) + "\n" for c in CASES[:2]), "utf-8")
    old, new = str(tmp_path / "old"), str(tmp_path / "new")

    def said(*words):
        return CliRunner().invoke(app, ["diff", *words, "--cases", str(cases)])

    assert "2 of 2 questions asked again, 1 answered otherwise, 1 worse" in said(old, new).stdout
    assert (
        "0 of 2 questions asked again (2 skipped: nothing that the search reads has changed)" in said(old, old).stdout
    )
    quick = said(old, new, "--reached")
    assert quick.exit_code == 1 and "WORSE: 多久可以退货" in quick.stdout
