"""The circuit breaker, on a clock that the test moves."""

from handoff.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker(failures=3, window=10, pause=5, clock=clock), clock


def test_opens_after_failures_close_together() -> None:
    breaker, _ = make()
    for _ in range(2):
        breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()


def test_failures_far_apart_do_not_open_it() -> None:
    breaker, clock = make()
    for _ in range(5):
        breaker.failed()
        clock.now += 6
    assert breaker.allows()


def test_one_probe_after_the_pause() -> None:
    breaker, clock = make()
    for _ in range(3):
        breaker.failed()
    clock.now += 5
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows() and breaker.allows()
