"""The escalation policy: a pure function from the signals of a turn to a decision, with its rules in one YAML file."""

from actions.policy.config import PolicyConfig
from actions.policy.decide import decide, hand_over
from actions.policy.errors import PolicyError
from actions.policy.memory import Memory
from actions.signals import Candidate, Decision, Signals

__all__ = ["Candidate", "Decision", "Memory", "PolicyConfig", "PolicyError", "Signals", "decide", "hand_over"]
