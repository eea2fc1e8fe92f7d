"""A small order service: a SQLite table built from a committed CSV, asked by order number."""

from actions.orders.models import STATUSES, Order
from actions.orders.number import find_order_number, looks_like_attempt
from actions.orders.store import OrderStore

__all__ = ["STATUSES", "Order", "OrderStore", "find_order_number", "looks_like_attempt"]
