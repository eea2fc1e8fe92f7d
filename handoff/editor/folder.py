"""The FAQ folder as the desk sees it: files by relative path, written whole and never over somebody else's change."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TextIO

from handoff.editor.errors import (
    BadFaqPath,
    EditConflict,
    FaqFileUnusable,
    FaqFolderDenied,
    FaqFolderGone,
    FaqFolderNoFolder,
    FaqFolderUnusable,
)
from handoff.errors import StorageUnavailable
from knowledge_base.errors import FaqFolderMissing, FaqFolderUnreadable
from knowledge_base.refused import holds_refused

_NAME = re.compile(r"[^/\\:\0\n]{1,80}")
_MARK = b"\xef\xbb\xbf"
_NO_ENTRY: tuple[tuple[type[OSError], type[FaqFolderUnusable]], ...] = (
    (FileNotFoundError, FaqFolderGone),
    (NotADirectoryError, FaqFolderNoFolder),
    (PermissionError, FaqFolderDenied),
)


@dataclass(frozen=True)
class FileText:
    """A file as it is now. ``version`` changes with every byte; line breaks in ``text`` are ``\\n``."""

    path: str
    text: str
    version: str


class FaqFolder:
    """Reads and writes ``*.md`` and ``not-answered*.txt`` below one folder.

    Paths are relative, with ``/``; none leaves the folder.
    """

    def __init__(self, root: Path, lock: Path) -> None:
        self.root = root
        self._lock_file = lock
        self._lock = threading.Lock()

    def read(self, path: str) -> FileText:
        """The file's text; `BadFaqPath` for a path that is not a readable FAQ file."""
        raw = self._bytes(self._place(path))
        if raw is None:
            raise BadFaqPath(f"There is no FAQ file {path!r}.")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadFaqPath(f"{path!r} is not UTF-8 text.") from error
        return FileText(path, text.replace("\r\n", "\n").replace("\r", "\n"), _version(raw))

    def exists(self, path: str) -> bool:
        place = self._place(path)
        try:
            return place.exists()
        except OSError as error:
            message = f"The FAQ file {path} cannot be looked for: {error.strerror}."
            raise FaqFileUnusable(message, path=path, reason=error.strerror or str(error)) from error

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Around a look through the whole folder: a `FaqFolderUnusable` says why it cannot be read."""
        try:
            yield
        except (FaqFolderMissing, FaqFolderUnreadable) as error:
            cause = error.__cause__
            kind = next((told for met, told in _NO_ENTRY if isinstance(cause, met)), FaqFolderUnusable)
            place = getattr(cause, "filename", None) or self.root
            reason = getattr(cause, "strerror", None) or error.message
            raise kind(error.message, path=str(place), reason=reason) from error

    def write(self, path: str, text: str, version: str | None) -> FileText:
        """Replace the file if it still is at ``version`` (None: must not exist yet), all of it or nothing.

        `EditConflict` when somebody saved it meanwhile. Byte order mark and line breaks stay as they were.
        """
        place = self._place(path)
        if not self.root.is_dir():  # making it anew would hide that its disk is not there
            raise FaqFolderGone(path=str(self.root))
        with self._alone():
            before = self._bytes(place)
            if (None if before is None else _version(before)) != version:
                raise EditConflict(path=path)
            raw = _as_before(text, before)
            try:
                self._replace(place, raw, before)
            except OSError as error:
                message = f"The FAQ file {path} cannot be written: {error.strerror}."
                raise FaqFileUnusable(message, path=path, reason=error.strerror or str(error)) from error
        return FileText(path, text, _version(raw))

    def _replace(self, place: Path, raw: bytes, before: bytes | None) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        # A hidden name with another ending: neither the index nor an editor's folder view takes it for an entry.
        handle, scratch = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(raw)
                stream.flush()
                os.fsync(stream.fileno())
            mode = place.stat().st_mode if before is not None else 0o644
            os.chmod(scratch, mode & 0o777)
            if before is None:
                os.link(scratch, place)  # refuses if the file has come into being
                return
            if self._bytes(place) != before:  # an editor outside the desk does not know our lock
                raise EditConflict(path=place.name)
            os.replace(scratch, place)
        except FileExistsError:
            raise EditConflict(path=place.name) from None
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(scratch)

    def _place(self, path: str) -> Path:
        """The file on disk; symbolic links may not lead out either."""
        pure = PurePosixPath(path)
        parts = pure.parts
        named = holds_refused(pure.name) or (pure.suffix == ".md" and pure.stem.upper() != "README")
        sound = bool(parts) and not pure.is_absolute() and named
        if not sound or any(not _NAME.fullmatch(part) or part.startswith((".", "_")) for part in parts):
            raise BadFaqPath(f"{path[:200]!r} is not a path of a FAQ file.")
        place = self.root.joinpath(*parts)
        try:
            inside = place.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):  # links that lead in a circle, or a disk that is gone
            inside = False
        if not inside:
            raise BadFaqPath(f"{path[:200]!r} leads out of the FAQ folder.")
        return place

    @staticmethod
    def _bytes(place: Path) -> bytes | None:
        try:
            return place.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            message = f"The FAQ file {place.name} cannot be read: {error.strerror}."
            raise FaqFileUnusable(message, path=place.name, reason=error.strerror or str(error)) from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, also among several gateways on this machine."""
        with self._lock, self._opened_lock() as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _opened_lock(self) -> TextIO:
        try:
            self._lock_file.parent.mkdir(parents=True, exist_ok=True)
            return self._lock_file.open("a")
        except OSError as error:
            raise StorageUnavailable(
                f"The data folder cannot be written: {error.strerror}.",
                remedy="Give the gateway the right to write BATON_DATA_DIR, and free space.",
            ) from error


def _version(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:32]


def _as_before(text: str, before: bytes | None) -> bytes:
    if before is None:
        return text.encode()
    if b"\r\n" in before:
        text = text.replace("\n", "\r\n")
    return (_MARK if before.startswith(_MARK) else b"") + text.encode()
