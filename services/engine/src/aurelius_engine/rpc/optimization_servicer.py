"""OptimizationService: each RPC translates and decides nothing."""

from collections.abc import Iterator

import grpc
from google.api import httpbody_pb2

from aurelius.engine.v1 import (
    optimization_service_pb2,
    optimization_service_pb2_grpc,
    sweep_pb2,
)
from aurelius_chassis import page_tokens
from aurelius_chassis.caller import current_caller
from aurelius_chassis.strict_json import UnknownField
from aurelius_chassis.unknown_fields import refuse_unknown_fields
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.application.sweep_trials import SweepTrials
from aurelius_engine.application.sweeps import Sweeps
from aurelius_engine.rpc import record_mapping, sweep_mapping
from aurelius_engine.rpc.artifact_servicer import cut
from aurelius_engine.rpc.cursors import before_of
from aurelius_engine.rpc.listening import close_with_call
from aurelius_engine.rpc.pages import fitting
from aurelius_engine.rpc.sweep_resolution import resolve_sweep

Context = grpc.ServicerContext


class OptimizationServicer(optimization_service_pb2_grpc.OptimizationServiceServicer):
    """Serves OptimizationService."""

    def __init__(
        self,
        sweeps: Sweeps,
        trials: SweepTrials,
        *,
        plugins: Plugins,
        unknown_field: UnknownField,
    ) -> None:
        """Takes the use cases, the plug-ins, and what names the refusal of an unknown field."""
        self._plugins = plugins
        self._sweeps, self._trials, self._unknown_field = sweeps, trials, unknown_field

    def CreateSweep(
        self, request: optimization_service_pb2.CreateSweepRequest, context: Context
    ) -> sweep_pb2.Sweep:
        """Accepts a sweep."""
        refuse_unknown_fields(request.spec, "spec", self._unknown_field)
        sweep = self._sweeps.create(
            document=resolve_sweep(request.spec, self._plugins),
            dataset_name=request.dataset,
            seed=request.seed,
            caller=current_caller().name,
        )
        return sweep_mapping.sweep_to_proto(sweep)

    def GetSweep(
        self, request: optimization_service_pb2.GetSweepRequest, context: Context
    ) -> sweep_pb2.Sweep:
        """Gets a sweep."""
        return sweep_mapping.sweep_to_proto(self._sweeps.get(request.name))

    def ListSweeps(
        self, request: optimization_service_pb2.ListSweepsRequest, context: Context
    ) -> optimization_service_pb2.ListSweepsResponse:
        """Lists sweeps."""
        size = page_tokens.page_size(request.page_size)
        found = self._sweeps.list(
            dataset=request.dataset, before=before_of(request), limit=size + 1
        )
        sweeps = [sweep_mapping.sweep_to_proto(sweep) for sweep in found[:size]]
        count = fitting(sweeps)
        token = ""
        if len(found) > count:
            token = page_tokens.encode({"before": found[count - 1].sequence}, request)
        return optimization_service_pb2.ListSweepsResponse(
            sweeps=sweeps[:count], next_page_token=token
        )

    def WatchSweep(
        self, request: optimization_service_pb2.WatchSweepRequest, context: Context
    ) -> Iterator[optimization_service_pb2.WatchSweepResponse]:
        """Watches a sweep."""
        for sweep in self._sweeps.watch(request.name, close_with_call(context)):
            yield optimization_service_pb2.WatchSweepResponse(
                sweep=sweep_mapping.sweep_to_proto(sweep)
            )

    def CancelSweep(
        self, request: optimization_service_pb2.CancelSweepRequest, context: Context
    ) -> sweep_pb2.Sweep:
        """Cancels a sweep."""
        return sweep_mapping.sweep_to_proto(self._sweeps.cancel(request.name))

    def GetSweepTrial(
        self, request: optimization_service_pb2.GetSweepTrialRequest, context: Context
    ) -> sweep_pb2.SweepTrial:
        """Gets a trial."""
        sweep, trial, spec = self._trials.trial(request.name)
        return sweep_mapping.trial_to_proto(sweep, trial, spec)

    def DownloadSweepTrials(
        self, request: optimization_service_pb2.DownloadSweepTrialsRequest, context: Context
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """Downloads the trials in a format."""
        export_format, content_type = record_mapping.DOWNLOAD_FORMATS[request.format]
        for data in cut(self._trials.export(request.name, export_format)):
            yield httpbody_pb2.HttpBody(content_type=content_type, data=data)
