"""Small readers of the customer's words: leaving a form, a contact, a score, the language."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions.complaints import Complaint, TicketStore
from actions.errors import TicketStoreError
from actions.form_words import find_contact, leaves, skips
from actions.language import language_of
from actions.rating import score_in


@pytest.mark.parametrize("text", ["算了", "那算了吧", "取消。", "不查了", "Never mind!", "forget it"])
def test_leaves(text: str) -> None:
    assert leaves(text)


@pytest.mark.parametrize("text", ["取消订单要多久", "不用", "QH2026110001", "stop sending me broken things", ""])
def test_does_not_leave(text: str) -> None:
    assert not leaves(text)


@pytest.mark.parametrize("text", ["不用", "不需要了", "no", "not needed", "在这里回复就行"])
def test_skips(text: str) -> None:
    assert skips(text)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("我的电话是138 0013 8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("mail me at a.b@example.co.uk please", "a.b@example.co.uk"),
        ("010-12345678", "01012345678"),
        ("QH2026110001", None),
        ("12345", None),
        ("a@b", None),
    ],
)
def test_contact(text: str, contact: str | None) -> None:
    assert find_contact(text) == contact


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("评价 5 分", 5),
        ("五星好评", 5),
        ("4/5", 4),
        ("8 out of 10", 4),
        ("给你们打两分", 2),
        ("差评", 1),
        ("three stars", 3),
        ("我想评价一下", None),
        ("7/5", None),
        ("100分", 5),
    ],
)
def test_score(text: str, score: int | None) -> None:
    assert score_in(text) == score


@pytest.mark.parametrize(
    ("text", "before", "preferred", "lang"),
    [
        ("退货", None, None, "zh"),
        ("Where is my parcel?", "zh", "zh", "en"),
        ("QH2026110001", "en", "zh", "en"),
        ("QH2026110001", None, "en", "en"),
        ("ok", "zh", None, "zh"),
        ("😀", None, None, "zh"),
        ("我的 iPhone 坏了", "en", None, "zh"),
    ],
)
def test_language(text: str, before: str | None, preferred: str | None, lang: str) -> None:
    assert language_of(text, before, preferred) == lang


def test_a_turn_files_one_ticket(tmp_path: Path) -> None:
    store, now = TicketStore(tmp_path / "tickets.db"), datetime(2026, 11, 22, tzinfo=UTC)
    store.prepare()
    complaint = Complaint("turn-1", "sender", "zh", "水壶漏水", severity=2)
    first = store.file(complaint, now)
    assert store.file(complaint, now) == first == "TS2026112200001"
    assert store.file(Complaint("turn-2", "sender", "zh", "又漏了", severity=3), now) != first


def test_a_ticket_needs_an_aware_time_and_a_table(tmp_path: Path) -> None:
    store = TicketStore(tmp_path / "tickets.db")
    complaint = Complaint("turn-1", "sender", "zh", "水壶漏水", severity=2)
    with pytest.raises(ValueError, match=r"time zone"):
        store.file(complaint, datetime(2026, 11, 22))
    with pytest.raises(TicketStoreError, match=r"tickets\.db"):
        store.file(complaint, datetime(2026, 11, 22, tzinfo=UTC))
