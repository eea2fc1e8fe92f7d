"""What the order service knows of one order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

# Each has a response `utter_order_<status>` in domain.yml; a test holds the two together.
STATUSES = frozenset(
    {
        *("unpaid", "paid", "packing", "shipped", "out_for_delivery", "ready_for_pickup", "delivered"),
        *("delayed", "exception", "cancelled", "returning", "refunding", "refunded"),
    }
)


@dataclass(frozen=True)
class Order:
    """One order. `amount_cents` in fen; dates are local to the shop; empty text where a field means nothing yet."""

    number: str
    status: str
    item_zh: str
    item_en: str
    amount_cents: int
    placed: date
    updated: date
    due: date
    carrier_zh: str
    carrier_en: str
    tracking: str
    place_zh: str
    place_en: str

    def words(self, lang: str) -> dict[str, Any]:
        """Values for the placeholders of `utter_order_<status>`, in `zh` or `en`."""
        english = lang == "en"
        return {
            "order": self.number,
            "item": self.item_en if english else self.item_zh,
            "amount": f"{self.amount_cents / 100:.2f}",
            "updated": _day(self.updated, english),
            "due": _day(self.due, english),
            "carrier": self.carrier_en if english else self.carrier_zh,
            "tracking": self.tracking,
            "place": self.place_en if english else self.place_zh,
        }


def _day(day: date, english: bool) -> str:
    return f"{day:%d %B}".lstrip("0") if english else f"{day.month}月{day.day}日"
