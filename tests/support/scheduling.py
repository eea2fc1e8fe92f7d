"""Which tests stay in one process when several run the suite: a file's, and those that share what starts slowly."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[2]


# What a file says if it uses the running Baton, or the real encoder (whose libraries take 10 s of CPU to import).
SHARED = {"baton": ("RunningBaton", "RealDialogue"), "encoder": ("pytest.mark.model",)}


@cache
def group_of_file(file: str) -> str:
    """``baton`` or ``encoder`` for a file whose tests share it, else the file itself."""
    path = ROOT / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return next((group for group, signs in SHARED.items() if any(sign in text for sign in signs)), file)


class ByServer(LoadScopeScheduling):
    """One process for each group at a time. (xdist's own ``loadgroup`` does not see groups under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return group_of_file(nodeid.partition("::")[0])
