"""The draw: how many from each stratum, and in which order; pure, the same seed gives the same draw."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from handoff.quality.pool import Service

S = TypeVar("S")


def allocate(sizes: Mapping[S, int], wanted: int) -> dict[S, int]:
    """Shares of ``wanted`` in proportion to ``sizes``, by the largest remainder.

    No stratum is left out as long as ``wanted`` suffices for one of each; none gets more than it holds.
    """
    shares = {name: 0 for name, size in sizes.items() if size}
    wanted = min(wanted, sum(sizes.values()))
    if wanted >= len(shares):
        shares = dict.fromkeys(shares, 1)
    total = sum(sizes.values())
    while sum(shares.values()) < wanted:
        # Where the share is furthest behind what is due; ties by size, then by name, so that it can be repeated.
        behind = min(
            (name for name in shares if shares[name] < sizes[name]),
            key=lambda name: (shares[name] - wanted * sizes[name] / total, -sizes[name], str(name)),
        )
        shares[behind] += 1
    return shares


def shuffled(services: Sequence[Service], seed: str) -> list[Service]:
    """An order that depends on the seed and on each service alone, so that one more service moves no other."""

    def rank(service: Service) -> bytes:
        return hashlib.sha256(f"{seed}\0{service.conv_id}\0{service.episode}".encode()).digest()

    return sorted(services, key=rank)


def draw(services: Sequence[Service], wanted: int, seed: str, may: Callable[[Service], bool]) -> list[Service]:
    """Up to ``wanted`` services, stratified; ``may`` refuses single ones, whose place the next of the stratum takes.

    Where a stratum has too few that may be taken, the others fill the sample up.
    """
    strata: dict[tuple[str, bool], list[Service]] = defaultdict(list)
    for service in shuffled(services, seed):
        strata[service.stratum].append(service)
    shares = allocate({name: len(members) for name, members in strata.items()}, wanted)
    taken: list[Service] = []
    rest: list[Service] = []
    for name, members in strata.items():
        line, left = iter(members), shares.get(name, 0)
        while left and (following := next(line, None)) is not None:
            if may(following):
                taken.append(following)
                left -= 1
        rest.extend(line)
    for service in shuffled(rest, seed):
        if len(taken) >= wanted:
            break
        if may(service):
            taken.append(service)
    return shuffled(taken, seed)
