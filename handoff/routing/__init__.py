"""Decides who gets whom, and acts on it: offers, take-backs, long waits."""
