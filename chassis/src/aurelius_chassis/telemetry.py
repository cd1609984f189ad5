"""What an operator sees: one log line a call, counters and times, spans.

A line is one JSON object. Every line has `event`, `level`, `timestamp` and `service`; a line
written while a call is handled also has `request_id`, `principal` and `method`. The one line of
each call is the event `rpc_ended`, which adds `code`, `duration_ms`, `trace_id` and, of a call
that was refused, `reason`; of a call that crashed it is of level `error` and has `exception`.
"""

import secrets
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, BinaryIO

import orjson
import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

from aurelius_chassis.caller import current_request

INFO = 20
SAMPLED_RATIO = 0.1
_PROPAGATOR = TraceContextTextMapPropagator()


def configure_logs(service: str, stream: BinaryIO | None = None) -> None:
    """Writes every log line as one JSON object to `stream`, or else to standard error."""

    def add_call(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        request = current_request()
        if request.request_id:
            event.setdefault("request_id", request.request_id)
            event.setdefault("principal", request.caller.name)
            event.setdefault("method", request.method)
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_call,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(INFO),
        logger_factory=structlog.BytesLoggerFactory(stream or sys.stderr.buffer),
        cache_logger_on_first_use=False,
    )


def _json(event: MutableMapping[str, Any], **_: Any) -> bytes:
    return orjson.dumps(event, default=str)


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
        self._http: Any = None

    def record(self, method: str, code: str, seconds: float) -> None:
        """Counts one call."""
        self.calls.labels(method, code).inc()
        self.seconds.labels(method).observe(seconds)

    def serve(self, listen: str) -> int:
        """Serves the metrics over HTTP on `host:port` and returns the port."""
        host, _, port = listen.rpartition(":")
        self._http = start_http_server(int(port), addr=host, registry=self.registry)
        return int(self._http[0].server_port)

    def close(self) -> None:
        """Stops serving."""
        if self._http is not None:
            server, thread = self._http
            server.shutdown()
            server.server_close()
            thread.join()
            self._http = None


class SystemIds(IdGenerator):
    """Makes ids of the system's randomness: the default's would move the global `random`."""

    def generate_span_id(self) -> int:
        """Returns 64 bits, never all 0."""
        return 1 + secrets.randbelow(2**64 - 1)

    def generate_trace_id(self) -> int:
        """Returns 128 bits, never all 0."""
        return 1 + secrets.randbelow(2**128 - 1)

    def is_trace_id_random(self) -> bool:
        """Says so in the flags of a `traceparent`."""
        return True


def tracer_provider(service: str, otlp_target: str | None) -> TracerProvider:
    """Returns a provider that samples by the parent; it exports only if there is a target."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service}),
        sampler=ParentBased(TraceIdRatioBased(SAMPLED_RATIO)),
        shutdown_on_exit=False,
        id_generator=SystemIds(),
    )
    if otlp_target:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=otlp_target, insecure=True)
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def parent_of(metadata: Mapping[str, str]) -> Any:
    """Returns the span context that a caller sent in `traceparent`; a malformed one is none."""
    return _PROPAGATOR.extract(dict(metadata))


def trace_id(span: trace.Span) -> str:
    """Returns the id of a span's trace, 32 hex digits."""
    return trace.format_trace_id(span.get_span_context().trace_id)
