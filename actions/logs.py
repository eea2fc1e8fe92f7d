"""Logs of the action server: JSON lines or colour, and never a customer's text."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(log_format: str, level: int = logging.INFO) -> None:
    """Send every logger of this process to standard error in one format; `auto` is colour on a terminal."""
    colour = log_format == "colour" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        _service,
    ]
    final: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(timestamp_key="at", exception_formatter=structlog.dev.plain_traceback)
        if colour
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("rasa_sdk", "httpx", "sentence_transformers", "jieba"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _service(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    event["service"] = "actions"
    return event
