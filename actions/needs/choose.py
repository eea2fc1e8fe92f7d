"""The needs model for the encoder in use, or none: word lists are worse than it, but better than refusing to start."""

from __future__ import annotations

import logging

from actions.needs.model import NeedsModel
from knowledge_base.embedding import Embedder

logger = logging.getLogger(__name__)


def needs_reader(embedder: Embedder) -> NeedsModel | None:
    """The shipped model; None, with a warning, when it was trained for vectors of another size.

    Raises NeedsModelError when its files are absent or damaged.
    """
    model = NeedsModel.load()
    if model.dimension == embedder.dimension:
        return model
    logger.warning(
        "no needs model for %s (%d numbers a text): the policy goes by its word lists alone. "
        "Train one: python -m actions.needs.train --embedder FOLDER",
        embedder.name,
        embedder.dimension,
    )
    return None
