"""Writes the two lock files: the exact versions that are installed, split by who needs them."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Made by `make lock`; do not edit.\n"


def closure(requirements: list[str]) -> dict[str, str]:
    """Name -> version of the requirements and everything they need here, extras included."""
    found: dict[str, str] = {}
    waiting = [Requirement(text) for text in requirements]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        key = (name, frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            package = distribution(wanted.name)
        except PackageNotFoundError:
            raise SystemExit(f"{wanted.name} is not installed; run `make setup-dev` first.") from None
        found[name] = package.version.partition("+")[0]
        for text in package.requires or []:
            needed = Requirement(text)
            extras = wanted.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)
    return found


def write(name: str, pins: dict[str, str]) -> None:
    lines = [f"{package}=={version}\n" for package, version in sorted(pins.items())]
    (ROOT / name).write_text(HEAD + "".join(lines), encoding="utf-8")


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = closure([*project["project"]["dependencies"], "setuptools"])
    dev = closure(project["dependency-groups"]["dev"])
    write("requirements.lock", shipped)
    write("requirements-dev.lock", {name: version for name, version in dev.items() if name not in shipped})


if __name__ == "__main__":
    main()
