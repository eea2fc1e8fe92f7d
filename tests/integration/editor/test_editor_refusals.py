"""What the shop does not answer: a gap's wordings go into files of the FAQ folder and out again; nothing else does."""

from __future__ import annotations

import asyncio
import errno
import os
import time
import uuid
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from handoff.conversation import Draft, Role
from handoff.store import tables as t
from handoff.store.append import append
from tests.integration.editor.conftest import EDITOR, ORIGIN, World
from tests.integration.editor.test_editor_api import git

ASKED = ("自行车能修吗", "你们修自行车吗？")
NOTE = "# 我们不回答的问题，一行一个；以 # 开头的是备注。\n"


def refuse(world: World, *questions: str, undo: bool = False) -> Any:
    return world.post("/gaps/refuse", questions=questions, undo=undo)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def audited(world: World) -> list[tuple[str, dict[str, Any]]]:
    query = select(t.audit.c.action, t.audit.c.data).where(t.audit.c.action.like("faq_questions_%"))
    rows = world.services.db.read_now(lambda conn: conn.execute(query.order_by(t.audit.c.at)).all())
    return [(row.action, row.data) for row in rows]


def missed(world: World, question: str) -> None:
    """A customer asked this and the bot had no answer."""
    conv_id = asyncio.run(world.services.gateway.start("web", "zh", uuid.uuid4().hex)).conversation.id

    def work(conn: Connection) -> None:
        asked, _ = append(conn, conv_id, Draft("message", "customer", question, uuid.uuid4().hex))
        turn = uuid.uuid4().hex
        values = {"id": turn, "conv_id": conv_id, "in_seq": asked.seq, "fence": 1, "state": "done", "attempt": 1}
        conn.execute(insert(t.turn).values(**values, not_before=0, created_at=time.time()))
        payload = {"buttons": [], "meta": {"response": "utter_no_answer"}}
        append(conn, conv_id, Draft("message", "bot", "没有答案", f"{turn}:0", payload=payload))

    world.services.db.write_now(work)


def gaps(world: World) -> dict[str, tuple[bool, bool]]:
    """Whether each gap is put aside, and refused, by its first wording."""
    found = world.get("/gaps").json()["gaps"]
    return {gap["questions"][0]["question"]: (gap["dismissed"], gap["refused"]) for gap in found}


def test_a_gap_is_refused_at_once_and_answered_again(world: World) -> None:
    for question in (*ASKED, "旧家电回收吗"):
        missed(world, question)
    done = refuse(world, *ASKED, ASKED[0] + "？").json()
    assert done == {
        "files": ["zh/not-answered.txt"],
        "questions": 2,
        "left_out": 0,
        "kept_in_git": None,
        "live": True,
    }
    file = world.faq / "zh/not-answered.txt"
    assert file.read_text() == NOTE + "".join(f"{line}\n" for line in ASKED)
    assert set(world.actions.index.base.refused) == set(ASKED)
    found = gaps(world)
    assert {found[question] for question in ASKED if question in found} == {(True, True)}
    assert found["旧家电回收吗"] == (False, False)
    assert refuse(world, *ASKED).json()["files"] == []  # they stand there already
    undone = refuse(world, *ASKED, undo=True).json()
    assert (undone["files"], undone["questions"]) == (["zh/not-answered.txt"], 2)
    assert file.read_text() == NOTE and not world.actions.index.base.refused
    assert set(gaps(world).values()) == {(False, False)}
    (refused, facts), (again, later) = audited(world)
    assert (refused, again) == ("faq_questions_refused", "faq_questions_answered_again")
    assert facts["questions"] == later["questions"] == 2 and facts["after"] == later["before"]
    assert "自行车" not in str(facts)


def test_each_language_has_its_file_and_hand_written_lines_stay(world: World) -> None:
    english = world.faq / "en/not-answered-services.txt"
    english.parent.mkdir()
    english.write_bytes(b"\xef\xbb\xbf# ours\r\nDo you repair bicycles?")
    done = refuse(world, "do you repair bicycles", "Can you  fix\nmy watch", "# 修手表吗", "修手表吗").json()
    assert sorted(done["files"]) == ["en/not-answered-services.txt", "zh/not-answered.txt"]
    before = b"\xef\xbb\xbf# ours\r\nDo you repair bicycles?\r\n"
    assert english.read_bytes() == before + b"Can you fix my watch\r\n"
    assert (world.faq / "zh/not-answered.txt").read_text() == NOTE + "修手表吗\n"
    refuse(world, "Can you fix my watch?", "# ours", undo=True)
    assert english.read_bytes() == before


def test_a_file_at_the_root_serves_a_language_without_its_own(world: World) -> None:
    (world.faq / "not-answered.txt").write_text("")
    (world.faq / "zh/not-answered-b.txt").write_text("修手表吗\n")
    done = refuse(world, "自行车能修吗", "do you repair bicycles").json()
    assert sorted(done["files"]) == ["not-answered.txt", "zh/not-answered-b.txt"]
    assert (world.faq / "not-answered.txt").read_text() == "do you repair bicycles\n"
    assert (world.faq / "zh/not-answered-b.txt").read_text() == "修手表吗\n自行车能修吗\n"


def test_what_may_name_a_customer_is_never_written(world: World) -> None:
    private = ("我的电话是13800138000", "写信到 a@b.example", "？？", "\x00", "长" * 201)
    answer = refuse(world, *private)
    assert code(answer) == (422, "nothing_to_refuse")
    assert not (world.faq / "zh/not-answered.txt").exists() and audited(world) == []
    done = refuse(world, *private, "修手表吗\x00").json()
    assert (done["questions"], done["left_out"]) == (1, 3)
    assert (world.faq / "zh/not-answered.txt").read_text() == NOTE + "修手表吗\n"
    assert refuse(world, *(f"修第{number}块手表吗" for number in range(60))).json()["questions"] == 50


def test_a_save_between_reading_and_writing_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file = world.faq / "zh/not-answered.txt"
    file.write_text("修手表吗\n")
    fsync = os.fsync

    def somebody_else_saves(handle: int) -> None:
        fsync(handle)
        file.write_text("别人的\n")

    monkeypatch.setattr(os, "fsync", somebody_else_saves)
    assert code(refuse(world, ASKED[0])) == (409, "edit_conflict")
    assert file.read_text() == "别人的\n" and audited(world) == []


def test_trouble_is_told_and_the_list_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    missed(world, ASKED[0])
    refuse(world, ASKED[0])
    broken = world.faq / "zh/not-answered-b.txt"
    broken.write_bytes("修手表吗".encode("gb18030"))
    for undo in (False, True):
        answer = refuse(world, "修手表吗", undo=undo)
        assert code(answer) == (422, "faq_unreadable") and broken.name in answer.json()["error"]["reason"]
    assert gaps(world) == {ASKED[0]: (True, True)}  # the sound file still counts
    broken.unlink()
    with monkeypatch.context() as patched:

        def full(handle: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        patched.setattr(os, "fsync", full)
        assert code(refuse(world, "修手表吗")) == (503, "faq_file_unusable")
    aside = world.faq.rename(world.faq.with_name("aside"))
    for undo in (False, True):
        assert code(refuse(world, "修手表吗", undo=undo)) == (503, "faq_folder_gone")
    assert gaps(world) == {ASKED[0]: (False, False)}
    aside.rename(world.faq)
    world.actions.stop()
    assert refuse(world, "修手表吗").json()["live"] is False


def test_no_entry_goes_into_such_a_file(world: World) -> None:
    (world.faq / "zh/not-answered.txt").write_text("修手表吗\n")
    fields = {"id": "watch", "question": "修手表吗？", "answer": "不修。", "lang": "zh"}
    for call in ("/check", "/rehearse", "/publish"):
        answer = world.post(call, path="zh/not-answered.txt", fields=fields, version=None)
        assert code(answer) == (422, "bad_faq_path")
        answer = world.post(call, path="zh/not-answered.txt", section="## 修手表吗", version=None)
        assert code(answer) == (422, "bad_faq_path")


def test_git_keeps_it_where_that_is_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    git(world.faq, "init", "-q")
    monkeypatch.setattr(world.services.editor, "_commit", True)
    assert refuse(world, ASKED[0]).json()["kept_in_git"] is True
    assert refuse(world, ASKED[0], undo=True).json()["kept_in_git"] is True
    git(world.faq, "diff", "--exit-code", "HEAD", "--", "zh/not-answered.txt")
    monkeypatch.setenv("PATH", str(world.faq))
    assert refuse(world, ASKED[0]).json()["kept_in_git"] is False


def test_only_editors_may(world: World) -> None:
    assert code(world.client.post(f"{EDITOR}/gaps/refuse", json={"questions": ["x"]}, headers=ORIGIN))[0] == 403
    world.sign_in("ann", Role.AGENT)
    assert code(refuse(world, ASKED[0])) == (403, "forbidden")
    assert not (world.faq / "zh/not-answered.txt").exists()
