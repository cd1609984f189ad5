"""The engine over gRPC, asked with the caller's own token."""

from collections.abc import Callable

import grpc

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2, backtest_service_pb2_grpc
from aurelius_chassis.stream_ends import without_end
from aurelius_gateway.application.services import BacktestFacts
from aurelius_gateway.domain.strategy import JsonDocument
from aurelius_gateway.rpc import mapping
from aurelius_gateway.rpc.service_calls import ServiceCalls, StreamCut

Metadata = tuple[tuple[str, str | bytes], ...]


class GrpcEngine:
    """Implements the port `Engine`."""

    def __init__(
        self,
        channel: grpc.Channel,
        *,
        calls: ServiceCalls,
        outgoing_metadata: Callable[[], Metadata],
        call_timeout_seconds: float,
        backtest_timeout_seconds: float,
    ):
        self._backtests = backtest_service_pb2_grpc.BacktestServiceStub(channel)
        self._calls, self._metadata = calls, outgoing_metadata
        self._call_timeout = call_timeout_seconds
        self._backtest_timeout = backtest_timeout_seconds

    def create_backtest(self, spec: JsonDocument, *, dataset: str, seed: int) -> BacktestFacts:
        """See the port."""
        request = mapping.backtest_request_to_proto(spec, dataset=dataset, seed=seed)
        backtest = self._calls.unary(
            lambda: self._backtests.CreateBacktest(
                request, timeout=self._call_timeout, metadata=self._metadata()
            )
        )
        return mapping.backtest_from_proto(backtest)

    def ended_backtest(self, run: str) -> BacktestFacts:
        """See the port."""
        return self._calls.stream(lambda: self._watched(run))

    def _watched(self, run: str) -> BacktestFacts:
        newest = backtest_pb2.Backtest()
        messages = self._backtests.WatchBacktest(
            backtest_service_pb2.WatchBacktestRequest(name=run),
            timeout=self._backtest_timeout,
            metadata=self._metadata(),
        )
        for message in without_end(messages):
            newest = message.backtest
        facts = mapping.backtest_from_proto(newest)
        if not facts.ended:
            raise StreamCut
        return facts
