"""The live wall: what is going on now, what is wrong with it, and who has seen to that."""

from handoff.wall.service import Snapshot, Wall

__all__ = ["Snapshot", "Wall"]
