"""What editors work with beside the files: export, publish gate, gaps, deep lint, words, channels."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from handoff.cli.faq import app
from knowledge_base.build import build_entries, build_index
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.errors import ExportRefused
from knowledge_base.exporting import export_table
from knowledge_base.gaps import Asked, group_gaps
from knowledge_base.lint_search import lint_deep
from knowledge_base.lint_words import word_problems
from knowledge_base.markdown import FolderReader, load_entries, parse_text
from knowledge_base.models import Entry, Status
from knowledge_base.rehearsal import TextVectors
from knowledge_base.search import KnowledgeBase
from knowledge_base.tables import read_table
from knowledge_base.writing import render_file

FULL = Entry(
    "returns-window",
    "多久可以退货？",
    "7 天内。\n\n- 一\n- 二",
    ("七天; 怎么算", "买了|多久还能退", "[1] 方括号"),
    category="returns",
    tags=("退货", "a,b"),
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
    owner="service-team",
    reviewed=date(2026, 11, 1),
    status=Status.DRAFT,
    followups=("returns-how",),
    sensitive=True,
    answer_wechat="7 天内。\n\n一；二",
    images=("https://shop.example/a.png",),
    links=("/help#returns",),
    buttons=("怎么退货？", "转人工"),
    alike=("returns-how 一个问期限, 一个问: 步骤", "returns-cost"),
)


def plain(entry):
    return replace(entry, path="", line=1)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_export_and_import_lose_nothing(tmp_path, kind):
    entries = [FULL, Entry("ship-en", "When does it ship?", "In 48 hours.", lang="en")]
    export_table(entries, tmp_path / f"all.{kind}")
    assert read_table(tmp_path / f"all.{kind}") == entries


def test_markdown_keeps_every_field():
    (found,) = parse_text(render_file([FULL], "zh"), "a.md").entries
    assert plain(found) == FULL


def test_export_to_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(ExportRefused, match=r"\.csv, \.xlsx or \.jsonl"):
        export_table([FULL], tmp_path / "all.ods")


_LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), min_size=1, max_size=20)
_TEXT = _LINE.map(lambda text: " ".join(text.split())).filter(bool)
_MANY = st.lists(_TEXT, max_size=3, unique=True).map(tuple)


@settings(deadline=None)
@given(_TEXT, _TEXT, _MANY, _MANY, _MANY, st.sampled_from(["csv", "xlsx", "jsonl"]))
def test_any_text_survives_the_round_trip(tmp_path_factory, question, answer, variants, tags, buttons, kind):
    others = tuple(text for text in variants if text != question)
    entry = Entry("a", question, answer, others, tags=tags, buttons=buttons, answer_wechat=answer)
    path = tmp_path_factory.mktemp("table") / f"all.{kind}"
    export_table([entry], path)
    assert read_table(path) == [entry]


def test_the_channel_chooses_the_answer():
    assert FULL.answer_for("wechat") == FULL.answer_wechat
    assert FULL.answer_for("web") == FULL.answer
    assert replace(FULL, answer_wechat="").answer_for("wechat") == FULL.answer


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("BATON_FAQ_DIR", str(tmp_path / "old"))
    monkeypatch.setenv("BATON_EMBEDDER", "hashing")
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


ENTRIES = [
    Entry("returns-window", "多久可以退货？", "7 天。", ("买了多久还能退",)),
    Entry("invoice-apply", "怎么开发票？", "在订单页。", ("可以开增值税专票吗",)),
]


def write(folder, entries):
    folder.mkdir(exist_ok=True)
    (folder / "all.md").write_text(render_file(entries, "zh"), "utf-8")


def test_the_gate_fails_only_when_an_answer_gets_worse(run, tmp_path):
    write(tmp_path / "old", ENTRIES)
    write(tmp_path / "new", [replace(ENTRIES[0], variants=()), ENTRIES[1]])
    write(tmp_path / "gone", ENTRIES[1:])
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"question": "多久可以退货", "id": "returns-window"}\n', "utf-8")
    same = run("diff", tmp_path / "old", tmp_path / "new", "--cases", cases, "--json")
    assert same.exit_code == 0 and json.loads(same.stdout)["changes"] == []
    worse = run("diff", tmp_path / "old", tmp_path / "gone", "--cases", cases, "--json")
    report = json.loads(worse.stdout)
    assert worse.exit_code == 1 and report["regressions"] == 1
    assert (report["changes"][0]["before"], report["changes"][0]["regression"]) == ("returns-window", True)
    back = run("diff", tmp_path / "gone", tmp_path / "old", "--cases", cases)
    assert back.exit_code == 0 and "better: 多久可以退货" in back.stdout


def test_export_and_gaps_from_the_terminal(run, tmp_path):
    write(tmp_path / "old", ENTRIES)
    assert run("export", tmp_path / "all.csv").exit_code == 0
    assert [plain(entry) for entry in read_table(tmp_path / "all.csv")] == ENTRIES
    assert run("build").exit_code == 0
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"question": "旧家电回收吗", "count": 3}\n{"question": "旧家电回收吗？"}\n', "utf-8")
    (gap,) = json.loads(run("gaps", asked, "--json").stdout)
    assert (gap["count"], gap["questions"]) == (4, [{"question": "旧家电回收吗", "count": 4}])
    asked.write_text('{"question": 3}\n{"q": 1}\n', "utf-8")
    assert ":2: not a question" in run("gaps", asked).stderr


def test_gaps_join_what_means_the_same(tmp_path):
    embedder = HashingEmbedder(256)
    build_entries(ENTRIES, tmp_path, embedder)
    base = KnowledgeBase.open(tmp_path, embedder)
    asked = [Asked("旧家电可以回收吗", 2), Asked("can you cook dinner"), Asked("旧家电可以回收么", 5), Asked("？！")]
    gaps = group_gaps(asked, base, TextVectors(embedder))
    assert [(gap.count, [a.question for a in gap.wordings]) for gap in gaps] == [
        (7, ["旧家电可以回收么", "旧家电可以回收吗"]),
        (1, ["can you cook dinner"]),
    ]
    assert group_gaps([], base, TextVectors(embedder)) == []


def test_deep_lint_shows_alike_entries_and_stray_wordings():
    returns = Entry("returns", "多久可以退货？", "7 天。", ("买了多久还能退货", "退货期限几天", "几天内可以退货"))
    twin = Entry("twin", "多久可以退货呢？", "七天。", ("买了多久还能退货呀", "退货期限是几天", "几天内可以退货啊"))
    hours = Entry("hours", "几点上班？", "九点。", ("客服几点上班", "什么时候有人在", "上班时间", "怎么开发票呀"))
    invoice = Entry("invoice", "怎么开发票？", "在订单页。", ("怎么开发票", "开发票", "发票怎么开"))
    findings = lint_deep([returns, twin, hours, invoice], HashingEmbedder(512))
    messages = [finding.problem.message for finding in findings]
    assert any("`returns` and `twin`" in message and "are alike" in message for message in messages)
    assert any("'怎么开发票呀' would be answered by `invoice`" in message for message in messages)
    assert all(finding.level.value == "warning" and finding.problem.remedy for finding in findings)
    known = replace(twin, alike=("returns 两家店各一条",))
    findings = lint_deep([returns, known, hours, invoice], HashingEmbedder(512))
    messages = [finding.problem.message for finding in findings]
    assert not any("are alike" in message for message in messages)
    assert any("'怎么开发票呀' would be answered" in message for message in messages)
    assert lint_deep([invoice], HashingEmbedder(64)) == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry("a", "问", "我们会尽快处理"), "尽快"),
        (Entry("a", "ask", "We reply As Soon As Possible."), "as soon as possible"),
        (Entry("a", "问", "| a | b |\n|---|---|\n| 1 | 2 |"), "a table"),
        (Entry("a", "问", "见 [帮助](https://x.example)"), "a link"),
        (Entry("a", "问", "好", images=("图片.png",)), "not an address"),
        (Entry("a", "问", "好", buttons=("很长很长" * 6,)), "20 characters"),
    ],
)
def test_words_and_markdown_are_checked(entry, words):
    found = [words in message and bool(remedy) for message, remedy, _ in word_problems(entry)]
    assert found and all(found)


def test_an_own_wechat_text_allows_markdown_on_the_web():
    assert not list(word_problems(Entry("a", "问", "[帮助](https://x.example)", answer_wechat="请看帮助")))


def test_a_reader_parses_only_changed_files_and_survives_a_half_written_save(tmp_path, monkeypatch):
    faq, index, embedder = tmp_path / "faq", tmp_path / "index", HashingEmbedder(64)
    faq.mkdir()
    for number, entry in enumerate(ENTRIES):
        (faq / f"{number}.md").write_text(render_file([entry], "zh"), "utf-8")
    reader = FolderReader(faq)
    assert build_index(faq, index, embedder, reader=reader).entries == 2
    whole = render_file([replace(ENTRIES[0], answer="改成 15 天了。")], "zh")
    (faq / "0.md").write_text(whole[: whole.index("-->")], "utf-8")
    with pytest.raises(Exception, match=r"0\.md"):
        build_index(faq, index, embedder, reader=reader)
    assert KnowledgeBase.open(index, embedder).get("returns-window").answer == "7 天。"
    parsed = []
    monkeypatch.setattr(
        "knowledge_base.markdown.parse_file",
        lambda path, root: parsed.append(path.name) or parse_text(path.read_text("utf-8"), path.name),
    )
    (faq / "0.md").write_text(whole, "utf-8")
    build_index(faq, index, embedder, reader=reader)
    assert parsed == ["0.md"]
    assert KnowledgeBase.open(index, embedder).get("returns-window").answer == "改成 15 天了。"
    assert reader.load() == reader.load() and len(load_entries(faq)) == 2
