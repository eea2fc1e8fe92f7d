"""Fixtures shared by the integration tests: one running Rasa and action server for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.rasa_stack import EMBEDDER, RASA_PYTHON, RasaStack, rasa_stack


@pytest.fixture(scope="session")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaStack]:
    """The real dialogue on free ports; a test that breaks a part of it mends it before it ends."""
    for needed in (RASA_PYTHON, EMBEDDER):
        if not needed.exists():
            pytest.skip(f"{needed.name} is missing; run `make setup`")
    with rasa_stack(tmp_path_factory.mktemp("rasa")) as running:
        yield running
