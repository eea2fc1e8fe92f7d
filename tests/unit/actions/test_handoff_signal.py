"""What an agent gets to know at a handover: the order as the order service has it, and no delay when it is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from rasa_sdk.interfaces import Tracker

from actions import wiring
from actions.handoff_signal import handoff_signal
from actions.orders import OrderStore
from tests.unit.actions.test_orders import CSV, TODAY


class WithOrders:
    """As much of the services as a handover asks for."""

    def __init__(self, orders: OrderStore) -> None:
        self.orders = orders


def slots_of(number: str | None) -> dict[str, Any]:
    tracker = Tracker("s", {"order_number": number, "lang": "zh"}, {"text": "转人工"}, [], False, None, {}, "x")
    return dict(handoff_signal(tracker, {"reason": "asked_for_person"})["slots"])


def test_the_order_goes_along_in_the_customers_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = OrderStore(tmp_path / "orders.db")
    store.build(CSV, TODAY)
    monkeypatch.setattr(wiring.current, "_services", cast(wiring.Services, WithOrders(store)))
    found = slots_of("QH2026110001")
    order = store.find("QH2026110001")
    assert order is not None
    assert found["order_number"] == "QH2026110001"
    assert (found["order"]["status"], found["order"]["item"]) == (order.status, order.item_zh)
    assert "" not in found["order"].values()
    assert slots_of("QH0000000000") == {"order_number": "QH0000000000"}
    assert slots_of(None) == {}


def test_a_dead_order_service_keeps_nobody_from_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        wiring.current, "_services", cast(wiring.Services, WithOrders(OrderStore(tmp_path / "none" / "orders.db")))
    )
    assert slots_of("QH2026110001") == {"order_number": "QH2026110001"}
    monkeypatch.setattr(wiring.current, "_services", None)
    assert slots_of("QH2026110001") == {"order_number": "QH2026110001"}
