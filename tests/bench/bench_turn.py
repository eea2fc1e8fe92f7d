"""Prints the turn table: stock Rasa beside ours, one run, the same action server, data and messages.

Stock means: the same project with the mapping key `action:`, Rasa's own response check, SQL store and `rest` channel.
Run: .venv/bin/python -m tests.bench.bench_turn --turns 96
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from typing import Any

import httpx
from ruamel.yaml import YAML

from tests.support.dialogue import RASA_PYTHON, ROOT, RasaStack, seed_index, train_if_needed
from tests.support.processes import free_port, stop

QUESTIONS = (
    "退货要多久？",
    "怎么开发票？",
    "How long does a refund take?",
    "运费怎么算？",
    "How do I get an invoice?",
    "你好",
)
LEVELS = (1, 4, 16)
ENDPOINTS = """\
action_endpoint:
  url: ${BATON_ACTIONS_URL}/webhook
  headers:
    X-Baton-Secret: ${BATON_SHARED_SECRET}
tracker_store:
  type: SQL
  dialect: sqlite
  db: stock.db
"""
Send = Callable[[str, str], None]


@dataclass(frozen=True)
class Row:
    """One line of the table; times in milliseconds."""

    name: str
    at_once: int
    p50: float
    p95: float
    per_second: float


def stock_project(folder: Path) -> Path:
    """A copy of the project as one would write it for stock Rasa; returns the folder."""
    folder.mkdir(parents=True)
    copytree(ROOT / "bot", folder / "bot", ignore=ignore_patterns("__pycache__"))
    copy(ROOT / "config.yml", folder)
    policy = folder / "bot" / "rasa" / "next_step.py"
    policy.write_text(policy.read_text(encoding="utf-8").replace("\nvalidator.install()\n", "\n"), encoding="utf-8")
    yaml = YAML()
    domain = yaml.load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    for slot in domain["slots"].values():
        slot["mappings"][0]["action"] = "action_validate_slot_mappings"
    with (folder / "domain.yml").open("w", encoding="utf-8") as file:
        yaml.dump(domain, file)
    (folder / "endpoints.yml").write_text(ENDPOINTS, encoding="utf-8")
    (folder / "credentials.yml").write_text("rest:\n", encoding="utf-8")
    command = [str(RASA_PYTHON), "bot/train.py", "--out", str(folder / "models")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def measure(name: str, send: Send, turns: int, at_once: int) -> Row:
    """`turns` turns with `at_once` senders, each sender one turn at a time."""
    each = max(1, turns // at_once)

    def conversation(number: int) -> list[float]:
        sender, took = uuid.uuid4().hex, []
        for turn in range(each):
            started = time.perf_counter()
            send(sender, QUESTIONS[(number + turn) % len(QUESTIONS)])
            took.append((time.perf_counter() - started) * 1000)
            if turn % 6 == 5:
                sender = uuid.uuid4().hex  # an episode is short; see docs/architecture.md
        return took

    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        took = sorted(ms for part in pool.map(conversation, range(at_once)) for ms in part)
    seconds = time.perf_counter() - started
    return Row(name, at_once, statistics.median(took), took[int(len(took) * 0.95) - 1], len(took) / seconds)


def gateway_sender(stack: RasaStack, client: httpx.Client) -> Send:
    def send(sender: str, text: str) -> None:
        body = {"sender": sender, "turn_id": uuid.uuid4().hex, "text": text, "metadata": {}}
        _answered(client.post(f"{stack.rasa_url}/webhooks/gateway/turn", json=body, headers=stack.headers))

    return send


def rest_sender(stack: RasaStack, client: httpx.Client) -> Send:
    def send(sender: str, text: str) -> None:
        _answered(client.post(f"{stack.rasa_url}/webhooks/rest/webhook", json={"sender": sender, "message": text}))

    return send


def _answered(answer: httpx.Response) -> None:
    body: Any = answer.json()
    messages = body["messages"] if isinstance(body, dict) and "messages" in body else body
    if answer.status_code != 200 or not messages:
        raise RuntimeError(f"a turn failed: {answer.status_code} {answer.text[:300]}")


def run(name: str, stack: RasaStack, sender: Callable[[RasaStack, httpx.Client], Send], turns: int) -> list[Row]:
    with httpx.Client(timeout=120, limits=httpx.Limits(max_connections=32)) as client:
        send = sender(stack, client)
        measure(name, send, 12, 2)  # warm
        return [measure(name, send, turns, level) for level in LEVELS]


def table(rows: list[Row]) -> str:
    lines = [f"{'':14}{'at once':>8}{'p50 ms':>9}{'p95 ms':>9}{'turns/s':>9}"]
    lines += [f"{r.name:14}{r.at_once:>8}{r.p50:>9.0f}{r.p95:>9.0f}{r.per_second:>9.1f}" for r in rows]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Turn latency and throughput: stock Rasa beside ours.")
    parser.add_argument("--turns", type=int, default=96, help="turns per line of the table (default: %(default)s)")
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as name:
        folder = Path(name)
        train_if_needed()
        project = stock_project(folder / "stock")
        data = folder / "data"
        seed_index(data)
        actions_url = f"http://127.0.0.1:{free_port()}"
        ours = RasaStack(actions_url, f"http://127.0.0.1:{free_port()}", data)
        stock = RasaStack(actions_url, f"http://127.0.0.1:{free_port()}", data, project=project)
        rows: list[Row] = []
        try:
            ours.start_actions()
            stock.start_rasa(project / "credentials.yml", project / "endpoints.yml", project / "models")
            rows += run("stock Rasa", stock, rest_sender, turns)
            stop(stock.rasa)
            ours.start_rasa()
            rows += run("Baton", ours, gateway_sender, turns)
        finally:
            stock.stop()
            ours.stop()
    print(table(rows))
    for before, after in zip(rows[: len(LEVELS)], rows[len(LEVELS) :], strict=True):
        print(f"{after.at_once:>2} at once: {after.per_second / before.per_second:.1f} times the turns per second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
