"""The draw of a quality sample and the agreement of reviewers, as pure arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.quality.draw import allocate, draw
from handoff.quality.pool import Service
from handoff.quality.results import alpha

SIZES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 300), min_size=1)


@settings(max_examples=50)
@given(SIZES, st.integers(1, 100))
def test_shares_are_whole_never_too_many_and_in_proportion(sizes: dict[str, int], wanted: int) -> None:
    shares, total = allocate(sizes, wanted), sum(sizes.values())
    filled = [name for name, size in sizes.items() if size]
    assert sum(shares.values()) == min(wanted, total)
    assert all(shares[name] <= sizes[name] for name in shares)
    if wanted >= len(filled):
        assert all(shares[name] >= 1 for name in filled)
    if total > wanted >= len(filled):
        for name in filled:
            # The one that each stratum gets at least may cost the others their rounding.
            assert shares[name] <= max(1, wanted * sizes[name] / total + 1)


@settings(max_examples=30)
@given(st.integers(1, 40), st.text(max_size=5), st.sets(st.integers(0, 59)))
def test_a_draw_is_repeatable_unique_and_leaves_out_what_it_must(wanted: int, seed: str, refused: set[int]) -> None:
    services = [
        Service(f"c{n}", 1, "wechat" if n % 3 else "web", f"h{n}" if n % 2 else None, None, float(n)) for n in range(60)
    ]

    def may(service: Service) -> bool:
        return int(service.conv_id[1:]) not in refused

    first = draw(services, wanted, seed, may)
    assert first == draw(list(reversed(services)), wanted, seed, may)
    assert len({one.key for one in first}) == len(first) == min(wanted, 60 - len(refused))
    assert all(may(one) for one in first)


def test_another_seed_draws_others() -> None:
    services = [Service(f"c{n}", 1, "web", None, None, 0.0) for n in range(200)]
    one, other = (draw(services, 20, seed, lambda _: True) for seed in ("a", "b"))
    assert len({service.key for service in one} & {service.key for service in other}) < 15


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([[1, 1], [5, 5], [3, 3]], 1.0),
        ([[1, 2], [2, 1]], -0.5),
        # By hand: observed 2 * (0 + 1 + 0 + 4) / 8, expected 2 * 119 / (8 * 7) over the eight values.
        ([[1, 1], [2, 3], [4, 4], [5, 3]], 1 - 1.25 / 4.25),
        ([[3, 3], [3, 3]], None),
        ([[1], [5]], None),
        ([], None),
    ],
)
def test_agreement_is_krippendorffs_alpha(units: list[list[int]], expected: float | None) -> None:
    found = alpha(units)
    assert found == (None if expected is None else pytest.approx(expected))
