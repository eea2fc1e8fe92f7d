"""Carries pokes between gateways that share one database; what gets lost here, the sweep finds."""
