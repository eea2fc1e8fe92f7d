"""Turns agents' verdicts on handoffs into figures and proposed thresholds; reads the database, writes nothing."""
