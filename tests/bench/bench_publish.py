"""Prints how long publishing an answer takes, part by part, and whether the gate finds all that it must.

The parts the desk and the action server use, with the real encoder, over a copy of the FAQ in a git repository. "live"
is from the written file until a search gives the new answer. The load of the machine is printed with it.
Run: .venv/bin/python -m tests.bench.bench_publish --times 10
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from actions.faq_index import FaqIndex
from handoff.editor.drafts import Draft, DraftBoard
from handoff.editor.folder import FaqFolder
from handoff.editor.history import FaqHistory
from knowledge_base.cli import embedder_name, faq_dir, index_dir
from knowledge_base.embedding import Embedder
from knowledge_base.evaluate import Case, read_cases
from knowledge_base.layers import load_search_embedder
from tests.bench.gate_reach import try_edits

CASES = Path("knowledge_base/eval/cases.jsonl")
ENTRY = "returns-window"
PARTS = ("check", "gate", "file", "live", "git")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--times", type=int, default=10)
    words.add_argument("--edits", type=int, default=0, help="rounds of five made-up edits through the gate")
    asked = words.parse_args()
    model, cases, console = load_search_embedder(embedder_name()), read_cases(CASES), Console()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        shutil.copytree(faq_dir(), root / "faq")
        shutil.copytree(index_dir(), root / "index")
        for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@a.invalid commit -qm first"):
            subprocess.run(["git", "-C", str(root / "faq"), *command.split()], check=True)
        index = FaqIndex(root / "faq", root / "index", model)
        index.build()
        index.rehearsal.warm(index.base, cases)
        spent: dict[str, list[float]] = {part: [] for part in PARTS}
        for number in range(asked.times):
            _publish(root, index, cases, number, spent)
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        title = f"publishing, {len(index.base.entries)} entries, {len(cases)} saved questions; load {load}"
        table = Table("part", "median, s", "slowest, s", title=title)
        for part, seconds in spent.items():
            table.add_row(part, f"{np.median(seconds):.3f}", f"{max(seconds):.3f}")
        console.print(table)
        if asked.edits:
            _reach(root, model, cases, asked.edits, console)


def _publish(root: Path, index: FaqIndex, cases: list[Case], number: int, spent: dict[str, list[float]]) -> None:
    """As `handoff.editor.desk.EditorDesk.publish` does it, without the network between."""

    @contextmanager
    def timed(part: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        spent[part].append(time.perf_counter() - begun)

    folder = FaqFolder(root / "faq", root / "lock")
    board = DraftBoard(folder)
    opened = board.open(ENTRY)
    section = opened.section.rstrip("\n") + f"\n\n第 {number} 版。\n"
    draft = Draft(opened.entry.path, ENTRY, section, opened.version)
    with timed("check"):
        checked = board.check(draft, date.today())
    with timed("gate"):
        index.rehearsal.run(index.base, {draft.path: checked.text}, cases, built=index.built)
    with timed("file"):
        folder.write(draft.path, checked.text, draft.version)
    with timed("live"):
        index.refresh()
        found = index.base.search(opened.entry.question, opened.entry.lang, 1)[0].entry
        assert found.answer.endswith(f"第 {number} 版。"), "the new answer is not live"
    with timed("git"):
        FaqHistory(folder.root).keep(draft.path, "bench", f"faq: {ENTRY}")


def _reach(root: Path, model: Embedder, cases: list[Case], rounds: int, console: Console) -> None:
    tried = list(try_edits(root / "faq", root / "index", model, cases, rounds))
    share = float(np.mean([one.share for one in tried]))
    found, of = sum(one.found for one in tried), sum(one.of for one in tried)
    faster = sum(one.seconds_all for one in tried) / sum(one.seconds for one in tried)
    console.print(
        f"{len(tried)} made-up edits: {found} of {of} changed answers found by asking {share:.0%} of the questions, "
        f"{faster:.1f} times as fast"
    )


if __name__ == "__main__":
    main()
