"""Mood of a message and of a conversation: what the escalation policy and the agents see of the customer's feelings."""
