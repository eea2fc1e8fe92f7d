"""`baton faq` as an editor calls it, with the hashing embedder."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from typer.testing import CliRunner

from knowledge_base.cli import app
from knowledge_base.errors import ImportRefused
from knowledge_base.markdown import load_entries, parse_text
from knowledge_base.models import Entry
from knowledge_base.tables import read_table
from knowledge_base.writing import render_file

ROWS = [
    {
        "id": "returns-window",
        "question": "多久可以退货？",
        "variants": ["七天: 怎么算", "买了多久还能退"],
        "answer": "7 天。\n\n- 一\n- 二",
        "lang": "zh",
    },
    {"id": "ship-en", "question": "When does it ship?", "variants": [], "answer": "In 48 hours.", "lang": "en"},
]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("BATON_FAQ_DIR", str(tmp_path / "faq"))
    monkeypatch.setenv("BATON_EMBEDDER", "hashing")
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


def save(kind, folder):
    path = folder / f"table.{kind}"
    joined = [{**row, "variants": "|".join(row["variants"])} for row in ROWS]
    if kind == "jsonl":
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), "utf-8")
    elif kind == "csv":
        lines = [",".join(ROWS[0]), *(",".join(f'"{row[key]}"' for key in row) for row in joined)]
        path.write_bytes("\r\n".join(lines).encode("gb18030"))
    else:
        book = Workbook()
        book.active.append(list(ROWS[0]))
        for row in joined:
            book.active.append(list(row.values()))
        book.save(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_import_lint_build_search_eval(run, tmp_path, kind):
    faq = tmp_path / "faq"
    result = run("import", save(kind, tmp_path), "--out", faq)
    assert result.exit_code == 0, result.output
    loaded = {entry.id: entry for entry in load_entries(faq)}
    for row in ROWS:
        entry = loaded[row["id"]]
        assert [entry.question, list(entry.variants), entry.answer, entry.lang] == [
            row[key] for key in ("question", "variants", "answer", "lang")
        ]
    assert run("lint").exit_code == 0
    assert json.loads(run("build", "--json").stdout)["entries"] == 2
    found = json.loads(run("search", "多久可以退货", "--top", 1, "--json").stdout)
    assert [(hit["id"], hit["zone"]) for hit in found] == [("returns-window", "answer")]
    cases = tmp_path / "cases.jsonl"
    cases.write_text(
        '{"question": "多久可以退货", "id": "returns-window"}\n{"question": "？？", "id": null}\n', "utf-8"
    )
    report = json.loads(run("eval", "--kb", faq, "--cases", cases, "--json").stdout)
    assert report["n"] == 2 and report["hit_at_1"] == 1.0
    assert set(report) >= {"hit_at_3", "mrr_at_10", "no_answer_precision", "no_answer_recall", "ece", "misses"}


def test_lint_fails_on_errors_and_shows_the_line(run, tmp_path):
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "a.md").write_text("## 问\n<!--\nid: a\nstatus: done\n-->\n答\n", "utf-8")
    result = run("lint")
    assert result.exit_code == 1
    assert "a.md:4" in result.stdout and "status: done" in result.stdout and "remedy" in result.stdout
    assert [finding["line"] for finding in json.loads(run("lint", "--json").stdout)] == [4]


@pytest.mark.parametrize(
    "args",
    [
        ("lint",),
        ("build",),
        ("search", "退货"),
        ("import", "nothing.csv", "--out", "x"),
        ("import", "nothing.pdf", "--out", "x"),
        ("eval", "--cases", "nothing.jsonl"),
        ("build", "--embedder", "./no-model"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_1(run, args):
    result = run(*args)
    assert result.exit_code == 1
    assert result.stderr.strip().startswith("error: ") and "Traceback" not in result.output


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"question,answer\n\xe9\x97\xae,\n", "no answer"),
        ("a.csv", b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
        ("a.csv", b"", "holds no row"),
        ("a.jsonl", b'{"question": "q", "answer": "a"}\n[1]\n', ":2: not an object"),
        ("a.jsonl", b"{oops\n", ":1: not JSON"),
        (
            "a.jsonl",
            b'{"id":"x","question":"q","answer":"a"}\n{"id":"x","question":"r","answer":"a"}',
            "already in row 1",
        ),
        ("a.jsonl", b'{"question": "q", "answer": "a", "lang": "fr"}', "unknown language"),
        ("a.xlsx", b"not a zip", "not a readable workbook"),
    ],
)
def test_a_bad_table_is_refused_with_its_row(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match=words):
        read_table(path)


def test_import_never_overwrites(run, tmp_path):
    table = save("jsonl", tmp_path)
    assert run("import", table, "--out", tmp_path / "faq").exit_code == 0
    again = run("import", table, "--out", tmp_path / "faq")
    assert again.exit_code == 1 and "already exists" in again.stderr


def test_an_answer_that_would_start_an_entry_is_refused():
    with pytest.raises(ImportRefused, match="## "):
        render_file([Entry("a", "问", "一\n## 二\n三")], "zh")


_LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=30).map(
    lambda text: " ".join(text.split())
)
_WORDING = _LINE.filter(bool)


@settings(deadline=None)
@given(_WORDING, st.lists(_WORDING, max_size=4, unique=True), st.lists(_WORDING, max_size=3, unique=True))
def test_written_entries_read_back_unchanged(question, variants, tags):
    wanted = tuple(text for text in variants if text != question)
    entry = Entry("a-1", question, "答案 **粗** <b>", wanted, tags=tuple(tags), sensitive=True)
    try:
        text = render_file([entry], "zh")
    except ImportRefused:
        return
    (found,) = parse_text(text, "a.md").entries
    assert (found.question, found.variants, found.tags, found.answer) == (question, wanted, tuple(tags), entry.answer)


def test_eval_takes_foreign_ids_as_import_did_and_names_those_nobody_has(run, tmp_path):
    """Ids as other systems write them: capitals, marks, numbers, Chinese."""
    table, faq, cases = tmp_path / "a.jsonl", tmp_path / "faq", tmp_path / "cases.jsonl"
    ids = ["Refund_not_showing_up", "reverted_card_payment?", 17, "退货-7天"]
    questions = ["where is my refund", "why was my payment reverted", "多久发货？", "多久可以退货？"]
    rows = [{"id": i, "question": q, "answer": "a"} for i, q in zip(ids, questions, strict=True)]
    table.write_text("\n".join(json.dumps(row) for row in rows))
    run("import", table, "--out", faq)
    assert {entry.id for entry in load_entries(faq)} == {
        "Refund_not_showing_up",
        "reverted_card_payment",
        "17",
        "退货-7天",
    }
    asked = [*zip(questions, ids, strict=True), ("where is my refund", "gone"), ("下\u2028雨", None)]
    cases.write_text("\n".join(json.dumps({"question": q, "id": i}, ensure_ascii=False) for q, i in asked))
    done = run("eval", "--kb", faq, "--cases", cases, "--json")
    report = json.loads(done.stdout)
    assert (report["n"], report["hit_at_1"]) == (6, 0.8)
    assert [miss["expected"] for miss in report["misses"]] == ["gone"]
    assert "1 ids" in done.stderr and "gone" in done.stderr


@pytest.mark.parametrize(
    ("cases", "faq", "words"),
    [
        ("", "## 问\n<!--\nid: a\n-->\n答\n", "holds no case"),
        ('{"question": "问", "id": "a"}\n{oops\n', "## 问\n<!--\nid: a\n-->\n答\n", "cases.jsonl:2: not JSON"),
        ('{"question": "问", "id": true}\n', "## 问\n<!--\nid: a\n-->\n答\n", "cases.jsonl:1"),
        ('{"question": "问", "id": "a"}\n', "## 问\n没有注释\n", "a.md:1"),
        ('{"question": "问", "id": "a"}\n', "# 空\n", "no published, valid entry"),
    ],
)
def test_eval_says_where_it_cannot_go_on(run, tmp_path, cases, faq, words):
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "a.md").write_text(faq, "utf-8")
    (tmp_path / "cases.jsonl").write_text(cases, "utf-8")
    done = run("eval", "--kb", tmp_path / "faq", "--cases", tmp_path / "cases.jsonl", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr and "remedy" in done.stderr and "Traceback" not in done.output
