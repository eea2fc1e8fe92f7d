"""Which tests stay together when two processes share the suite: those of a file, and all that use the running Baton."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[2]


@cache
def group_of_file(file: str) -> str:
    """``baton`` for a file of tests of the real dialogue, else the file itself."""
    path = ROOT / file
    return "baton" if path.is_file() and "pytest.mark.rasa" in path.read_text(encoding="utf-8") else file


class ByServer(LoadScopeScheduling):
    """One process for each group at a time. (xdist's own ``loadgroup`` does not see groups under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return group_of_file(nodeid.partition("::")[0])
