"""BacktestService: each RPC translates and decides nothing."""

from collections.abc import Iterator

import grpc

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2, backtest_service_pb2_grpc
from aurelius_chassis import page_tokens
from aurelius_chassis.caller import current_caller
from aurelius_chassis.strict_json import UnknownField
from aurelius_chassis.unknown_fields import refuse_unknown_fields
from aurelius_engine.application.backtests import Backtests
from aurelius_engine.application.comparisons import Comparisons
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.rpc import record_mapping as mapping
from aurelius_engine.rpc.cursors import before_of
from aurelius_engine.rpc.listening import close_with_call
from aurelius_engine.rpc.pages import fitting
from aurelius_engine.rpc.resolution import document_of, resolve

Context = grpc.ServicerContext


class BacktestServicer(backtest_service_pb2_grpc.BacktestServiceServicer):
    """Serves BacktestService."""

    def __init__(
        self,
        backtests: Backtests,
        comparisons: Comparisons,
        *,
        plugins: Plugins,
        unknown_field: UnknownField,
    ) -> None:
        """Takes the use cases, the plug-ins, and what names the refusal of an unknown field."""
        self._plugins = plugins
        self._backtests, self._comparisons = backtests, comparisons
        self._unknown_field = unknown_field

    def CreateBacktest(
        self, request: backtest_service_pb2.CreateBacktestRequest, context: Context
    ) -> backtest_pb2.Backtest:
        """Accepts a run."""
        refuse_unknown_fields(request.spec, "spec", self._unknown_field)
        run = self._backtests.create(
            document=document_of(resolve(request.spec, self._plugins)),
            dataset_name=request.dataset,
            seed=request.seed,
            caller=current_caller().name,
        )
        return mapping.run_to_proto(run)

    def GetBacktest(
        self, request: backtest_service_pb2.GetBacktestRequest, context: Context
    ) -> backtest_pb2.Backtest:
        """Gets a run."""
        return mapping.run_to_proto(self._backtests.get(request.name))

    def ListBacktests(
        self, request: backtest_service_pb2.ListBacktestsRequest, context: Context
    ) -> backtest_service_pb2.ListBacktestsResponse:
        """Lists runs."""
        size = page_tokens.page_size(request.page_size)
        found = self._backtests.list(
            dataset=request.dataset, before=before_of(request), limit=size + 1
        )
        backtests = [mapping.run_to_proto(run) for run in found[:size]]
        count = fitting(backtests)
        token = ""
        if len(found) > count:
            token = page_tokens.encode({"before": found[count - 1].sequence}, request)
        return backtest_service_pb2.ListBacktestsResponse(
            backtests=backtests[:count],
            next_page_token=token,
        )

    def WatchBacktest(
        self, request: backtest_service_pb2.WatchBacktestRequest, context: Context
    ) -> Iterator[backtest_service_pb2.WatchBacktestResponse]:
        """Watches a run."""
        for run in self._backtests.watch(request.name, close_with_call(context)):
            yield backtest_service_pb2.WatchBacktestResponse(backtest=mapping.run_to_proto(run))

    def CancelBacktest(
        self, request: backtest_service_pb2.CancelBacktestRequest, context: Context
    ) -> backtest_pb2.Backtest:
        """Cancels a run."""
        return mapping.run_to_proto(self._backtests.cancel(request.name))

    def CompareBacktests(
        self, request: backtest_service_pb2.CompareBacktestsRequest, context: Context
    ) -> backtest_service_pb2.CompareBacktestsResponse:
        """Compares two runs."""
        compared = self._comparisons.compare(
            request.name, request.other, allow_cross_tier=request.allow_cross_tier
        )
        return mapping.comparison_to_proto(compared)
