"""Complaint tickets: a SQLite table that outlives the chat."""

from actions.complaints.store import Complaint, TicketStore

__all__ = ["Complaint", "TicketStore"]
