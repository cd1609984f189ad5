"""Streams, deadlines, health, reflection and the drain, over a real server."""

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from aurelius_chassis.descriptors import PolicyMissing
from aurelius_chassis.server import Mounted, ServerOptions, build_server
from tests.contract.chassis.harness import (
    BACKTESTS,
    GET,
    ISSUER,
    PROMOTIONS,
    WAIT_SECONDS,
    WATCH,
    Double,
    Running,
    info,
    running,
)

MESSAGE = backtest_service_pb2.WatchBacktestResponse()
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Held:
    """A stream that sends one message and then waits for its client to go, or for the test."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def __call__(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        gone = threading.Event()
        context.add_callback(gone.set)
        context.add_callback(self.let_go.set)
        yield MESSAGE
        assert self.let_go.wait(WAIT_SECONDS)


def health_of(chassis: Running, service: str = "") -> int:
    stub = health_pb2_grpc.HealthStub(chassis.channel)
    request = health_pb2.HealthCheckRequest(service=service)
    return int(stub.Check(request, timeout=WAIT_SECONDS).status)


def test_streams_are_capped_and_unary_calls_still_work() -> None:
    held = Held()
    with running(Double(watch=held), max_workers=4, max_streams=2) as chassis:
        streams = [chassis.watch() for _ in range(2)]
        firsts = [next(stream) for stream in streams]
        with pytest.raises(grpc.RpcError) as refusal:
            next(chassis.watch())
        answers = [chassis.get() for _ in range(5)]
        held.let_go.set()
        rests = [list(stream) for stream in streams]
        after = list(chassis.watch())

    assert (firsts, rests, after) == ([MESSAGE] * 2, [[], []], [MESSAGE])
    assert len(answers) == 5
    assert refusal.value.code() is StatusCode.RESOURCE_EXHAUSTED
    assert info(refusal.value).reason == "ERROR_REASON_TOO_MANY_STREAMS"
    assert info(refusal.value).metadata == {"found": "3", "allowed": "2"}


def test_cancelled_stream_gives_its_place_back_and_is_logged_once_as_cancelled() -> None:
    held = Held()
    with running(Double(watch=held), max_workers=4, max_streams=1) as chassis:
        stream = chassis.watch()
        next(stream)
        stream.cancel()
        line = chassis.lines.next()
        after = list(chassis.watch())
        last = chassis.lines.next()

        assert chassis.lines.empty()
    assert (line["method"], line["code"]) == (WATCH, "CANCELLED")
    assert (last["code"], after) == ("OK", [MESSAGE])
    assert chassis.count(WATCH, "CANCELLED") == 1


def test_stream_that_never_ends_is_closed_when_its_client_leaves() -> None:
    closed = threading.Event()

    def endless(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            while True:
                yield MESSAGE
        finally:
            closed.set()

    with running(Double(watch=endless), max_workers=4, max_streams=1) as chassis:
        stream = chassis.watch()
        next(stream)
        stream.cancel()

        assert closed.wait(WAIT_SECONDS)
        assert chassis.lines.next()["code"] == "CANCELLED"
        chassis.get()
        assert chassis.lines.next()["method"] == GET
    (span, _) = chassis.spans.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["rpc.grpc.status"] == "CANCELLED"


def test_unary_call_whose_client_left_is_logged_as_cancelled() -> None:
    began, go_on = threading.Event(), threading.Event()

    def get(request: Any, context: grpc.ServicerContext) -> Any:
        context.add_callback(go_on.set)
        began.set()
        assert go_on.wait(WAIT_SECONDS)
        return backtest_pb2.Backtest()

    with running(Double(get=get)) as chassis:
        call = chassis.backtests.GetBacktest.future(
            chassis.get_request(), metadata=ISSUER.bearer(), timeout=WAIT_SECONDS
        )
        assert began.wait(WAIT_SECONDS)
        call.cancel()

        assert chassis.lines.next()["code"] == "CANCELLED"


def test_call_whose_deadline_passes_is_logged_once_as_left() -> None:
    ended = threading.Event()

    def get(request: Any, context: grpc.ServicerContext) -> Any:
        context.add_callback(ended.set)
        assert ended.wait(WAIT_SECONDS)
        return backtest_pb2.Backtest()

    with running(Double(get=get)) as chassis:
        with pytest.raises(grpc.RpcError) as refusal:
            chassis.backtests.GetBacktest(
                chassis.get_request(), metadata=ISSUER.bearer(), timeout=1.0
            )

        assert refusal.value.code() is StatusCode.DEADLINE_EXCEEDED
        # gRPC rounds a deadline up on its way, so the client may leave before the server's passes.
        assert chassis.lines.next()["code"] in {"DEADLINE_EXCEEDED", "CANCELLED"}
        assert chassis.lines.empty()


def test_call_that_waited_past_its_deadline_does_no_work() -> None:
    began, go_on = threading.Event(), threading.Event()

    def get(request: Any, context: grpc.ServicerContext) -> Any:
        began.set()
        assert go_on.wait(WAIT_SECONDS)
        return backtest_pb2.Backtest()

    with running(Double(get=get), max_workers=2, max_streams=1) as chassis:
        busy = [
            chassis.backtests.GetBacktest.future(
                chassis.get_request(), metadata=ISSUER.bearer(), timeout=WAIT_SECONDS
            )
            for _ in range(2)
        ]
        assert began.wait(WAIT_SECONDS)
        with pytest.raises(grpc.RpcError) as refusal:
            chassis.backtests.GetBacktest(
                chassis.get_request(), metadata=ISSUER.bearer(), timeout=0.2
            )
        go_on.set()
        for call in busy:
            call.result()
        chassis.get()

    assert refusal.value.code() is StatusCode.DEADLINE_EXCEEDED
    assert len(chassis.double.handled) == 3


def test_calls_beyond_what_the_server_takes_on_are_refused() -> None:
    began, go_on = threading.Event(), threading.Event()

    def get(request: Any, context: grpc.ServicerContext) -> Any:
        began.set()
        assert go_on.wait(WAIT_SECONDS)
        return backtest_pb2.Backtest()

    with running(Double(get=get), max_calls=1) as chassis:
        busy = chassis.backtests.GetBacktest.future(
            chassis.get_request(), metadata=ISSUER.bearer(), timeout=WAIT_SECONDS
        )
        assert began.wait(WAIT_SECONDS)
        with pytest.raises(grpc.RpcError) as refusal:
            chassis.get()
        go_on.set()
        busy.result()

    assert refusal.value.code() is StatusCode.RESOURCE_EXHAUSTED


def test_health_is_told_for_the_server_and_each_service() -> None:
    with running() as chassis:
        for service in ("", BACKTESTS, PROMOTIONS):
            assert health_of(chassis, service) == SERVING
        with pytest.raises(grpc.RpcError) as refusal:
            health_of(chassis, "aurelius.engine.v1.DatasetService")

    assert refusal.value.code() is StatusCode.NOT_FOUND


def test_reflection_names_the_services_and_is_capped_as_a_stream() -> None:
    with running(max_workers=4, max_streams=1) as chassis:
        stub = reflection_pb2_grpc.ServerReflectionStub(chassis.channel)
        asking = reflection_pb2.ServerReflectionRequest(list_services="")
        (answer,) = stub.ServerReflectionInfo(iter([asking]), timeout=WAIT_SECONDS)
        done = threading.Event()

        def ask_and_stay() -> Iterator[Any]:
            yield asking
            done.wait(WAIT_SECONDS)

        open_one = stub.ServerReflectionInfo(ask_and_stay(), timeout=WAIT_SECONDS)
        next(open_one)
        with pytest.raises(grpc.RpcError) as refusal:
            next(stub.ServerReflectionInfo(iter([asking]), timeout=WAIT_SECONDS))
        done.set()

    names = {service.name for service in answer.list_services_response.service}
    assert {BACKTESTS, PROMOTIONS, "grpc.health.v1.Health"} <= names
    assert refusal.value.code() is StatusCode.RESOURCE_EXHAUSTED


def test_drain_tells_health_first_then_refuses_new_calls_and_lets_old_ones_end() -> None:
    began, go_on = threading.Event(), threading.Event()

    def get(request: Any, context: grpc.ServicerContext) -> Any:
        began.set()
        assert go_on.wait(WAIT_SECONDS)
        return backtest_pb2.Backtest(name="ended")

    with running(Double(get=get), drain_seconds=WAIT_SECONDS) as chassis:
        watching = health_pb2_grpc.HealthStub(chassis.channel).Watch(
            health_pb2.HealthCheckRequest(), timeout=WAIT_SECONDS
        )
        assert next(watching).status == SERVING
        old = chassis.backtests.GetBacktest.future(
            chassis.get_request(), metadata=ISSUER.bearer(), timeout=WAIT_SECONDS
        )
        assert began.wait(WAIT_SECONDS)
        stopping = threading.Thread(target=chassis.server.stop)
        stopping.start()

        assert next(watching).status == NOT_SERVING
        during = chassis.watch()
        assert list(during) != []  # the drain still answers
        watching.cancel()
        chassis.server.hurry()
        assert chassis.server.refusing.wait(WAIT_SECONDS)
        with pytest.raises(grpc.RpcError) as refusal:
            chassis.get()
        go_on.set()
        stopping.join(WAIT_SECONDS)

        # A call that comes while the connection says goodbye is CANCELLED by gRPC itself.
        assert refusal.value.code() in {StatusCode.UNAVAILABLE, StatusCode.CANCELLED}
        assert len(chassis.double.handled) == 2
        assert old.result().name == "ended"
        assert not stopping.is_alive()


def test_service_with_an_rpc_without_policy_is_refused_at_start() -> None:
    health = Mounted(
        "grpc.health.v1.Health", health_pb2_grpc.add_HealthServicer_to_server, object()
    )

    with pytest.raises(PolicyMissing, match=r"grpc\.health\.v1\.Health/Check"):
        build_server(
            [health],
            options=ServerOptions(service="x", listen="127.0.0.1:0"),
            errors=None,  # type: ignore[arg-type]
            authenticator=None,  # type: ignore[arg-type]
        )


def test_address_in_use_is_refused_at_start() -> None:
    with (
        running() as chassis,
        pytest.raises(OSError, match="cannot be bound"),
        running(listen=f"127.0.0.1:{chassis.server.port}"),
    ):
        pass


def test_as_many_streams_as_workers_are_refused_at_start() -> None:
    with pytest.raises(ValueError, match="max_streams"):
        ServerOptions(service="x", listen="127.0.0.1:0", max_workers=4, max_streams=4)
