"""Writes what editors decide not to answer into the `not-answered*.txt` files of the FAQ folder, and takes it out."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handoff import texts
from handoff.conversation import Agent
from handoff.editor.errors import FaqFolderUnusable, FaqUnreadable, NothingToRefuse
from handoff.editor.folder import FaqFolder
from handoff.insight.faq_refused import refusable
from handoff.store import audit
from handoff.store.database import Database
from knowledge_base.errors import FaqError
from knowledge_base.markdown import faq_files
from knowledge_base.refused import question_in, refused_files, refused_in
from knowledge_base.text import detect_language, normalise

_NAME = "not-answered.txt"


@dataclass(frozen=True)
class ChangedFile:
    """A file as it is to be. ``version`` is that of the text it was made from (None: there is no such file yet)."""

    path: str
    text: str
    version: str | None
    questions: int


@dataclass(frozen=True)
class Planned:
    """Files to be written; ``left_out`` wordings are not: they may name a customer, or are too many."""

    files: tuple[ChangedFile, ...]
    left_out: int = 0

    @property
    def questions(self) -> int:
        return sum(file.questions for file in self.files)


@dataclass(frozen=True)
class Refusal:
    """What was written: the files, how many lines came or went, and how many wordings were left out.

    ``kept_in_git`` and ``live`` are as in `handoff.editor.desk.Published`.
    """

    files: tuple[str, ...]
    questions: int
    left_out: int
    kept_in_git: bool | None
    live: bool


class RefusalFiles:
    """The `not-answered*.txt` files under editors' hands; notes and all other lines stay as they are."""

    def __init__(self, db: Database, folder: FaqFolder) -> None:
        self._db = db
        self._folder = folder

    def written_down(self, wordings: Sequence[str]) -> Planned:
        """The files with the wordings that stand in none yet, each in the file of its language; `NothingToRefuse`."""
        lines = refusable(wordings)
        if not lines:
            raise NothingToRefuse()
        standing = self._standing()
        known = set[str]().union(*standing.values())
        fresh: dict[str, list[str]] = {}
        for key, line in lines.items():
            if key not in known:
                fresh.setdefault(_file_for(detect_language(line), standing), []).append(line)
        asked = {normalise(wording) for wording in wordings} - {""}
        files = (self._with(path, added, path in standing) for path, added in fresh.items())
        return Planned(tuple(files), len(asked - lines.keys()))

    def taken_out(self, wordings: Iterable[str]) -> Planned:
        """The files without the wordings, wherever they stand."""
        keys = {normalise(wording) for wording in wordings} - {""}
        return Planned(tuple(self._without(path, keys) for path, there in self._standing().items() if keys & there))

    async def write(self, agent: Agent, file: ChangedFile, *, undo: bool) -> None:
        """Put a changed file in place and say so in the audit trail; raises what `FaqFolder.write` raises."""
        written = await asyncio.to_thread(self._folder.write, file.path, file.text, file.version)
        action = "faq_questions_answered_again" if undo else "faq_questions_refused"
        # Customers' words stay out of the trail, which outlives them.
        facts: dict[str, Any] = {
            "path": file.path,
            "questions": file.questions,
            "before": file.version,
            "after": written.version,
        }
        await self._db.write(lambda conn: audit.record(conn, agent.name, action, **facts))

    def _with(self, path: str, added: Sequence[str], exists: bool) -> ChangedFile:
        if not exists:
            lang = "en" if path.startswith("en/") else "zh"
            note = texts.text("words", "not_answered_note", lang)
            return ChangedFile(path, "\n".join((note, *added, "")), None, len(added))
        file = self._folder.read(path)
        before = file.text if file.text.endswith("\n") or not file.text else file.text + "\n"
        return ChangedFile(path, before + "".join(f"{line}\n" for line in added), file.version, len(added))

    def _without(self, path: str, keys: Collection[str]) -> ChangedFile:
        file = self._folder.read(path)
        lines = file.text.splitlines(keepends=True)
        kept = [line for line in lines if normalise(question_in(line)) not in keys]
        return ChangedFile(path, "".join(kept), file.version, len(lines) - len(kept))

    def _standing(self) -> dict[str, set[str]]:
        """`normalise`d questions by the path of their file; a folder or file that cannot be read is named."""
        root = self._folder.root
        with self._folder.reading():
            faq_files(root)  # in a folder that is gone, the few files looked for below would only seem to be absent
        try:
            return {
                path.relative_to(root).as_posix(): {normalise(question.text) for question in refused_in(path, root)}
                for path in refused_files(root)
            }
        except FaqError as error:
            raise FaqUnreadable(str(error)) from error
        except OSError as error:
            raise FaqFolderUnusable(path=error.filename or str(root), reason=error.strerror or str(error)) from error


def _file_for(lang: str, there: Mapping[str, object]) -> str:
    """The file in a folder named like the language, else one at the root, else the one to be made."""
    plain_first = sorted(there, key=lambda path: (path.rpartition("/")[2] != _NAME, path))
    own = (path for path in plain_first if lang in path.split("/")[:-1])
    at_root = (path for path in plain_first if "/" not in path)
    return next(own, None) or next(at_root, f"{lang}/{_NAME}")
