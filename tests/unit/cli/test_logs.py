"""Log events never carry what people said, nor secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from pydantic import BaseModel
from sqlalchemy import create_engine, text

from handoff.logs import configure_logging, get_logger, resolve_format

SAID = "我要投诉你们"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    target = io.StringIO()
    configure_logging("gateway", "json", "INFO", target)
    yield target
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def only_event(stream: io.StringIO) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(stream.getvalue())
    return event


def test_an_event_has_its_name_and_where_it_comes_from(stream: io.StringIO) -> None:
    get_logger("handoff.queue").info("handoff_opened", handoff_id=7)
    event = only_event(stream)
    assert (event["event"], event["handoff_id"], event["service"]) == ("handoff_opened", 7, "gateway")
    assert (event["level"], event["logger"]) == ("info", "handoff.queue")
    assert event["at"].endswith("Z")


@pytest.mark.parametrize(
    "values",
    [
        {"text": SAID},
        {"Text": SAID},
        {"password": SAID},
        {"message": {"deep": [{"text": SAID}]}},
        {"slots": {"order_number": SAID}},
        {"thing": type("Thing", (), {"__repr__": lambda self: SAID})()},
    ],
)
def test_private_values_are_left_out(stream: io.StringIO, values: dict[str, Any]) -> None:
    get_logger("x").info("turn", **values)
    assert SAID not in stream.getvalue()
    assert only_event(stream)["event"] == "turn"


def test_standard_library_records_become_events(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("port %d", 8080)
    event = only_event(stream)
    assert (event["event"], event["level"], event["service"]) == ("port 8080", "warning", "gateway")


class Body(BaseModel):
    score: int


def _validation() -> None:
    Body.model_validate({"score": SAID})


def _sql() -> None:
    with create_engine("sqlite://").connect() as conn:
        conn.execute(text("SELECT * FROM nothing WHERE x = :said"), {"said": SAID})


@pytest.mark.parametrize("act", [_validation, _sql])
def test_tracebacks_are_one_line_and_hold_no_data(stream: io.StringIO, act: Any) -> None:
    try:
        act()
    except Exception:
        get_logger("x").exception("failed")
    event = only_event(stream)
    assert SAID not in stream.getvalue()
    assert event["error"] and any(act.__name__ in place for place in event["trace"])


def test_records_with_exceptions_of_other_libraries_are_one_line_too(stream: io.StringIO) -> None:
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("asyncio").exception("loop")
    assert only_event(stream)["error"] == "RuntimeError: broken"


def test_debug_is_silent_at_info(stream: io.StringIO) -> None:
    get_logger("x").debug("detail")
    assert stream.getvalue() == ""


def test_auto_is_json_where_there_is_no_terminal() -> None:
    assert resolve_format("auto", io.StringIO()) == "json"
    assert resolve_format("colour", io.StringIO()) == "colour"


def test_colour_writes_for_people() -> None:
    target = io.StringIO()
    try:
        configure_logging("gateway", "colour", "INFO", target)
        get_logger("x").info("ready", text=SAID)
        assert "ready" in target.getvalue() and SAID not in target.getvalue()
    finally:
        logging.getLogger().handlers.clear()
        structlog.reset_defaults()


def test_addresses_with_secrets_in_them_are_not_written(stream: io.StringIO) -> None:
    configure_logging("test", "json", "DEBUG", stream)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={}))) as client:
        client.get("https://qyapi.weixin.qq.com/cgi-bin/gettoken", params={"corpsecret": "hidden-secret"})
    assert not logging.getLogger("httpcore.connection").isEnabledFor(logging.DEBUG)
    assert "hidden-secret" not in stream.getvalue() and "gettoken" not in stream.getvalue()
