"""Runs recorded conversations through the real dialogue (Rasa, search, mood, policy) and counts the handovers."""
