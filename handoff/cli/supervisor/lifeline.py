"""Becomes the given command after asking Linux to end it when `baton run` dies, even by kill -9.

Run as a script (`python -I -S lifeline.py PARENT_PID COMMAND…`), because a preexec function in a process with
threads may deadlock. SIGKILL is safe: every process of Baton is built to survive it at any instant. On other
systems the next `baton run` ends what was left over (see `leftovers`).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
EXIT_CANNOT_START = 78


def become(parent: int, command: list[str]) -> None:
    """Replace this process by ``command``; returns never."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the request above reached the kernel
        sys.exit(1)
    try:
        os.execv(command[0], command)
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", file=sys.stderr)
        sys.exit(EXIT_CANNOT_START)


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
