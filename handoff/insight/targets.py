"""The service levels the figures are held against: one place for the wall, the history and the command line."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.settings import Settings

# From this priority on a customer must hear from a person at once: "2 urgent, 3 at once" in the escalation policy.
URGENT = 3


@dataclass(frozen=True)
class Targets:
    """Times in seconds, shares 0–1, ``csat`` 1–5, ``nps`` -100 to 100; the defaults are those of the settings."""

    first_response: float = 600.0
    first_response_urgent: float = 60.0
    first_response_share: float = 0.9
    resolution: float = 4 * 3600.0
    contained: float = 0.6
    first_contact: float = 0.75
    csat: float = 4.5
    nps: float = 60.0
    complaint_rate: float = 0.005

    @classmethod
    def of(cls, settings: Settings) -> Targets:
        """As set by ``BATON_TARGET_…``."""
        return cls(
            first_response=settings.target_first_response,
            first_response_urgent=settings.target_first_response_urgent,
            first_response_share=settings.target_first_response_share,
            resolution=settings.target_resolution,
            contained=settings.target_contained,
            first_contact=settings.target_first_contact,
            csat=settings.target_csat,
            nps=settings.target_nps,
            complaint_rate=settings.target_complaint_rate,
        )

    def first_response_for(self, priority: int) -> float:
        """Seconds within which a customer of this priority should hear from a person."""
        return self.first_response_urgent if priority >= URGENT else self.first_response
