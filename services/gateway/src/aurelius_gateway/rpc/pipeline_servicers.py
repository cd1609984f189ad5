"""The RPCs of strategies and pipeline runs: each translates and decides nothing."""

from collections.abc import Callable, Iterator

import grpc

from aurelius.gateway.v1 import (
    pipeline_run_pb2,
    pipeline_run_service_pb2,
    pipeline_run_service_pb2_grpc,
    strategy_pb2,
    strategy_service_pb2,
    strategy_service_pb2_grpc,
)
from aurelius_chassis.caller import current_caller
from aurelius_chassis.strict_json import UnknownField
from aurelius_chassis.unknown_fields import refuse_unknown_fields
from aurelius_chassis.validation import refuse_invalid
from aurelius_gateway.application.pipeline_runs import PipelineRuns
from aurelius_gateway.application.strategies import Strategies
from aurelius_gateway.domain.strategy import JsonDocument
from aurelius_gateway.rpc import mapping
from aurelius_gateway.rpc.paging import page

Context = grpc.ServicerContext


class StrategyServicer(strategy_service_pb2_grpc.StrategyServiceServicer):
    """Serves StrategyService."""

    def __init__(self, strategies: Strategies, *, unknown_field: UnknownField):
        """Takes the use cases, and the refusal of an unknown parameter."""
        self._strategies, self._unknown_field = strategies, unknown_field

    def CreateStrategy(
        self, request: strategy_service_pb2.CreateStrategyRequest, context: Context
    ) -> strategy_pb2.Strategy:
        """Creates a strategy."""
        refuse_unknown_fields(
            request.strategy.definition, "strategy.definition", self._unknown_field
        )
        return self._strategies.create(
            request.strategy_id,
            display_name=request.strategy.display_name,
            description=request.strategy.description,
            definition=mapping.document_from_proto(request.strategy.definition),
            creator=current_caller().name,
            respond=mapping.strategy_to_proto,
        )

    def GetStrategy(
        self, request: strategy_service_pb2.GetStrategyRequest, context: Context
    ) -> strategy_pb2.Strategy:
        """Gets a strategy."""
        return mapping.strategy_to_proto(self._strategies.get(request.name))

    def ListStrategies(
        self, request: strategy_service_pb2.ListStrategiesRequest, context: Context
    ) -> strategy_service_pb2.ListStrategiesResponse:
        """Lists strategies."""
        strategies, token = page(
            request,
            request.page_size,
            request.page_token,
            lambda after_id, limit: self._strategies.list(after_id=after_id, limit=limit),
        )
        return strategy_service_pb2.ListStrategiesResponse(
            strategies=[mapping.strategy_to_proto(item) for item in strategies],
            next_page_token=token,
        )


class PipelineRunServicer(pipeline_run_service_pb2_grpc.PipelineRunServiceServicer):
    """Serves PipelineRunService."""

    def __init__(self, runs: PipelineRuns):
        self._runs = runs

    def CreatePipelineRun(
        self, request: pipeline_run_service_pb2.CreatePipelineRunRequest, context: Context
    ) -> pipeline_run_pb2.PipelineRun:
        """Creates a pipeline run."""
        refuse_unknown_fields(request.spec, "spec")

        def require_valid(spec: JsonDocument) -> None:
            refuse_invalid(
                mapping.backtest_request_to_proto(spec, dataset=request.dataset, seed=request.seed)
            )

        return self._runs.create(
            request.strategy,
            mapping.document_from_proto(request.spec),
            dataset=request.dataset,
            seed=request.seed,
            validations=tuple(request.validations),
            creator=current_caller().name,
            require_valid=require_valid,
            respond=mapping.pipeline_run_to_proto,
        )

    def GetPipelineRun(
        self, request: pipeline_run_service_pb2.GetPipelineRunRequest, context: Context
    ) -> pipeline_run_pb2.PipelineRun:
        """Gets a pipeline run."""
        return mapping.pipeline_run_to_proto(self._runs.get(request.name))

    def ListPipelineRuns(
        self, request: pipeline_run_service_pb2.ListPipelineRunsRequest, context: Context
    ) -> pipeline_run_service_pb2.ListPipelineRunsResponse:
        """Lists pipeline runs."""
        runs, token = page(
            request,
            request.page_size,
            request.page_token,
            lambda after_id, limit: self._runs.list(after_id=after_id, limit=limit),
        )
        return pipeline_run_service_pb2.ListPipelineRunsResponse(
            pipeline_runs=[mapping.pipeline_run_to_proto(run) for run in runs],
            next_page_token=token,
        )

    def WatchPipelineRun(
        self, request: pipeline_run_service_pb2.WatchPipelineRunRequest, context: Context
    ) -> Iterator[pipeline_run_service_pb2.WatchPipelineRunResponse]:
        """Watches a pipeline run."""

        def at_end_of_call(callback: Callable[[], None]) -> None:
            if not context.add_callback(callback):
                callback()  # the call has ended already

        for run in self._runs.watch(request.name, at_end_of_call=at_end_of_call):
            yield pipeline_run_service_pb2.WatchPipelineRunResponse(
                pipeline_run=mapping.pipeline_run_to_proto(run)
            )
