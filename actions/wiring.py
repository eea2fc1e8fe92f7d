"""Joins the parts of the action server: settings in, loaded services out; nothing opens at import."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from actions.complaints import TicketStore
from actions.errors import NotReadyError
from actions.faq_index import FaqIndex
from actions.mood.choose import mood_reader
from actions.mood.model import MoodReader
from actions.needs.choose import needs_reader
from actions.needs.model import NeedsModel
from actions.orders import OrderStore
from actions.policy import PolicyConfig
from actions.settings import Settings
from knowledge_base.embedding import Embedder
from knowledge_base.following import FILE_NAME
from knowledge_base.layers import load_search_embedder
from knowledge_base.next_questions import NextQuestions

logger = logging.getLogger(__name__)
LOADING = "The models are still loading."


@dataclass(frozen=True)
class Services:
    """Everything an action may use. `encode` gives unit vectors, shape (n, dimension), float32.

    needs: None with an encoder it was not trained for; the policy then goes by its word lists alone.
    """

    embedder: Embedder
    faq: FaqIndex
    mood: MoodReader
    policy: PolicyConfig
    orders: OrderStore
    tickets: TicketStore
    needs: NeedsModel | None = None

    def encode(self, texts: list[str]) -> npt.NDArray[np.float32]:
        return self.embedder.encode(texts)


def load(settings: Settings) -> Services:
    """Load everything, slowest last; raises the named error of the part that cannot be loaded."""
    policy = PolicyConfig.load(settings.policy_file)
    orders = OrderStore(settings.data_dir / "orders.db")
    if orders.build(settings.orders_file, date.today()):
        logger.info("order table built from %s", settings.orders_file)
    tickets = TicketStore(settings.data_dir / "tickets.db")
    tickets.prepare()
    embedder = load_search_embedder(settings.embedder_path)
    learnt = settings.data_dir / FILE_NAME
    faq = FaqIndex(
        settings.faq_dir, settings.index_dir, embedder, NextQuestions(learnt, predict=settings.predicted_followups)
    )
    faq.build()
    mood, needs = mood_reader(settings.mood_model), needs_reader(embedder)
    return Services(embedder, faq, mood, policy, orders, tickets, needs)


class _Current:
    """The services of this process: rasa-sdk makes actions without arguments, so they reach their parts here."""

    def __init__(self) -> None:
        self._services: Services | None = None
        self._reason = LOADING

    def set(self, services: Services) -> None:
        self._services = services

    def failed(self, reason: str) -> None:
        self._reason = reason

    def get(self) -> Services:
        """The services, or `NotReadyError` with the reason they are not there."""
        if self._services is None:
            raise NotReadyError(self._reason)
        return self._services


current = _Current()
