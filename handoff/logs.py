"""Logs as events, JSON lines or colour, for each process of this package; never a message's text."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What customers, agents and secrets say. An event that carries one of these loses the value, not the event.
PRIVATE_KEYS = frozenset(
    [
        "text",
        "texts",
        "message_text",
        "body",
        "comment",
        "note",
        "notes",
        "content",
        "payload",
        "transcript",
        "last_ask",
        "summary",
        "password",
        "token",
        "secret",
        "shared_secret",
        "authorization",
        "cookie",
        "csrf",
        "slots",
        "answer",
        "question",
    ]
)
MAX_ERROR_TEXT = 200


def resolve_format(log_format: str, stream: TextIO) -> str:
    """`auto` becomes `colour` on a terminal, else `json`; other values stay."""
    if log_format != "auto":
        return log_format
    return "colour" if stream.isatty() else "json"


def configure_logging(
    service: str, log_format: str = "auto", level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send structlog and standard-library logs of this process to ``stream`` (default: standard error).

    ``service`` is put into every event; ``log_format`` is `auto`, `json` or `colour`. Safe to call twice.
    """
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _service_adder(service),
        structlog.processors.StackInfoRenderer(),
        render_exception,
        hide_private,
    ]
    renderer: Processor
    if resolve_format(log_format, target) == "colour":
        renderer = structlog.dev.ConsoleRenderer(colors=True, timestamp_key="at")
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False, default=_type_only)
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            # Otherwise logging itself would print the traceback below the event, with the exception's text.
            keep_exc_info=False,
            keep_stack_info=False,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # They write whole addresses, and WeChat's hold secrets and access tokens.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose first argument is the event's name: ``log.info("handoff_opened", handoff_id=7)``."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def hide_private(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace private values, at any depth, by their kind and length."""
    return {key: _hidden(key, value) for key, value in event.items()}


def render_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Turn ``exc_info`` into ``error`` (type and a short, safe text) and ``trace`` (file:line function)."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else sys.exc_info()[1]
    if error is None:
        return event
    event["error"] = f"{type(error).__name__}: {safe_error_text(error)}"
    event["trace"] = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    return event


def safe_error_text(error: BaseException) -> str:
    """The exception's text without the data it carries: no validated input, no SQL parameters."""
    original = getattr(error, "orig", None)
    if isinstance(original, BaseException):  # SQLAlchemy: its own text repeats the bound parameters
        return safe_error_text(original)
    if callable(errors := getattr(error, "errors", None)) and hasattr(error, "error_count"):  # pydantic
        return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in errors())
    return str(error)[:MAX_ERROR_TEXT]


def _service_adder(service: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("service", service)
        return event

    return add


def _hidden(key: str, value: Any) -> Any:
    if key.lower() in PRIVATE_KEYS and value is not None and not isinstance(value, bool | int | float):
        length = f" {len(value)}" if hasattr(value, "__len__") else ""
        return f"<{type(value).__name__}{length}>"
    if isinstance(value, Mapping):
        return {str(k): _hidden(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", item) for item in value]
    return value


def _type_only(value: Any) -> str:
    """Values JSON cannot carry: paths and the like as text, others by type, as their repr may hold text."""
    return str(value) if type(value).__module__ in {"pathlib", "datetime", "uuid"} else f"<{type(value).__name__}>"
