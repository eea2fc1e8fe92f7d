"""The supervisor's history page."""
