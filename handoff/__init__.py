"""The gateway: owns every conversation, its queue of people and what is delivered to whom."""

__version__ = "0.1.0"
