"""The editor's desk over its API: who may, what is written, what the gate lets through, what a stale edit is told."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from handoff.conversation import Role
from handoff.store import tables as t
from knowledge_base.markdown import load_entries
from tests.integration.editor.conftest import EDITOR, ORIGIN, World


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def audited(world: World) -> list[dict[str, Any]]:
    query = select(t.audit.c.data).where(t.audit.c.action == "faq_published").order_by(t.audit.c.at)
    return world.services.db.read_now(lambda conn: list(conn.execute(query).scalars()))


def test_only_editors_and_those_above_may(world: World) -> None:
    assert world.get("/overview").status_code == 200
    world.sign_in("ann", Role.AGENT)
    for path in ("/overview", "/entries/returns-how", "/gaps", "/outcomes", "/saved"):
        assert world.get(path).status_code == 403
    assert world.post("/search", text="退货").status_code == 403
    world.sign_in("sue", Role.SUPERVISOR)
    assert world.get("/overview").status_code == 200
    without_token = world.client.post(f"{EDITOR}/search", json={"text": "退货"}, headers=ORIGIN)
    assert without_token.json()["error"]["code"] == "cross_site_request"
    world.client.cookies.clear()
    assert world.get("/overview").status_code == 401


def test_a_published_edit_changes_its_section_only_and_goes_live(world: World) -> None:
    before = (world.faq / "zh/returns.md").read_bytes()
    draft = world.draft("returns-window", answer="签收后 15 天内可以退货。")
    done = world.post("/publish", **draft).json()
    assert (done["published"], done["gate"]) == (True, "open")
    after = (world.faq / "zh/returns.md").read_bytes()
    assert after == before.replace("7 天内".encode(), "15 天内".encode())
    assert after.startswith(b"\xef\xbb\xbf") and b"\r\n" in after
    assert done["live"] is True
    assert "15 天" in world.actions.index.base.search("多久可以退货？", "zh", 1)[0].entry.answer
    (record,) = audited(world)
    assert (record["entry"], record["override"], record["after"]) == ("returns-window", "", done["version"])


def test_an_edit_of_a_file_that_changed_meanwhile_is_refused(world: World) -> None:
    draft = world.draft("returns-window", answer="我的改动。")
    file = world.faq / "zh/returns.md"
    theirs = file.read_bytes().replace("7 天内".encode(), "30 天内".encode())
    file.write_bytes(theirs)
    checked = world.post("/check", **draft).json()
    assert checked["stale"] is True
    refused = world.post("/publish", **draft)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "edit_conflict")
    assert file.read_bytes() == theirs
    again = world.draft("returns-window", answer="我的改动。")
    assert world.post("/publish", **again).json()["published"] is True


def test_a_worse_answer_is_kept_back_until_somebody_says_why(world: World) -> None:
    draft = world.draft("invoice-apply", status="draft")
    before = (world.faq / "zh/invoices.md").read_text()
    kept = world.post("/publish", **draft).json()
    assert (kept["published"], kept["gate"], kept["report"]["regressions"]) == (False, "regressions", 1)
    (change,) = kept["report"]["changes"]
    assert (change["question"], change["before"], change["regression"]) == ("可以开专票吗", "invoice-apply", True)
    assert (world.faq / "zh/invoices.md").read_text() == before and audited(world) == []
    assert world.post("/publish", **draft, override=" ").json()["published"] is False
    done = world.post("/publish", **draft, override="发票改由财务处理").json()
    assert done["published"] is True
    (record,) = audited(world)
    assert (record["override"], record["regressions"], record["status"]) == ("发票改由财务处理", 1, "draft")


def test_without_the_action_server_nothing_is_published_unseen(world: World) -> None:
    draft = world.draft("invoice-apply", answer="在订单页点“发票”。")
    world.actions.stop()
    assert world.post("/search", text="发票").status_code == 503
    kept = world.post("/publish", **draft).json()
    assert (kept["published"], kept["gate"]) == (False, "unavailable")
    done = world.post("/publish", **draft, override="价格今天起变了").json()
    assert (done["published"], done["live"]) == (True, False)
    assert "点“发票”" in (world.faq / "zh/invoices.md").read_text()


def test_a_draft_is_checked_as_it_is_typed(world: World) -> None:
    draft = world.draft("returns-how", answer="我们会尽快处理。", followups=["nowhere"])
    checked = world.post("/check", **draft).json()
    messages = [finding["message"] for finding in checked["findings"]]
    assert any("尽快" in message for message in messages) and any("nowhere" in message for message in messages)
    assert checked["errors"] is True
    refused = world.post("/publish", **draft)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "faq_refused")
    assert any("nowhere" in finding["message"] for finding in refused.json()["error"]["findings"])


def test_a_renamed_id_tells_whose_followups_break(world: World) -> None:
    opened = world.get("/entries/returns-how").json()
    section = opened["section"].replace("id: returns-how", "id: returns-steps")
    draft = {"path": opened["path"], "entry_id": "returns-how", "section": section, "version": opened["version"]}
    checked = world.post("/check", **draft).json()
    assert [(f["id"], f["level"]) for f in checked["findings"] if "returns-how" in f["message"]] == [
        ("returns-window", "error")
    ]


def test_preview_of_both_channels(world: World) -> None:
    seen = world.get("/entries/returns-how").json()["preview"]
    replies = ["转人工", "多久可以退货？", "怎么开发票？"]  # the editor's own, what leads here, a near one
    assert seen["web"] == {"text": "在 **我的订单** 里申请。", "buttons": replies, "images": [], "links": []}
    assert seen["wechat"] == {"text": "在 我的订单 里申请。", "buttons": replies}
    seen = world.get("/entries/returns-window").json()["preview"]
    assert seen["web"]["buttons"] == ["怎么申请退货？", "怎么开发票？"]  # the editor's own, then a near one
    assert seen["predicted"] == ["怎么开发票？"]


def test_a_new_entry_in_a_new_file_is_found(world: World) -> None:
    fields = {"id": "gift-card", "question": "礼品卡怎么用？", "answer": "结算时输入卡号。", "lang": "zh"}
    draft = {"path": "zh/gifts.md", "fields": fields, "version": None}
    assert world.post("/check", **draft).json()["errors"] is False
    done = world.post("/publish", **draft, confirmed=["礼品卡如何使用"]).json()
    assert done["published"] is True
    assert "gift-card" in {entry.id for entry in load_entries(world.faq)}
    until(lambda: world.post("/search", text="礼品卡怎么用？").json()["hits"][0]["id"] == "gift-card")
    assert [(s["question"], s["entry_id"], s["source"]) for s in world.get("/saved").json()] == [
        ("礼品卡如何使用", "gift-card", "editor")
    ]
    assert world.post("/publish", **draft).status_code == 409  # made meanwhile: never written over


OUTSIDE = (
    *("../outside.md", "/etc/passwd.md", "zh/../../x.md", "zh/returns.txt", ".git/x.md", "zh/README.md"),
    *("zh/\0.md", "zh\\..\\x.md", "C:/x.md", "link/x.md", "zh//../../x.md"),
)


def test_no_path_leaves_the_folder(world: World, tmp_path: Path) -> None:
    (world.faq / "link").symlink_to(tmp_path)
    fields = {"id": "x", "question": "问？", "answer": "答。"}
    for path in OUTSIDE:
        for call in ("/check", "/publish", "/rehearse"):
            answer = world.post(call, path=path, fields=fields, version=None)
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_faq_path"), (call, path)
    assert {file.name for file in tmp_path.glob("*.md")} == set()
    assert {file.name for file in world.faq.rglob("*.md")} == {"returns.md", "invoices.md"}


def test_a_search_is_explained(world: World) -> None:
    found = world.post("/search", text="买了多久还能退货啊").json()
    first = found["hits"][0]
    assert first["id"] == "returns-window" and first["nearest"] == "买了多久还能退"
    assert set(first["views"]) == set(first["weighted"]) >= {"dense", "lexical"}
    assert 0 < found["clarify_from"] <= found["answer_from"] <= 1 and "gap" in found["first"]
    assert found["read_as"] is None
    assert world.post("/search", text="tuihuo liucheng").json()["read_as"] == "退货流程"
    assert world.post("/search", text="   ").json()["hits"] == []


def test_markup_in_a_search_or_entry_stays_text(world: World) -> None:
    evil = '<img src=x onerror="alert(1)"><script>alert(1)</script>'
    fields = {"id": "evil", "question": evil, "answer": evil, "variants": [evil + "!"]}
    draft = {"path": "zh/evil.md", "fields": fields, "version": None}
    checked = world.post("/check", **draft).json()
    assert checked["fields"]["question"] == evil and checked["preview"]["web"]["text"] == evil
    assert any("HTML" in finding["message"] for finding in checked["findings"])


WRONG_KIND: tuple[dict[str, Any], ...] = (
    *({"id": 5}, {"variants": "text", "valid_from": "gestern"}, {"status": "gone"}, {"variants": 7}),
    *({"answer": None}, {"tags": [{"a": 1}]}, {"question": ["a"]}),
)


def test_a_form_of_the_wrong_kind_is_refused_or_shown_as_a_finding(world: World) -> None:
    for fields in WRONG_KIND:
        whole = {"id": "x", "question": "问？", "answer": "答。"} | fields
        answer = world.post("/check", path="zh/new.md", fields=whole, version=None)
        assert answer.status_code == 422 or answer.json()["errors"] is True, fields
    assert not (world.faq / "zh/new.md").exists()


def test_a_folder_outside_git_says_so(world: World) -> None:
    history = world.get("/entries/returns-how/history").json()
    assert history["kept"] in ("no_repository", "no_git") and history["versions"] == []


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Olga", "-c", "user.email=o@example.invalid")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_history_names_the_commits_that_changed_the_entry(world: World) -> None:
    git(world.faq, "init", "-q")
    assert world.get("/entries/returns-how/history").json()["kept"] == "untracked"
    git(world.faq, "add", ".")
    git(world.faq, "commit", "-q", "-m", "first texts")
    file = world.faq / "zh/returns.md"
    file.write_bytes(file.read_bytes().replace("7 天内".encode(), "8 天内".encode()))
    git(world.faq, "commit", "-q", "-am", "eight days")
    window = world.get("/entries/returns-window/history").json()
    assert [(v["subject"], v["author"]) for v in window["versions"]] == [
        ("eight days", "Olga"),
        ("first texts", "Olga"),
    ]
    assert "7 天内" in window["versions"][1]["section"] and window["unsaved"] is False
    how = world.get("/entries/returns-how/history").json()
    assert [v["subject"] for v in how["versions"]] == ["first texts"]
    world.post("/publish", **world.draft("returns-how", answer="在订单里申请。"))
    assert world.get("/entries/returns-how/history").json()["unsaved"] is True


def test_an_unknown_entry_and_a_broken_neighbour(world: World) -> None:
    assert world.get("/entries/nowhere").json()["error"]["code"] == "unknown_entry"
    (world.faq / "zh/broken.md").write_text("## 坏\n<!--\nid: [\n-->\n答\n")
    overview = world.get("/overview").json()
    assert [f["path"] for f in overview["findings"] if f["level"] == "error"] == ["zh/broken.md"]
    draft = world.draft("invoice-apply", answer="改了。")
    refused = world.post("/publish", **draft)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "faq_unreadable")
    assert "broken.md" in refused.json()["error"]["reason"]
