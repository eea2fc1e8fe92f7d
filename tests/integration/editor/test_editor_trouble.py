"""The editor's desk when what it stands on is gone: every call says what is wrong, where, and how to mend it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.editor.conftest import EDITOR, ORIGIN, World

FIELDS = {"id": "gift-card", "question": "礼品卡怎么用？", "answer": "结算时输入卡号。", "lang": "zh"}
NEW = {"path": "zh/gifts.md", "fields": FIELDS, "version": None}
# What needs neither the folder nor the action server.
FROM_THE_DATABASE = ("/gaps", "/outcomes", "/saved")


def all_calls(world: World, draft: dict[str, Any]) -> Iterator[tuple[str, httpx.Response]]:
    """Every call of the editor's API, as an editor at work would make it."""
    for path in ("/overview", "/entries/returns-how", "/entries/returns-how/history", *FROM_THE_DATABASE):
        yield path, world.get(path)
    for path in ("/check", "/rehearse", "/publish"):
        yield f"{path} opened", world.post(path, **draft)
        yield f"{path} new", world.post(path, **NEW)
    yield "/search", world.post("/search", text="怎么退货")
    yield "/gaps/dismiss", world.post("/gaps/dismiss", questions=["旧家电回收吗"])
    for undo in (False, True):
        yield f"/gaps/refuse {undo}", world.post("/gaps/refuse", questions=["旧家电回收吗"], undo=undo)
    yield "/saved anew", world.post("/saved", question="还能退吗", entry_id="returns-window")


def refusals(world: World, draft: dict[str, Any]) -> dict[str, str]:
    """The code of every call that was refused; none of them may be a crash."""
    found = {}
    for call, answer in all_calls(world, draft):
        body = answer.json()
        assert answer.status_code != 500 and "Traceback" not in answer.text, (call, answer.text)
        if answer.status_code >= 400:
            assert body["error"]["message"] and body["error"]["code"] != "internal", (call, body)
            found[call] = body["error"]["code"]
    return found


def told(world: World, lang: str) -> str:
    answer = world.client.get(EDITOR + "/overview", headers=ORIGIN | {"Accept-Language": lang})
    assert answer.status_code == 503
    return str(answer.json()["error"]["message"])


def failing(code: int, below: Path) -> Callable[[Any], Any]:
    """`os.scandir` on a disk that answers every look below a folder with an error."""
    scandir = os.scandir

    def look(place: Any = ".") -> Any:
        if str(place).startswith(str(below)):
            raise OSError(code, os.strerror(code), str(place))
        return scandir(place)

    return look


@contextmanager
def broken(faq: Path, kind: str) -> Iterator[None]:
    """The FAQ folder as it must not be, and back again."""
    if kind in ("denied", "unusable"):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, "scandir", failing(errno.EACCES if kind == "denied" else errno.EIO, faq))
            yield
        return
    aside = faq.rename(faq.with_name("aside"))
    if kind == "no_folder":
        faq.write_text("no folder")
    yield
    faq.unlink(missing_ok=True)
    aside.rename(faq)


def test_a_folder_that_cannot_be_read_is_named_and_comes_back(world: World) -> None:
    draft = world.draft("returns-how", answer="改了。")
    for kind in ("gone", "no_folder", "denied", "unusable"):
        with broken(world.faq, kind):
            refused = refusals(world, draft)
            assert {refused[f"/{call} new"] for call in ("check", "rehearse", "publish")} == {f"faq_folder_{kind}"}
            assert refused["/overview"] == f"faq_folder_{kind}" and refused.keys().isdisjoint(FROM_THE_DATABASE)
            assert "/search" not in refused  # customers, and whoever tries, get what was published last
            zh, en = told(world, "zh-CN"), told(world, "en")
            assert str(world.faq) in zh and str(world.faq) in en and zh != en and "管理员" in zh
    (world.faq / "en").mkdir()
    with pytest.MonkeyPatch.context() as patched:  # a part that cannot be read does not make a smaller FAQ
        patched.setattr(os, "scandir", failing(errno.EACCES, world.faq / "en"))
        assert str(world.faq / "en") in told(world, "en")
    assert not (world.faq / "zh/gifts.md").exists()
    assert len(world.get("/overview").json()["entries"]) == 3
    assert world.post("/publish", **draft).json()["published"] is True


def full(handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_without_index_git_action_server_or_room_the_desk_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = world.draft("returns-how", answer="改了。")
    shutil.rmtree(world.faq.with_name("index"))
    monkeypatch.setenv("PATH", str(world.faq))
    assert world.get("/entries/returns-how/history").json()["kept"] == "no_git"
    assert refusals(world, draft) == {}
    world.actions.stop()
    draft = world.draft("returns-how", answer="又改了。")
    # The gate is closed without it, which is an answer; only trying a question has none. The new entry is there by now.
    assert refusals(world, draft) == {"/search": "actions_unavailable", "/publish new": "edit_conflict"}
    monkeypatch.setattr(os, "fsync", full)
    draft = world.draft("returns-how", answer="第三次改。")
    answer = world.post("/publish", **draft, override="服务没有回应")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "faq_file_unusable")
    assert "zh/returns.md" in answer.json()["error"]["message"]
    assert "第三次改" not in (world.faq / "zh/returns.md").read_text()
