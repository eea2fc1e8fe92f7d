"""Takes a changed policy file over while the server runs; a broken one is refused and the old policy stays."""

from __future__ import annotations

import logging
from pathlib import Path

from actions.policy.config import PolicyConfig
from actions.policy.errors import PolicyError

logger = logging.getLogger(__name__)


class PolicyWatch:
    """Looks at the file's time and size; make it before the first load, so that no change slips between."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()

    def changed(self) -> PolicyConfig | None:
        """The new policy when the file has changed and is good; None otherwise, with the mistake in the log."""
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        self._seen = stamp
        try:
            config = PolicyConfig.load(self._path)
        except PolicyError as error:
            logger.error("policy change not taken over, the old policy stays: %s", error)
            return None
        logger.info("policy taken over from %s", self._path)
        return config

    def _stamp(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except OSError:  # being replaced by an editor, or gone: the next look, or the load, tells
            return (0, -1)
        return (status.st_mtime_ns, status.st_size)
