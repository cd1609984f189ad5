"""What an operator sees: one log line a call, counters and times, spans."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

SAMPLED_RATIO = 0.1
_PROPAGATOR = TraceContextTextMapPropagator()


def configure_logs(service: str) -> None:
    """Writes every log line as one JSON object to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _json(event: MutableMapping[str, Any], **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


class Metrics:
    """Counters and times of one server, in a registry of its own."""

    def __init__(self) -> None:
        """Registers the metrics."""
        self.registry = CollectorRegistry()
        self.calls = Counter(
            "aurelius_rpc_total", "Calls.", ["method", "code"], registry=self.registry
        )
        self.seconds = Histogram(
            "aurelius_rpc_seconds", "Time of a call.", ["method"], registry=self.registry
        )

    def record(self, method: str, code: str, seconds: float) -> None:
        """Counts one call."""
        self.calls.labels(method, code).inc()
        self.seconds.labels(method).observe(seconds)

    def serve(self, listen: str) -> None:
        """Serves the metrics over HTTP on `host:port`."""
        host, _, port = listen.rpartition(":")
        start_http_server(int(port), addr=host, registry=self.registry)


def tracer_provider(service: str, otlp_target: str | None) -> TracerProvider:
    """Returns a provider that samples by the parent; it exports only if there is a target."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service}),
        sampler=ParentBased(TraceIdRatioBased(SAMPLED_RATIO)),
    )
    if otlp_target:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=otlp_target, insecure=True)
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def parent_of(metadata: Mapping[str, str]) -> Any:
    """Returns the span context that a caller sent in `traceparent`."""
    return _PROPAGATOR.extract(dict(metadata))


def current_trace_headers() -> dict[str, str]:
    """Returns the headers that carry the current span to another service."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers, trace.set_span_in_context(trace.get_current_span()))
    return headers
