"""Settings name what is wrong, and `.env.example` lists them all."""

import re
from pathlib import Path

import pytest

from handoff.errors import ConfigError
from handoff.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BATON_PORT", "eighty"),
        ("BATON_PORT", "99999"),
        ("BATON_RASA_URL", "localhost:5005"),
        ("BATON_LOG_FORMAT", "pretty"),
        ("BATON_DATABASE_URL", "mysql://x"),
        ("BATON_TURN_TIMEOUT", "-1"),
    ],
)
def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert variable in caught.value.message
    assert value in caught.value.message
    assert caught.value.remedy


def test_example_lists_every_setting() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^#?\s?(BATON_[A-Z_]+)=", example, flags=re.M))
    fields = {f"BATON_{name.upper()}" for name in Settings.model_fields}
    assert fields <= listed


def test_origins_are_split() -> None:
    settings = Settings(public_origins="https://a.example/, https://b.example")
    assert settings.allowed_origins == {"https://a.example", "https://b.example"}
