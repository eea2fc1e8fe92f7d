"""Earlier versions of an entry, from git where the FAQ folder is part of a repository."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from knowledge_base.markdown import parse_text
from knowledge_base.sections import split_file

_LIMIT = 50
_PATIENCE = 5.0
_FIELD, _ROW = "\x1f", "\x1e"


class Kept(StrEnum):
    """Whether there is a history, and if not, why."""

    GIT = "git"
    NO_REPOSITORY = "no_repository"
    UNTRACKED = "untracked"
    NO_GIT = "no_git"


@dataclass(frozen=True)
class Version:
    """One commit that changed the entry. ``section`` is the entry's Markdown after it, empty where it was taken out."""

    commit: str
    author: str
    at: str
    subject: str
    section: str


@dataclass(frozen=True)
class History:
    """Versions newest first. ``unsaved``: the file differs from the last commit."""

    kept: Kept
    versions: list[Version]
    unsaved: bool = False


class GitUnusable(Exception):
    """git is absent, too slow or refuses."""


class FaqHistory:
    """Asks git; never changes the repository unless told to keep a change."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def of(self, path: str, entry_id: str) -> History:
        """Commits that changed the entry, newest first, at most the last fifty of its file."""
        try:
            self._git("rev-parse", "--show-toplevel")
        except OSError:
            return History(Kept.NO_GIT, [])
        except GitUnusable:
            return History(Kept.NO_REPOSITORY, [])
        try:
            return self._versions(path, entry_id)
        except GitUnusable:
            return History(Kept.UNTRACKED, [])

    def keep(self, path: str, author: str, subject: str) -> bool:
        """Commit this one file; False, with nothing changed, when git cannot."""
        who = "".join(char for char in author if char.isprintable() and char not in "<>").strip() or "editor"
        identity = ("-c", f"user.name={who}", "-c", "user.email=editor@baton.invalid")
        try:
            self._git("add", "--", path)
            self._git(*identity, "commit", "--quiet", "--no-verify", "-m", subject, "--only", "--", path)
        except (GitUnusable, OSError):
            return False
        return True

    def _versions(self, path: str, entry_id: str) -> History:
        pattern = _FIELD.join(("%H", "%an", "%aI", "%s")) + _ROW
        log = self._git("log", f"-n{_LIMIT}", f"--format={pattern}", "--", path)
        rows = [row.strip("\n").split(_FIELD) for row in log.split(_ROW) if row.strip("\n")]
        if not rows:
            return History(Kept.UNTRACKED, [])
        # Oldest first, so that a commit counts only where it changed this entry.
        kept: list[Version] = []
        last = ""
        for commit, author, at, subject in reversed(rows):
            section = self._section(commit, path, entry_id)
            if section != last:
                kept.append(Version(commit, author, at, subject, section))
                last = section
        unsaved = bool(self._git("status", "--porcelain", "--", path).strip())
        return History(Kept.GIT, kept[::-1], unsaved)

    def _section(self, commit: str, path: str, entry_id: str) -> str:
        try:
            text = self._git("show", "--no-textconv", f"{commit}:./{path}")
        except GitUnusable:  # the file was not there then
            return ""
        text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        entry = next((entry for entry in parse_text(text, path).entries if entry.id == entry_id), None)
        return split_file(text).section(entry.line) if entry else ""

    def _git(self, *words: str) -> str:
        environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}
        command = ["git", "-C", str(self._root), "-c", "core.quotepath=off", "-c", "core.fsmonitor=false", *words]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise GitUnusable(str(error)) from error
        if done.returncode != 0:
            raise GitUnusable(done.stderr.strip()[:200])
        return done.stdout
