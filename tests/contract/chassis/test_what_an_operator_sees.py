"""Log lines, metrics and spans of calls over a real server."""

import random
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from aurelius_chassis.caller import current_request_id, outgoing_metadata, seconds_left
from tests.contract.chassis.harness import (
    GET,
    ISSUER,
    WATCH,
    Double,
    Refused,
    running,
)

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = ("traceparent", f"00-{TRACE}-{PARENT}-01")
KEYS = {
    "event",
    "level",
    "timestamp",
    "service",
    "method",
    "code",
    "principal",
    "request_id",
    "trace_id",
    "duration_ms",
}


def with_header(key: str, value: str | bytes) -> Any:
    return (*ISSUER.bearer(), (key, value))


def test_each_call_has_one_line_with_the_documented_keys() -> None:
    with running() as chassis:
        chassis.get(metadata=with_header("x-request-id", "first"))
        list(chassis.watch(metadata=with_header("x-request-id", "second")))
        first, second = chassis.lines.next(), chassis.lines.next()

        assert chassis.lines.empty()
    assert set(first) == set(second) == KEYS
    assert (first["event"], first["level"], first["service"]) == ("rpc_ended", "info", "double")
    assert (first["method"], second["method"]) == (GET, WATCH)
    assert (first["request_id"], second["request_id"]) == ("first", "second")
    assert (first["code"], first["principal"]) == ("OK", "users/rita")
    assert first["duration_ms"] >= 0


def test_refused_call_has_one_line_with_the_reason() -> None:
    def get(request: Any, context: grpc.ServicerContext) -> Any:
        raise Refused("this")

    with running(Double(get=get)) as chassis, pytest.raises(grpc.RpcError):
        chassis.get()

    line = chassis.lines.next()
    assert set(line) == KEYS | {"reason"}
    assert (line["code"], line["reason"]) == ("FAILED_PRECONDITION", "REFUSED")
    assert chassis.lines.empty()


def test_no_line_has_the_token() -> None:
    with running() as chassis:
        chassis.get()
        line = chassis.lines.next()

    assert ISSUER.token().rpartition(".")[0][:40] not in str(line)


@pytest.mark.parametrize("given", ["chosen-by.the_Caller-1", "x" * 128])
def test_request_id_of_the_caller_comes_back_in_initial_metadata(given: str) -> None:
    with running() as chassis:
        _, call = chassis.backtests.GetBacktest.with_call(
            chassis.get_request(), metadata=with_header("x-request-id", given), timeout=30
        )

    assert dict(call.initial_metadata())["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, 'a"b', "a,b"])
def test_request_id_that_is_none_is_replaced(given: str) -> None:
    with running() as chassis:
        _, call = chassis.backtests.GetBacktest.with_call(
            chassis.get_request(), metadata=with_header("x-request-id", given), timeout=30
        )

    made = dict(call.initial_metadata())["x-request-id"]
    assert len(made) == 32
    assert chassis.lines.next()["request_id"] == made


def test_refused_call_gets_its_request_id_too() -> None:
    with running() as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get(metadata=(("x-request-id", "mine"),))

    assert dict(refusal.value.initial_metadata())["x-request-id"] == "mine"  # type: ignore[attr-defined]


def test_bytes_in_metadata_do_no_harm() -> None:
    with running() as chassis:
        chassis.get(metadata=with_header("some-bin", b"\xff\x00\xfe"))

    assert chassis.lines.next()["code"] == "OK"


def test_handler_runs_in_its_span_and_hands_the_trace_on() -> None:
    seen: dict[str, Any] = {}

    def get(request: Any, context: grpc.ServicerContext) -> Any:
        seen.update(dict(outgoing_metadata()))
        seen["span"] = trace.get_current_span().get_span_context().span_id
        seen["left"] = seconds_left(1000.0)
        return backtest_pb2.Backtest()

    with running(Double(get=get)) as chassis:
        chassis.get(metadata=(*with_header("x-request-id", "mine"), TRACEPARENT))

    (span,) = chassis.spans.get_finished_spans()
    assert span.name == GET
    assert span.parent is not None
    assert trace.format_trace_id(span.context.trace_id) == TRACE
    assert trace.format_span_id(span.parent.span_id) == PARENT
    assert seen["span"] == span.context.span_id
    assert seen["traceparent"] == f"00-{TRACE}-{trace.format_span_id(span.context.span_id)}-01"
    assert seen["authorization"].startswith("Bearer ")
    assert seen["x-request-id"] == "mine"
    assert 0 < seen["left"] < 40  # gRPC rounds a timeout up
    assert chassis.lines.next()["trace_id"] == TRACE


def test_stream_runs_in_its_span_between_messages() -> None:
    seen = []

    def watch(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        for _ in range(3):
            seen.append((trace.get_current_span().get_span_context().span_id, current_request_id()))
            yield backtest_service_pb2.WatchBacktestResponse()

    with running(Double(watch=watch)) as chassis:
        list(chassis.watch(metadata=with_header("x-request-id", "mine")))

    (span,) = chassis.spans.get_finished_spans()
    assert seen == [(span.context.span_id, "mine")] * 3


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans that are exported to it."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    def Export(self, request: Any, context: grpc.ServicerContext) -> Any:
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        return trace_service_pb2.ExportTraceServiceResponse()


def test_sampled_spans_reach_the_collector_before_the_server_is_gone() -> None:
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    unsampled = (TRACEPARENT[0], TRACEPARENT[1].replace("-01", "-00"))

    with running(otlp_target=f"http://127.0.0.1:{port}") as chassis:
        chassis.get(metadata=(*ISSUER.bearer(), TRACEPARENT))
        chassis.get(metadata=(*ISSUER.bearer(), unsampled))
    server.stop(None).wait()

    assert [(span.name, span.trace_id.hex()) for span in collector.spans] == [(GET, TRACE)]


def test_malformed_traceparent_starts_a_trace_of_its_own() -> None:
    with running() as chassis:
        chassis.get(metadata=with_header("traceparent", "00-zz-zz-01"))

    (span,) = chassis.spans.get_finished_spans()
    assert span.parent is None


def test_calls_are_counted_by_method_and_code_and_can_be_read_over_http() -> None:
    with running(metrics_listen="127.0.0.1:0") as chassis:
        chassis.get()
        chassis.get()
        with pytest.raises(grpc.RpcError):
            chassis.get(name="runs/x")
        list(chassis.watch())
        url = f"http://127.0.0.1:{chassis.server.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=30) as answer:
            text = answer.read().decode()

    assert f'aurelius_rpc_total{{code="OK",method="{GET}"}} 2.0' in text
    assert f'aurelius_rpc_total{{code="INVALID_ARGUMENT",method="{GET}"}} 1.0' in text
    assert f'aurelius_rpc_total{{code="OK",method="{WATCH}"}} 1.0' in text
    assert f'aurelius_rpc_seconds_count{{method="{GET}"}} 3.0' in text


@pytest.mark.parametrize("options", [{}, {"otlp_target": None}], ids=["of a test", "as shipped"])
def test_a_traced_call_leaves_the_global_randomness_as_it_was(options: dict[str, Any]) -> None:
    before = random.getstate()

    with running(**options) as chassis:
        chassis.get()
        line = chassis.lines.next()

    assert int(line["trace_id"], 16) > 0
    assert random.getstate() == before
