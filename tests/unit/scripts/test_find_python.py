"""Set-up looks for a Python in the agreed places, and says plainly when there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOOLS = "/usr/bin:/bin"


def find(version: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [ROOT / "scripts/find-python", version]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def stand_in(folder: Path, version: str) -> Path:
    """A program that answers like a Python of that version."""
    folder.mkdir(parents=True)
    program = folder / f"python{version}"
    program.write_text(
        f'#!/bin/sh\ncase "$2" in *venv*) case "$2" in *{version}*) exit 0;; *) exit 1;; esac;; *) echo "$0";; esac\n'
    )
    program.chmod(0o755)
    return program


def test_none_anywhere_tells_how_to_get_it(tmp_path: Path) -> None:
    done = find("3.4", PATH=TOOLS, HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    for way in ("Python 3.4 is needed", "pyenv install 3.4", "uv python install 3.4", "PYTHON34="):
        assert way in done.stderr


def test_found_on_the_path(tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin", "3.4")
    done = find("3.4", PATH=f"{program.parent}:{TOOLS}", HOME=str(tmp_path))
    assert done.stdout.strip() == str(program)


def test_found_in_pyenv(tmp_path: Path) -> None:
    program = stand_in(tmp_path / ".pyenv/versions/3.4.9/bin", "3.4")
    assert find("3.4", PATH=TOOLS, HOME=str(tmp_path)).stdout.strip() == str(program)


def test_named_by_the_operator(tmp_path: Path) -> None:
    program = stand_in(tmp_path / "odd", "3.4")
    assert find("3.4", PATH=TOOLS, HOME=str(tmp_path), PYTHON34=str(program)).stdout.strip() == str(program)


@pytest.mark.parametrize("named", ["/nowhere/python", sys.executable])
def test_a_wrong_name_is_not_silently_replaced(tmp_path: Path, named: str) -> None:
    done = find("3.4", PATH=TOOLS, HOME=str(tmp_path), PYTHON34=named)
    assert done.returncode == 1
    assert f"PYTHON34={named} is not a working Python 3.4" in done.stderr


def test_this_python_is_found_for_real() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    done = find(version, PATH=f"{Path(sys.executable).parent}:{TOOLS}", HOME="/nonexistent")
    assert done.returncode == 0 and Path(done.stdout.strip()).exists()
