"""A hundred thousand entries: build, search and one change, beside the encoding.

The entries combine real questions with product names; their vectors are those of the questions with noise drawn from
the product, because encoding them all would take a quarter of an hour and measure the encoder again.
"""

from __future__ import annotations

import resource
import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from knowledge_base.build import build_index, live_entries
from knowledge_base.embedding import Embedder
from knowledge_base.layers import meaning_dimension
from knowledge_base.markdown import FolderReader, load_entries
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase
from knowledge_base.writing import render_file

Vectors = npt.NDArray[np.float32]
_PER_FILE = 500
_MARK = " · "
_NOISE = 0.4


class NoisyEmbedder:
    """Vector of the part before the mark, moved in a direction that the part after it decides."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name, self.dimension = f"noisy:{inner.name}", inner.dimension
        self.meaning_dimension = meaning_dimension(inner)

    def encode(self, texts: Sequence[str]) -> Vectors:
        parts = [text.partition(_MARK) for text in texts]
        distinct = sorted({part[0] for part in parts})
        known = dict(zip(distinct, self._inner.encode(distinct), strict=True))
        vectors = np.stack([known[question] + self._direction(product) for question, _, product in parts])
        unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def _direction(self, product: str) -> Vectors:
        if not product:
            return np.zeros(self.dimension, np.float32)
        random = np.random.default_rng(zlib.crc32(product.encode()))
        noise = random.normal(size=self.dimension).astype(np.float32)
        return noise * np.float32(_NOISE / np.linalg.norm(noise))


def measure_scale(count: int, faq: Path, inner: Embedder, console: Console) -> Table:
    """Write, build, search and change `count` entries; the table of the times."""
    model = NoisyEmbedder(inner)
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as scratch, Progress(console=Console(stderr=True)) as bar:
        folder, index = Path(scratch, "faq"), Path(scratch, "index")
        questions = [e for e in load_entries(faq) if e.lang == "zh"]
        _write(folder, questions, count)
        reader = FolderReader(folder)
        task = bar.add_task(f"building {count:,} entries")
        begun = time.perf_counter()
        build_index(folder, index, model, lambda d, t: bar.update(task, completed=d, total=t), reader=reader)
        rows.append(("build, s", f"{time.perf_counter() - begun:.1f}"))
        base = KnowledgeBase.open(index, model)
        asked = [f"{e.question}{_MARK}{n}" for e in questions for n in (3, 7)][:300]
        rows.append(("search beside the encoding, ms p50 / p95", _search_times(base, model, asked)))
        path = sorted(folder.rglob("*.md"))[0]
        path.write_text(path.read_text("utf-8") + "\n## 全新的问题\n<!--\nid: brand-new\n-->\n答案。\n", "utf-8")
        begun = time.perf_counter()
        change = base.overlay(live_entries(folder, reader=reader), model.encode)
        changed = base.with_overlay(change) if change else base
        rows.append(("one change live, s", f"{time.perf_counter() - begun:.2f}"))
        rows.append(("the change is found", "yes" if changed.search("全新的问题")[0].entry.id == "brand-new" else "NO"))
        rows.append(("search with the change, ms p50 / p95", _search_times(changed, model, asked)))
        begun = time.perf_counter()
        report = build_index(folder, index, model, reader=reader)
        base = KnowledgeBase.open(index, model)
        rows.append(("later, beside the search: built in and opened, s", f"{time.perf_counter() - begun:.1f}"))
        found = base.search("全新的问题")[0].entry.id == "brand-new" and report.encoded == 1
        rows.append(("the change is still found", "yes" if found else "NO"))
        rows.append(("index on disk, MB", f"{sum(p.stat().st_size for p in report.path.iterdir()) / 1e6:.0f}"))
    rows.append(("peak memory of the process, MB", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"))
    table = Table("what", "measured", title=f"{count:,} entries")
    for row in rows:
        table.add_row(*row)
    return table


def _write(folder: Path, questions: Sequence[Entry], count: int) -> None:
    folder.mkdir(parents=True)
    for start in range(0, count, _PER_FILE):
        entries = [
            Entry(f"e-{n}", f"{questions[n % len(questions)].question}{_MARK}{n}", "答案。")
            for n in range(start, min(start + _PER_FILE, count))
        ]
        (folder / f"part-{start:06d}.md").write_text(render_file(entries, "zh"), "utf-8")


def _search_times(base: KnowledgeBase, model: Embedder, asked: Sequence[str]) -> str:
    times = []
    for text, vector in zip(asked, model.encode(asked), strict=True):
        begun = time.perf_counter()
        base.search_vector(text, vector, "zh")
        times.append((time.perf_counter() - begun) * 1000.0)
    return f"{np.percentile(times, 50):.1f} / {np.percentile(times, 95):.1f}"
