"""How long to wait before a dead process is started again; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Backoff:
    """None after a run of ``steady`` seconds, which also forgets earlier failures; then from ``first``, doubling, to
    ``longest``."""

    first: float = 1.0
    longest: float = 30.0
    steady: float = 60.0
    failures: int = 0

    def died_after(self, uptime: float) -> Backoff:
        """The state after one more death of a process that had run ``uptime`` seconds."""
        return replace(self, failures=0 if uptime >= self.steady else self.failures + 1)

    @property
    def delay(self) -> float:
        """Seconds to wait now; 0 before the first death, and when it had long run well: somebody waits for it."""
        if not self.failures:
            return 0.0
        return min(self.longest, self.first * 2.0 ** min(self.failures - 1, 30))
