"""Replies that agents keep ready: '/' in the reply box finds them."""

from handoff.canned.service import CannedReplies
from handoff.store.canned import TEAM, CannedReply

__all__ = ["TEAM", "CannedReplies", "CannedReply"]
