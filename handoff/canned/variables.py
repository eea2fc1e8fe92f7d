"""The variables that a canned reply may hold, and their values in a conversation."""

from __future__ import annotations

import re
from typing import Any

from handoff.conversation import Agent

VARIABLES = ("customer", "agent", "order_number", "phone", "ticket")
_NAME = re.compile(r"\{(\w+)\}")


def unknown_variables(text: str) -> list[str]:
    """Names in braces that nothing fills."""
    return [name for name in _NAME.findall(text) if name not in VARIABLES]


def values_of(agent: Agent, customer: str | None, slots: dict[str, Any], ticket: Any) -> dict[str, str]:
    """What is known here; names without a value are left out, so that the agent sees the gap."""
    number = ticket.get("ticket_id") or ticket.get("number") if isinstance(ticket, dict) else ticket
    found = {
        "customer": customer,
        "agent": agent.display_name,
        "order_number": slots.get("order_number"),
        "phone": slots.get("phone") or slots.get("complaint_contact"),
        "ticket": number,
    }
    return {name: str(value) for name, value in found.items() if value}
