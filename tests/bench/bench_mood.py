"""`python -m tests.bench.bench_mood`: mood figures on our own test part and on public sets, beside simpler systems.

The public sets are read from BATON_DATASETS (default ../shared/datasets). None was trained on; the peers are a word
list, SnowNLP where it is installed (`pip install snownlp`; nothing of Baton needs it), and a linear head on the same
encoder, trained on the same messages as the shipped head. What was encoded once is kept under BATON_DATA_DIR/bench.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from actions.mood.features import load_lexicon, read_rules
from actions.mood.figures import f1
from actions.mood.model import MoodModel
from actions.mood.rows import DATA, Row, load_rows
from actions.needs.model import NeedsModel
from actions.neighbours import LAYER
from actions.policy import Memory, PolicyConfig, decide
from actions.signals import Signals
from knowledge_base.embedding import Embedder
from knowledge_base.layers import load_search_embedder
from tests.bench.cached import CachedEmbedder

ROOT = Path(__file__).resolve().parents[2]
# Written later by two other hands, above all veiled anger; for measuring only.
HANDS = DATA / "hands"

BAD = ("profanity", "insult", "anger", "negative", "irritation", "face_angry", "face_sad")
MAD = ("profanity", "insult", "anger", "face_angry")
GOOD = ("positive", "thanks", "face_happy")


@dataclass(frozen=True)
class Verdicts:
    """What one system says of n texts: angry (n,) bool, valence (n,) float, higher is better."""

    angry: np.ndarray
    valence: np.ndarray


System = Callable[[Sequence[str], np.ndarray], Verdicts]


def word_list(texts: Sequence[str], vectors: np.ndarray) -> Verdicts:
    """Counted words only."""
    lexicon = load_lexicon()
    index = {name: place for place, name in enumerate(lexicon.names)}
    counts = np.stack([read_rules(text, lexicon).values for text in texts])
    mad, bad, good = (counts[:, [index[name] for name in names]].sum(axis=1) for names in (MAD, BAD, GOOD))
    return Verdicts(mad >= 1, 0.5 + (good - bad) / 10)


def linear_head(embed: Callable[[Sequence[str]], np.ndarray]) -> System:
    """Logistic regression on the vector alone."""
    rows = [row for row in load_rows() if not row.in_test]
    vectors = embed([row.text for row in rows])[:, :LAYER]
    angry = LogisticRegression(C=30, max_iter=3000).fit(vectors, [row.anger >= 2 for row in rows])
    signs = LogisticRegression(C=30, max_iter=3000).fit(vectors, [np.sign(row.valence) for row in rows])

    def run(texts: Sequence[str], vectors: np.ndarray) -> Verdicts:
        last = vectors[:, :LAYER]
        shares = signs.predict_proba(last)
        return Verdicts(angry.predict(last), 0.5 + (shares[:, 2] - shares[:, 0]) / 2)

    return run


def snownlp() -> System | None:
    """SnowNLP's sentiment (0-1); angry below the mark that fits our own Chinese training messages best."""
    try:
        from snownlp import SnowNLP
    except ImportError:
        return None

    def feeling(texts: Sequence[str]) -> np.ndarray:
        return np.array([SnowNLP(text).sentiments if text.strip() else 0.5 for text in texts])

    rows = [row for row in load_rows() if not row.in_test and row.lang == "zh"]
    scores, angry = feeling([row.text for row in rows]), [row.anger >= 2 for row in rows]
    mark = max(np.arange(0.05, 1.0, 0.05), key=lambda m: f1(angry, (scores < m).tolist())[2])

    def run(texts: Sequence[str], vectors: np.ndarray) -> Verdicts:
        found = feeling(texts)
        return Verdicts(found < mark, found)

    return run


def shipped(texts: Sequence[str], vectors: np.ndarray) -> Verdicts:
    """The head that ships."""
    moods = MoodModel.load().read(texts, vectors)
    return Verdicts(np.array([m.label == "angry" for m in moods]), np.array([m.valence for m in moods]))


def read_set(path: Path, limit: int) -> list[dict[str, Any]]:
    """Every k-th row of a set, so that a limit keeps its mix."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    step = max(1, len(rows) // limit) if limit else 1
    return rows[::step]


def anger_row(name: str, verdicts: Verdicts, angry: Iterable[bool]) -> str:
    precision, recall, score = f1(list(angry), verdicts.angry.tolist())
    return f"  {name:28} anger F1 {score:.3f}  (precision {precision:.3f}, recall {recall:.3f})"


def valence_row(name: str, verdicts: Verdicts, good: np.ndarray) -> str:
    return f"  {name:28} valence accuracy {np.mean((verdicts.valence > 0.5) == good):.3f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=0, help="most rows per public set; 0 for all")
    parser.add_argument("--embedder", default=os.environ.get("BATON_EMBEDDER", str(ROOT / "var/models/e5-small")))
    options = parser.parse_args()
    embedder = load_search_embedder(options.embedder)
    cached = CachedEmbedder(embedder, Path(os.environ.get("BATON_DATA_DIR", "var")) / "bench")

    def embed(texts: Sequence[str]) -> np.ndarray:
        return cached.encode(texts)

    systems: dict[str, System] = {
        "shipped head": shipped,
        "linear head on the encoder": linear_head(embed),
        "word list": word_list,
    }
    peer = snownlp()
    if peer is None:
        print("SnowNLP is not installed: no column for it")
    else:
        systems["SnowNLP (Chinese)"] = peer
    own = [row for row in load_rows() if row.in_test]
    own_messages("own test part", own, systems, embed)
    own_messages("own messages by hands that were never trained on", load_rows(HANDS), systems, embed)
    speed(embedder, [row.text for row in own])
    return public_sets(systems, embed, options.limit)


def own_messages(
    title: str, rows: Sequence[Row], systems: dict[str, System], embed: Callable[[Sequence[str]], np.ndarray]
) -> None:
    """Anger of all the rows, sign of valence of those that have one, for every system."""
    texts = [row.text for row in rows]
    vectors = embed(texts)
    print(f"{title} ({len(rows)} messages)")
    signed = np.array([row.valence != 0 for row in rows])
    for name, system in systems.items():
        verdicts = system(texts, vectors)
        print(anger_row(name, verdicts, [row.anger >= 2 for row in rows]))
        kept = Verdicts(verdicts.angry[signed], verdicts.valence[signed])
        print(valence_row(name, kept, np.array([row.valence > 0 for row in rows])[signed]))


def speed(embedder: Embedder, texts: Sequence[str]) -> None:
    """One message after the other, warm: the encoding, and all that is read off it up to the decision."""
    mood, needs, policy = MoodModel.load(), NeedsModel.load(), PolicyConfig.load()
    times: dict[str, list[float]] = {"encoding": [], "mood": [], "needs": [], "decision": []}
    for place, text in enumerate((*texts[:20], *texts[:200])):
        marks = [time.perf_counter()]
        vector = embedder.encode([text])
        marks.append(time.perf_counter())
        feeling = mood.read([text], vector)[0]
        marks.append(time.perf_counter())
        may_mean = needs.read([text], vector)[0]
        marks.append(time.perf_counter())
        decide(Signals(text, Memory.empty(), mood=feeling, needs=may_mean), policy)
        marks.append(time.perf_counter())
        if place >= 20:  # the first ones warm up
            for name, took in zip(times, np.diff(marks), strict=True):
                times[name].append(took * 1e3)
    beside = np.sum([times["mood"], times["needs"], times["decision"]], axis=0)
    print(f"  one message, ms: encoding p50 {np.median(times['encoding']):.1f}")
    parts = ", ".join(f"{name} {np.median(times[name]):.2f}" for name in ("mood", "needs", "decision"))
    print(f"  beside it: p50 {np.median(beside):.2f}, p95 {np.percentile(beside, 95):.2f} ({parts})")


def public_sets(systems: dict[str, System], embed: Callable[[Sequence[str]], np.ndarray], limit: int) -> int:
    folder = Path(os.environ.get("BATON_DATASETS", str(ROOT.parent / "shared/datasets"))) / "mood"
    if not folder.is_dir():
        print(f"public sets: none at {folder}; set BATON_DATASETS to the folder that holds mood/ to measure on them")
        return 0
    wanted: dict[str, Callable[[dict[str, Any]], Any]] = {
        "ewect_usual_eval": lambda row: row["emotion"] == "angry",
        "waimai_dev": lambda row: bool(row["positive"]),
        "cped_valid": lambda row: row["emotion"] == "anger",
    }
    for name, target in wanted.items():
        path = folder / f"{name}.jsonl"
        if not path.is_file():
            print(f"{name}: no such file at {path}, skipped")
            continue
        rows = read_set(path, limit)
        texts = [row["text"] for row in rows]
        vectors = embed(texts)
        print(f"{name} ({len(rows)} rows)")
        for system_name, system in systems.items():
            verdicts = system(texts, vectors)
            truth = [target(row) for row in rows]
            if name == "waimai_dev":
                print(valence_row(system_name, verdicts, np.array(truth)))
            else:
                print(anger_row(system_name, verdicts, truth))
            if name == "cped_valid":
                sure = np.array([row["sentiment"] != "neutral" for row in rows])
                good = np.array([row["sentiment"] == "positive" for row in rows])
                print(valence_row(system_name, Verdicts(verdicts.angry[sure], verdicts.valence[sure]), good[sure]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
