"""The services of the engine, each with what serves it."""

from collections.abc import Callable, Sequence
from typing import Any

import grpc

from aurelius.engine.v1 import (
    artifact_service_pb2_grpc,
    backtest_service_pb2_grpc,
    dataset_quality_service_pb2_grpc,
    dataset_service_pb2_grpc,
    formula_service_pb2_grpc,
    holdout_service_pb2_grpc,
    market_adapter_service_pb2_grpc,
    market_event_service_pb2_grpc,
    optimization_service_pb2_grpc,
    option_pricing_service_pb2_grpc,
    replay_service_pb2_grpc,
    trial_ledger_service_pb2_grpc,
    validation_service_pb2_grpc,
)
from aurelius_chassis.server import Mounted

_PACKAGE = "aurelius.engine.v1"
_ADDERS: dict[str, Callable[[Any, grpc.Server], None]] = {
    "Dataset": dataset_service_pb2_grpc.add_DatasetServiceServicer_to_server,
    "DatasetQuality": dataset_quality_service_pb2_grpc.add_DatasetQualityServiceServicer_to_server,
    "MarketAdapter": market_adapter_service_pb2_grpc.add_MarketAdapterServiceServicer_to_server,
    "MarketEvent": market_event_service_pb2_grpc.add_MarketEventServiceServicer_to_server,
    "Backtest": backtest_service_pb2_grpc.add_BacktestServiceServicer_to_server,
    "Artifact": artifact_service_pb2_grpc.add_ArtifactServiceServicer_to_server,
    "Replay": replay_service_pb2_grpc.add_ReplayServiceServicer_to_server,
    "Formula": formula_service_pb2_grpc.add_FormulaServiceServicer_to_server,
    "Holdout": holdout_service_pb2_grpc.add_HoldoutServiceServicer_to_server,
    "Optimization": optimization_service_pb2_grpc.add_OptimizationServiceServicer_to_server,
    "OptionPricing": option_pricing_service_pb2_grpc.add_OptionPricingServiceServicer_to_server,
    "TrialLedger": trial_ledger_service_pb2_grpc.add_TrialLedgerServiceServicer_to_server,
    "Validation": validation_service_pb2_grpc.add_ValidationServiceServicer_to_server,
}


def mounted(servicers: Sequence[object]) -> list[Mounted]:
    """Returns the servicers with their services, which their classes are named after."""
    found = []
    for servicer in servicers:
        name = type(servicer).__name__.removesuffix("Servicer")
        found.append(Mounted(f"{_PACKAGE}.{name}Service", _ADDERS[name], servicer))
    if len(found) != len(_ADDERS):
        raise ValueError(f"{len(found)} services are served, {len(_ADDERS)} are in the contract")
    return found
