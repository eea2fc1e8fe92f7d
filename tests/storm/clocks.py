"""Gives a forked gateway a wrong idea of the time, an hour either way: leases must not depend on it."""

from __future__ import annotations

import os
import time

OFFSET = "STORM_CLOCK_OFFSET"  # seconds


def shift() -> None:
    """Called in the child before the gateway starts; every `time.time` and what is built on it is off from then."""
    offset = float(os.environ[OFFSET])
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + offset
    time.time_ns = lambda: real_ns() + int(offset * 1e9)


def an_hour(sign: int) -> dict[str, str]:
    """The variables of a gateway whose clock is an hour fast (1) or slow (-1)."""
    return {OFFSET: str(3600.0 * sign), "STORM_PREPARE": "tests.storm.clocks:shift"}
