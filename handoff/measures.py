"""What this process counts of itself, for Prometheus; ids and words of people never become labels."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)

TRANSACTIONS = Histogram(
    "baton_transaction_seconds",
    "Database transactions, waiting and retries included; kind is write or read.",
    ["kind"],
    buckets=_QUICK,
    registry=REGISTRY,
)
RETRIES = Counter("baton_transaction_retries_total", "Transactions run again after a conflict.", registry=REGISTRY)
STORAGE_ERRORS = Counter(
    "baton_storage_errors_total", "Transactions that the database refused.", ["code"], registry=REGISTRY
)
WORKER_FAILURES = Counter(
    "baton_worker_failures_total",
    "Rounds of background work that failed and are tried again.",
    ["worker"],
    registry=REGISTRY,
)
BOT_TURNS = Histogram(
    "baton_bot_turn_seconds",
    "Calls of the dialogue engine; outcome is answered or the code of the error.",
    ["outcome"],
    buckets=_SLOW,
    registry=REGISTRY,
)
REQUESTS = Histogram(
    "baton_http_request_seconds",
    "HTTP requests by route template and status.",
    ["method", "route", "status"],
    buckets=_QUICK,
    registry=REGISTRY,
)


@contextmanager
def timed(histogram: Histogram, **labels: str) -> Iterator[None]:
    """Observe how long the block takes, also when it fails."""
    start = time.perf_counter()
    try:
        yield
    finally:
        histogram.labels(**labels).observe(time.perf_counter() - start)
