"""Order numbers as customers type them, and the order service over its SQLite table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from actions.errors import OrderDataError, OrderServiceError
from actions.orders import STATUSES, OrderStore, find_order_number

CSV = Path(__file__).resolve().parents[3] / "actions" / "orders" / "demo_orders.csv"
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "text",
    [
        "QH2026110001",
        "qh2026110001",
        "我的单号qh 2026 110 001，谢谢",
        "ＱＨ２０２６１１０００１",
        "QH-2026-110001",
        "no. QH:2026110001?",
    ],
)
def test_written_in_many_ways(text: str) -> None:
    assert find_order_number(text) == "QH2026110001"


@pytest.mark.parametrize("text", ["", "QH12", "QH20261100011", "XQH2026110001", "2026110001", "13800138000"])
def test_not_a_number(text: str) -> None:
    assert find_order_number(text) is None


def test_bare_digits_count_only_when_asked_for() -> None:
    assert find_order_number("2026110001", bare=True) == "QH2026110001"
    assert find_order_number("13800138000", bare=True) is None


@pytest.fixture
def store(tmp_path: Path) -> OrderStore:
    orders = OrderStore(tmp_path / "orders.db")
    assert orders.build(CSV, TODAY)
    return orders


def test_demo_data_has_every_status_and_forty_orders(store: OrderStore) -> None:
    rows = CSV.read_text(encoding="utf-8").splitlines()[1:]
    orders = [store.find(row.split(",")[0]) for row in rows]
    assert len(orders) >= 40
    assert {order.status for order in orders if order} == STATUSES


def test_words_in_both_languages(store: OrderStore) -> None:
    order = store.find("QH2026110001")
    assert order is not None
    assert order.words("zh")["due"] == "11月23日"
    assert order.words("en")["due"] == "23 November"
    assert order.words("zh")["item"] != order.words("en")["item"]


def test_unknown_order_is_none(store: OrderStore) -> None:
    assert store.find("QH0000000000") is None


def test_same_file_is_built_once(store: OrderStore) -> None:
    assert not store.build(CSV, TODAY)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("shipped", "flying", "no status"),
        ("399.00", "much", "number was expected"),
        ("QH2026110001", "QH1", "no order number"),
    ],
)
def test_a_broken_line_is_named_and_the_old_table_stays(
    store: OrderStore, tmp_path: Path, old: str, new: str, says: str
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text(CSV.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(OrderDataError, match=rf"broken.csv:2: .*{says}"):
        store.build(broken, TODAY)
    assert store.find("QH2026110001") is not None


def test_missing_database_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(OrderServiceError, match="Delete the file"):
        OrderStore(tmp_path / "none.db").find("QH2026110001")
