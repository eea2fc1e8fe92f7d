"""Settings of the gateway and of the `baton` command, read once at the start of a process."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from handoff.errors import ConfigError


class Settings(BaseSettings):
    """Values from the environment (prefix ``BATON_``) or from ``.env``; see `.env.example`.

    Times are in seconds. No secret has a default.
    """

    model_config = SettingsConfigDict(env_prefix="BATON_", env_file=".env", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    public_origins: str = ""
    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    shared_secret: str | None = None
    rasa_url: str = "http://127.0.0.1:5005"
    actions_url: str = "http://127.0.0.1:5055"
    rasa_python: Path = Path(".venv-rasa/bin/python")
    faq_dir: Path = Path("knowledge_base/faq")
    faq_cases: Path = Path("knowledge_base/eval/cases.jsonl")
    faq_commit: bool = False
    predicted_followups: bool = True
    embedder: str = ""
    policy_file: Path = Path("actions/policy.yml")
    log_format: Literal["auto", "json", "colour"] = "auto"
    secure_cookies: bool = False

    wechat_accounts: str = ""
    wechat_api: str = "https://api.weixin.qq.com"
    wecom_api: str = "https://qyapi.weixin.qq.com"
    wecom_poll: float = Field(60.0, gt=0)
    wechat_demo_port: int = Field(8090, ge=0, le=65535)
    wechat_quota: int = Field(5, ge=1, le=100)
    wechat_clock_skew: float = Field(300.0, gt=0)
    wechat_passive_hold: float = Field(4.5, gt=0, lt=5)

    turn_timeout: float = Field(15.0, gt=0, le=120)
    turn_lease: float = Field(30.0, gt=0)
    turn_retries: int = Field(2, ge=0, le=10)
    token_ttl: float = Field(12 * 3600.0, gt=0)
    agent_idle: float = Field(8 * 3600.0, gt=0)
    agent_capacity: int = Field(5, ge=1, le=100)
    routing: Literal["claim", "offer"] = "claim"
    ageing: float = Field(300.0, ge=0)
    offer_seconds: float = Field(20.0, gt=0)
    offer_again: float = Field(60.0, ge=0)
    missed_offers: int = Field(2, ge=1)
    suit_within: float = Field(300.0, ge=0)
    same_agent_days: float = Field(30.0, ge=0)
    presence_lease: float = Field(45.0, gt=0)
    presence_grace: float = Field(120.0, ge=0)
    silent_after: float = Field(600.0, gt=0)
    long_wait: float = Field(300.0, gt=0)
    expire_open: float = Field(7200.0, gt=0)
    expire_closed: float = Field(1800.0, gt=0)
    target_first_response: float = Field(600.0, gt=0)
    target_first_response_urgent: float = Field(60.0, gt=0)
    target_first_response_share: float = Field(0.9, ge=0, le=1)
    target_resolution: float = Field(4 * 3600.0, gt=0)
    target_contained: float = Field(0.6, ge=0, le=1)
    target_first_contact: float = Field(0.75, ge=0, le=1)
    target_csat: float = Field(4.5, ge=1, le=5)
    target_nps: float = Field(60.0, ge=-100, le=100)
    target_complaint_rate: float = Field(0.005, ge=0, le=1)
    busy_after: float = Field(10.0, gt=0)
    messages_per_second: float = Field(1.0, gt=0)
    message_burst: int = Field(5, ge=1)
    max_unanswered: int = Field(20, ge=1)
    sockets_per_address: int = Field(10, ge=1)
    sockets_in_all: int = Field(5000, ge=1)
    stop_within: int = Field(5, ge=1, le=60)
    sessions_per_minute: int = Field(60, ge=1)
    max_text: int = Field(4000, ge=1, le=20000)
    max_body: int = Field(16 * 1024, ge=1024)
    recommendation_share: float = Field(0.25, ge=0, le=1)
    attachment_max_bytes: int = Field(10 * 1024 * 1024, ge=1024, le=200 * 1024 * 1024)
    attachment_quota: int = Field(200 * 1024 * 1024, ge=1024)
    attachments_per_minute: int = Field(20, ge=1)
    identity_secrets: str = ""
    identity_audience: str = "baton"
    identity_skew: float = Field(30.0, ge=0, le=120)
    token_rotate: float = Field(3600.0, gt=0)
    heartbeat: float = Field(20.0, gt=0)
    sweep: float = Field(2.0, gt=0)
    retention_days: float = Field(0.0, ge=0)
    metrics_token: str | None = None
    traces: bool = False

    @field_validator("rasa_url")
    @classmethod
    def _http_list(cls, value: str) -> str:
        return ",".join(cls._http(url.strip()) for url in value.split(",") if url.strip()) or cls._http(value)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis:// or rediss://")
        return value

    @field_validator("actions_url", "wechat_api", "wecom_api")
    @classmethod
    def _http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value

    @property
    def rasa_urls(self) -> tuple[str, ...]:
        """Addresses of the dialogue engines; each conversation stays with one of them."""
        return tuple(self.rasa_url.split(","))

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the truth."""
        return self.database_url or f"sqlite:///{self.data_dir / 'baton.db'}"

    @property
    def wechat_file(self) -> Path:
        """The accounts file of WeChat; the console's page writes it where none is named."""
        return Path(self.wechat_accounts) if self.wechat_accounts else self.data_dir / "wechat.toml"

    @property
    def embedder_path(self) -> str:
        return self.embedder or str(self.data_dir / "models" / "e5-small")

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins of other sites that may carry the widget."""
        return frozenset(o.strip().rstrip("/") for o in self.public_origins.split(",") if o.strip())


def load_settings() -> Settings:
    """Read the settings; `ConfigError` names each bad variable, its value and what is expected."""
    try:
        return Settings()  # type: ignore[call-arg]  # pydantic fills every field from the environment
    except ValidationError as error:
        lines = [
            f"BATON_{'.'.join(str(part) for part in item['loc']).upper()}={item.get('input')!r}: {item['msg']}"
            for item in error.errors()
        ]
        raise ConfigError(
            "These settings cannot be used:\n  " + "\n  ".join(lines),
            remedy="Correct them in the environment or in .env; docs/operating.md lists every setting.",
        ) from error
