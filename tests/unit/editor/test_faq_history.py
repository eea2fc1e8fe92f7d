"""A published file is committed alone and under the editor's name; without git nothing happens and it is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from handoff.editor.history import FaqHistory, Kept
from knowledge_base.models import Entry
from knowledge_base.writing import render_file


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Olga", "-c", "user.email=o@example.invalid")
    command = ["git", "-C", str(folder), *who, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_change_is_kept_alone_and_found_again(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    file = tmp_path / "zh" / "退货 a.md"
    file.write_text(render_file([Entry("a", "问？", "答一。")], "zh"))
    (tmp_path / "other.txt").write_text("1")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "other.txt").write_text("2")
    git(tmp_path, "add", "other.txt")
    file.write_text(file.read_text().replace("答一", "答二"))
    history = FaqHistory(tmp_path)
    assert history.of("zh/退货 a.md", "a").unsaved
    assert history.keep("zh/退货 a.md", "李编辑 <x>\n-c", "faq: a")
    assert git(tmp_path, "show", "--name-only", "--format=%an|%s").split("\n")[0] == "李编辑 x-c|faq: a"
    assert git(tmp_path, "diff", "--cached", "--name-only").strip() == "other.txt"
    found = history.of("zh/退货 a.md", "a")
    assert (found.kept, found.unsaved) == (Kept.GIT, False)
    assert ["答二" in version.section for version in found.versions] == [True, False]
    assert history.of("zh/退货 a.md", "nowhere").versions == []


def test_without_a_repository_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    history = FaqHistory(tmp_path)
    assert history.keep("a.md", "eva", "faq: a") is False
    assert history.of("a.md", "a").kept is Kept.NO_REPOSITORY


def test_without_git_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert FaqHistory(tmp_path).of("a.md", "a").kept is Kept.NO_GIT
    assert FaqHistory(tmp_path).keep("a.md", "eva", "x") is False
