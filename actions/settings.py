"""Settings of the action server, read once at start from the environment (prefix `BATON_`) or `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from actions.errors import SettingsError


class Settings(BaseSettings):
    """See docs/architecture.md for every variable. The shared secret has no default."""

    model_config = SettingsConfigDict(env_prefix="BATON_", env_file=".env", extra="ignore", frozen=True)

    shared_secret: str
    actions_url: str = "http://127.0.0.1:5055"
    data_dir: Path = Path("var")
    faq_dir: Path = Path("knowledge_base/faq")
    embedder: str = ""
    mood_model: str = ""
    policy_file: Path = Path("actions/policy.yml")
    orders_file: Path = Path("actions/orders/demo_orders.csv")
    log_format: Literal["auto", "json", "colour"] = "auto"
    faq_poll: float = 0.25
    predicted_followups: bool = True

    @field_validator("shared_secret")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if len(value) < 16:
            raise ValueError("must have at least 16 characters; leave it unset and `baton run` makes one")
        return value

    @field_validator("actions_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if urlsplit(value).scheme != "http" or urlsplit(value).port is None:
            raise ValueError("must look like http://127.0.0.1:5055")
        return value.rstrip("/")

    @property
    def host(self) -> str:
        return urlsplit(self.actions_url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.actions_url).port or 5055

    @property
    def embedder_path(self) -> str:
        return self.embedder or str(self.data_dir / "models" / "e5-small")

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"


def load_settings() -> Settings:
    """The settings; `SettingsError` names every bad variable and what is expected of it (never a secret's value)."""
    try:
        return Settings()  # type: ignore[call-arg]  # pydantic fills every field from the environment
    except ValidationError as error:
        lines = [f"BATON_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
        raise SettingsError("\n  ".join(lines)) from error
