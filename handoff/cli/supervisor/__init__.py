"""Starts, watches, restarts and stops the three processes of Baton."""
