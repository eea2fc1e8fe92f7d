"""`python -m tests.bench.bench_mood`: mood figures on our own test part and on public sets, beside simpler systems.

The public sets are read from BATON_DATASETS (default ../shared/datasets). None was trained on; the peers are a word
list and a linear head on the same encoder, trained on the same messages as the shipped head.
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
from actions.mood.rows import load_rows
from knowledge_base.embedding import load_embedder

ROOT = Path(__file__).resolve().parents[2]

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
    vectors = embed([row.text for row in rows])
    angry = LogisticRegression(C=30, max_iter=3000).fit(vectors, [row.anger >= 2 for row in rows])
    signs = LogisticRegression(C=30, max_iter=3000).fit(vectors, [np.sign(row.valence) for row in rows])

    def run(texts: Sequence[str], vectors: np.ndarray) -> Verdicts:
        shares = signs.predict_proba(vectors)
        return Verdicts(angry.predict(vectors), 0.5 + (shares[:, 2] - shares[:, 0]) / 2)

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
    parser.add_argument("--limit", type=int, default=2000, help="most rows per public set; 0 for all")
    parser.add_argument("--embedder", default=os.environ.get("BATON_EMBEDDER", str(ROOT / "var/models/e5-small")))
    options = parser.parse_args()
    embedder = load_embedder(options.embedder)

    def embed(texts: Sequence[str]) -> np.ndarray:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors = np.zeros((len(texts), embedder.dimension), np.float32)
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            vectors[part] = embedder.encode([texts[i] for i in part])
        return vectors

    systems: dict[str, System] = {
        "shipped head": shipped,
        "linear head on the encoder": linear_head(embed),
        "word list": word_list,
    }
    own = [row for row in load_rows() if row.in_test]
    texts = [row.text for row in own]
    vectors = embed(texts)
    print(f"own test part ({len(own)} messages)")
    signed = np.array([row.valence != 0 for row in own])
    for name, system in systems.items():
        verdicts = system(texts, vectors)
        print(anger_row(name, verdicts, [row.anger >= 2 for row in own]))
        kept = Verdicts(verdicts.angry[signed], verdicts.valence[signed])
        print(valence_row(name, kept, np.array([row.valence > 0 for row in own])[signed]))
    model, started = MoodModel.load(), time.perf_counter()
    model.read(texts, vectors)
    print(f"  one message beside the encoding: {(time.perf_counter() - started) / len(texts) * 1e3:.2f} ms")
    return public_sets(systems, embed, options.limit)


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
