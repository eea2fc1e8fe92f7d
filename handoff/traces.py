"""Spans for OpenTelemetry, when it is installed and switched on; nothing at all otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from handoff.errors import ConfigError

_tracer: Any = None


def configure(service: str) -> None:
    """Send spans by OTLP to where the standard ``OTEL_EXPORTER_OTLP_*`` variables say.

    `ConfigError` when the packages are missing.
    """
    global _tracer
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigError(
            f"BATON_TRACES is set, but {error.name} is not installed.",
            remedy="pip install 'opentelemetry-sdk' 'opentelemetry-exporter-otlp-proto-http', or unset BATON_TRACES.",
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": f"baton-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _tracer = trace.get_tracer("baton")


def use(tracer: Any) -> None:
    """Take spans with this tracer; None switches them off."""
    global _tracer
    _tracer = tracer


@contextmanager
def span(name: str, **attributes: str | int | float) -> Iterator[Any]:
    """A span around the block, None without tracing. Attributes are ids and counts, never words of people."""
    if _tracer is None:
        yield None
        return
    with _tracer.start_as_current_span(name, attributes=attributes) as current:
        yield current
