"""One case for every RPC: the request that either door gets, and who sends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import (
    artifact_service_pb2,
    backtest_service_pb2,
    dataset_pb2,
    dataset_quality_service_pb2,
    dataset_service_pb2,
    formula_pb2,
    formula_service_pb2,
    holdout_service_pb2,
    market_adapter_service_pb2,
    market_event_pb2,
    market_event_service_pb2,
    optimization_service_pb2,
    option_pricing_service_pb2,
    replay_service_pb2,
    trial_ledger_service_pb2,
    validation_service_pb2,
)
from aurelius.gateway.v1 import (
    api_key_service_pb2,
    auth_service_pb2,
    pipeline_run_service_pb2,
    strategy_service_pb2,
    user_service_pb2,
)
from aurelius.governance.v1 import (
    gate_decision_service_pb2,
    ledger_service_pb2,
    lineage_record_service_pb2,
    promotion_service_pb2,
)
from tests.contract.rest.world import World
from tests.e2e.live_suite import PASSWORD

RESEARCHER = method_policy_pb2.ROLE_RESEARCHER


@dataclass(frozen=True)
class Case:
    """What is sent.

    Attributes:
        request: What REST gets, and gRPC after it unless `native` is another.
        native: What gRPC gets, where a repetition is refused.
        role: Who sends it.
        differing: The JSON fields, at any depth, whose values two such calls never share.
    """

    request: Message
    native: Message | None = None
    role: str = "RESEARCHER"
    differing: frozenset[str] = field(default_factory=frozenset)


_OPTION = option_pricing_service_pb2.Option(
    type=option_pricing_service_pb2.OPTION_TYPE_CALL,
    spot_price=49,
    strike_price=50,
    years_to_expiry=20 / 52,
    risk_free_rate=0.05,
)
_TIMES = frozenset({"createTime", "updateTime", "expireTime"})


def _engine(name: str, request: Callable[[World], Message]) -> tuple[str, Callable[[World], Case]]:
    return name, lambda world: Case(request(world))


def _commit(world: World) -> Message:
    upload = world.upload("committed")
    world.call("DatasetService/AppendDatasetUpload", world.append(upload))
    return dataset_service_pb2.CommitDatasetUploadRequest(name=upload.name)


def _create_upload(world: World) -> Message:
    request = dataset_service_pb2.CreateDatasetUploadRequest(
        dataset_id="opened",
        format=dataset_service_pb2.FILE_FORMAT_CSV,
        size_bytes=10,
        request_id="an upload",
    )
    request.provenance.CopyFrom(world.dataset.provenance)
    return request


ENGINE: Mapping[str, Callable[[World], Case]] = dict(
    [
        _engine("DatasetService/CreateDatasetUpload", _create_upload),
        _engine(
            "DatasetService/GetDatasetUpload",
            lambda w: dataset_service_pb2.GetDatasetUploadRequest(name=w.upload("waiting").name),
        ),
        _engine("DatasetService/AppendDatasetUpload", lambda w: w.append(w.upload("appended"))),
        _engine("DatasetService/CommitDatasetUpload", _commit),
        _engine(
            "DatasetService/GetDataset",
            lambda w: dataset_service_pb2.GetDatasetRequest(name=w.dataset.name),
        ),
        _engine(
            "DatasetService/ListDatasets",
            lambda w: w.dataset and dataset_service_pb2.ListDatasetsRequest(page_size=5),
        ),
        *(
            _engine(
                f"DatasetService/{verb}DatasetSlice",
                lambda w, verb=verb: getattr(dataset_service_pb2, f"{verb}DatasetSliceRequest")(
                    name=w.dataset.name,
                    symbols=w.dataset.symbols[:1],
                    end_time=w.dataset.last_time,
                ),
            )
            for verb in ("Get", "Download")
        ),
        _engine(
            "DatasetService/GetDatasetAsOf",
            lambda w: dataset_service_pb2.GetDatasetAsOfRequest(
                series=w.dataset.provenance.series,
                as_of_time=w.dataset.provenance.as_of_time,
                registered_time=w.dataset.create_time,
            ),
        ),
        _engine(
            "DatasetService/DescribeAdjustedBars",
            lambda w: dataset_service_pb2.DescribeAdjustedBarsRequest(
                name=w.dataset.name,
                as_of_time=w.dataset.last_time,
                adjustment=dataset_pb2.ADJUSTMENT_RAW,
            ),
        ),
        _engine(
            "DatasetService/DownloadAdjustedBars",
            lambda w: dataset_service_pb2.DownloadAdjustedBarsRequest(
                name=w.dataset.name,
                as_of_time=w.dataset.first_time,
                adjustment=dataset_pb2.ADJUSTMENT_RAW,
                format=artifact_service_pb2.DOWNLOAD_FORMAT_CSV,
            ),
        ),
        _engine(
            "MarketAdapterService/ListMarketAdapters",
            lambda w: market_adapter_service_pb2.ListMarketAdaptersRequest(page_size=2),
        ),
        _engine(
            "MarketEventService/ListMarketEvents",
            lambda w: market_event_service_pb2.ListMarketEventsRequest(
                parent=w.ticks.name,
                page_size=3,
                types=[market_event_pb2.MARKET_EVENT_TYPE_TRADE],
                symbols=["A"],
                start_time=w.ticks.first_time,
                end_time=w.ticks.last_time,
            ),
        ),
        _engine(
            "MarketEventService/CreateDerivedDataset",
            lambda w: market_event_service_pb2.CreateDerivedDatasetRequest(
                dataset_id="derived",
                source_dataset=w.ticks.name,
                rule=market_event_service_pb2.BarRule(trade_count=2),
                symbols=["A"],
                with_book=True,
                request_id="bars of trades",
            ),
        ),
        _engine(
            "DatasetQualityService/GetDatasetQualityReport",
            lambda w: dataset_quality_service_pb2.GetDatasetQualityReportRequest(
                name=f"{w.dataset.name}/qualityReport"
            ),
        ),
        _engine(
            "DatasetQualityService/DownloadDatasetQualityTable",
            lambda w: dataset_quality_service_pb2.DownloadDatasetQualityTableRequest(
                name=f"{w.dataset.name}/qualityTables/coverage",
                format=artifact_service_pb2.DOWNLOAD_FORMAT_CSV,
            ),
        ),
        _engine("BacktestService/CreateBacktest", lambda w: w.run(1) and w.backtest_request(1)),
        _engine(
            "BacktestService/GetBacktest",
            lambda w: backtest_service_pb2.GetBacktestRequest(name=w.run().name),
        ),
        _engine(
            "BacktestService/ListBacktests",
            lambda w: backtest_service_pb2.ListBacktestsRequest(
                page_size=5, dataset=w.run().dataset
            ),
        ),
        _engine(
            "BacktestService/WatchBacktest",
            lambda w: backtest_service_pb2.WatchBacktestRequest(name=w.run().name),
        ),
        _engine(
            "BacktestService/CancelBacktest",
            lambda w: backtest_service_pb2.CancelBacktestRequest(name=w.run().name),
        ),
        _engine(
            "BacktestService/CompareBacktests",
            lambda w: backtest_service_pb2.CompareBacktestsRequest(
                name=w.run().name, other=w.run(1).name
            ),
        ),
        _engine(
            "ArtifactService/ListArtifacts",
            lambda w: artifact_service_pb2.ListArtifactsRequest(parent=w.run().name),
        ),
        _engine(
            "ArtifactService/ReadArtifact",
            lambda w: artifact_service_pb2.ReadArtifactRequest(
                name=f"{w.run().name}/artifacts/equity"
            ),
        ),
        _engine(
            "ArtifactService/DownloadArtifact",
            lambda w: artifact_service_pb2.DownloadArtifactRequest(
                name=f"{w.run().name}/artifacts/equity",
                format=artifact_service_pb2.DOWNLOAD_FORMAT_CSV,
            ),
        ),
        _engine(
            "FormulaService/CheckFormula",
            lambda w: formula_service_pb2.CheckFormulaRequest(
                formula=formula_pb2.Formula(text="rank(ts_mean(close, 20) / close) - 0.5")
            ),
        ),
        _engine(
            "OptionPricingService/PriceOption",
            lambda _: option_pricing_service_pb2.PriceOptionRequest(option=_OPTION, volatility=0.2),
        ),
        _engine(
            "OptionPricingService/ImplyVolatility",
            lambda _: option_pricing_service_pb2.ImplyVolatilityRequest(option=_OPTION, price=2.4),
        ),
        _engine("OptimizationService/CreateSweep", lambda w: w.sweep and w.sweep_request()),
        _engine(
            "OptimizationService/GetSweep",
            lambda w: optimization_service_pb2.GetSweepRequest(name=w.sweep.name),
        ),
        _engine(
            "OptimizationService/ListSweeps",
            lambda w: optimization_service_pb2.ListSweepsRequest(dataset=w.sweep.dataset),
        ),
        _engine(
            "OptimizationService/WatchSweep",
            lambda w: optimization_service_pb2.WatchSweepRequest(name=w.sweep.name),
        ),
        _engine(
            "OptimizationService/CancelSweep",
            lambda w: optimization_service_pb2.CancelSweepRequest(name=w.sweep.name),
        ),
        _engine(
            "OptimizationService/GetSweepTrial",
            lambda w: optimization_service_pb2.GetSweepTrialRequest(
                name=f"{w.sweep.name}/trials/1"
            ),
        ),
        _engine(
            "OptimizationService/DownloadSweepTrials",
            lambda w: optimization_service_pb2.DownloadSweepTrialsRequest(
                name=w.sweep.name, format=artifact_service_pb2.DOWNLOAD_FORMAT_CSV
            ),
        ),
        (
            "HoldoutService/CreateHoldoutVault",
            lambda w: Case(w.vault_request(), role="RISK"),
        ),
        _engine(
            "HoldoutService/GetHoldoutVault",
            lambda w: holdout_service_pb2.GetHoldoutVaultRequest(name=w.vault.name),
        ),
        _engine(
            "HoldoutService/ListHoldoutVaults",
            lambda w: w.vault and holdout_service_pb2.ListHoldoutVaultsRequest(),
        ),
        _engine(
            "HoldoutService/EvaluateHoldout",
            lambda w: holdout_service_pb2.EvaluateHoldoutRequest(
                name=w.vault.name, run=w.run().name, request_id="judge it"
            ),
        ),
        _engine(
            "HoldoutService/ListHoldoutEvaluations",
            lambda w: holdout_service_pb2.ListHoldoutEvaluationsRequest(parent=w.vault.name),
        ),
        _engine(
            "TrialLedgerService/ListTrialEntries",
            lambda w: trial_ledger_service_pb2.ListTrialEntriesRequest(page_size=2),
        ),
        _engine(
            "TrialLedgerService/ProveTrialEntry",
            lambda w: (
                w.run()
                and trial_ledger_service_pb2.ProveTrialEntryRequest(
                    name="trialEntries/1", log_size=2
                )
            ),
        ),
        _engine(
            "TrialLedgerService/AssessTrials",
            lambda w: trial_ledger_service_pb2.AssessTrialsRequest(name=w.run().name, log_size=2),
        ),
        _engine(
            "ValidationService/CreateValidation",
            lambda w: w.validation and w.validation_request(),
        ),
        _engine(
            "ValidationService/GetValidation",
            lambda w: validation_service_pb2.GetValidationRequest(name=w.validation.name),
        ),
        _engine(
            "ValidationService/ListValidations",
            lambda w: validation_service_pb2.ListValidationsRequest(dataset=w.validation.dataset),
        ),
        _engine(
            "ValidationService/WatchValidation",
            lambda w: validation_service_pb2.WatchValidationRequest(name=w.validation.name),
        ),
        _engine(
            "ValidationService/CancelValidation",
            lambda w: validation_service_pb2.CancelValidationRequest(name=w.validation.name),
        ),
        _engine(
            "ValidationService/DownloadValidationTable",
            lambda w: validation_service_pb2.DownloadValidationTableRequest(
                name=f"{w.validation.name}/tables/samples",
                format=artifact_service_pb2.DOWNLOAD_FORMAT_CSV,
            ),
        ),
        _engine(
            "ReplayService/CreateReplay",
            lambda w: (
                w.replay
                and replay_service_pb2.CreateReplayRequest(
                    identity=w.run().identity, request_id="the replay"
                )
            ),
        ),
        _engine(
            "ReplayService/GetReplay",
            lambda w: replay_service_pb2.GetReplayRequest(name=w.replay.name),
        ),
        _engine(
            "ReplayService/WatchReplay",
            lambda w: replay_service_pb2.WatchReplayRequest(name=w.replay.name),
        ),
    ]
)


def _decide(kind: Any, seed: int) -> Callable[[World], Case]:
    def case(world: World) -> Case:
        request = kind(
            name=world.promotion(seed).name, comment="decided", request_id=f"decision {seed}"
        )
        return Case(request, role="APPROVER")

    return case


GOVERNANCE: Mapping[str, Callable[[World], Case]] = {
    "LineageRecordService/CreateLineageRecord": lambda w: Case(w.lineage_request(2)),
    "LineageRecordService/GetLineageRecord": lambda w: Case(
        lineage_record_service_pb2.GetLineageRecordRequest(name=w.lineage().name)
    ),
    "LineageRecordService/ListLineageRecords": lambda w: Case(
        w.lineage() and lineage_record_service_pb2.ListLineageRecordsRequest()
    ),
    "GateDecisionService/CreateGateDecision": lambda w: w.lineage(2) and Case(w.gate_request(2)),
    "GateDecisionService/GetGateDecision": lambda w: Case(
        gate_decision_service_pb2.GetGateDecisionRequest(name=w.gate().name)
    ),
    "GateDecisionService/ListGateDecisions": lambda w: Case(
        gate_decision_service_pb2.ListGateDecisionsRequest(run=w.gate().run)
    ),
    "PromotionService/CreatePromotion": lambda w: Case(w.promotion_request(2)),
    "PromotionService/GetPromotion": lambda w: Case(
        promotion_service_pb2.GetPromotionRequest(name=w.promotion().name)
    ),
    "PromotionService/ListPromotions": lambda w: Case(
        promotion_service_pb2.ListPromotionsRequest(run=w.promotion().run)
    ),
    "PromotionService/ApprovePromotion": _decide(promotion_service_pb2.ApprovePromotionRequest, 3),
    "PromotionService/RejectPromotion": _decide(promotion_service_pb2.RejectPromotionRequest, 4),
    "LedgerService/GetLedgerEntry": lambda w: Case(
        w.lineage() and ledger_service_pb2.GetLedgerEntryRequest(name="ledgerEntries/0")
    ),
    "LedgerService/ListLedgerEntries": lambda w: Case(
        w.gate() and ledger_service_pb2.ListLedgerEntriesRequest(page_size=2)
    ),
    "LedgerService/GetLedgerCheckpoint": lambda w: Case(
        w.lineage()
        and ledger_service_pb2.GetLedgerCheckpointRequest(name="ledgerCheckpoints/latest")
    ),
    "LedgerService/ProveLedgerInclusion": lambda w: Case(
        w.gate()
        and ledger_service_pb2.ProveLedgerInclusionRequest(name="ledgerEntries/0", tree_size=2)
    ),
    "LedgerService/ProveLedgerConsistency": lambda w: Case(
        w.gate() and ledger_service_pb2.ProveLedgerConsistencyRequest(from_size=1, to_size=2)
    ),
}


def _log_in(world: World) -> Case:
    world.token("RISK")
    request = auth_service_pb2.LoginRequest(user_id="the-risk", password=PASSWORD)
    return Case(request, differing=frozenset({"accessToken", "expireTime"}))


def _exchange(world: World) -> Case:
    secret = world.api_key("exchanged").secret
    request = auth_service_pb2.ExchangeApiKeyRequest(api_key=secret)
    return Case(request, differing=frozenset({"accessToken", "expireTime"}))


def _create_user(user_id: str) -> Message:
    return user_service_pb2.CreateUserRequest(
        user_id=user_id, roles=[RESEARCHER], password=PASSWORD
    )


def _create_key(key_id: str) -> Message:
    return api_key_service_pb2.CreateApiKeyRequest(
        parent="users/me", api_key_id=key_id, roles=[RESEARCHER]
    )


def _change_password(world: World) -> Case:
    world.token("PRODUCT")
    there, back = (
        user_service_pb2.ChangeUserPasswordRequest(
            name="users/me", current_password=now, new_password=new
        )
        for now, new in ((PASSWORD, PASSWORD + "!"), (PASSWORD + "!", PASSWORD))
    )
    return Case(there, back, role="PRODUCT", differing=_TIMES | {"etag"})


def _on_a_user(kind: Any, user_id: str, **fields: Any) -> Callable[[World], Case]:
    def case(world: World) -> Case:
        world.suite.user(user_id, "ROLE_RESEARCHER")
        request = kind(name=f"users/{user_id}", request_id=f"change {user_id}", **fields)
        return Case(request, role="ADMIN")

    return case


GATEWAY: Mapping[str, Callable[[World], Case]] = {
    "AuthService/Login": _log_in,
    "AuthService/ExchangeApiKey": _exchange,
    "AuthService/GetJsonWebKeySet": lambda w: Case(auth_service_pb2.GetJsonWebKeySetRequest()),
    "UserService/CreateUser": lambda w: Case(
        _create_user("by-rest"),
        _create_user("by-grpc"),
        role="ADMIN",
        differing=_TIMES | {"name", "etag"},
    ),
    "UserService/GetUser": lambda w: Case(user_service_pb2.GetUserRequest(name="users/me")),
    "UserService/ListUsers": lambda w: Case(
        user_service_pb2.ListUsersRequest(page_size=2), role="AUDITOR"
    ),
    "UserService/SetUserRoles": _on_a_user(
        user_service_pb2.SetUserRolesRequest, "to-change", roles=[RESEARCHER]
    ),
    "UserService/DisableUser": _on_a_user(user_service_pb2.DisableUserRequest, "to-disable"),
    "UserService/ChangeUserPassword": _change_password,
    "ApiKeyService/CreateApiKey": lambda w: Case(
        _create_key("by-rest"), _create_key("by-grpc"), differing=_TIMES | {"name", "secret"}
    ),
    "ApiKeyService/ListApiKeys": lambda w: Case(
        w.api_key("listed") and api_key_service_pb2.ListApiKeysRequest(parent="users/me")
    ),
    "ApiKeyService/RevokeApiKey": lambda w: Case(
        api_key_service_pb2.RevokeApiKeyRequest(name=w.api_key("revoked").api_key.name)
    ),
    "StrategyService/CreateStrategy": lambda w: Case(w.strategy_request()),
    "StrategyService/GetStrategy": lambda w: Case(
        strategy_service_pb2.GetStrategyRequest(name=w.strategy.name)
    ),
    "StrategyService/ListStrategies": lambda w: Case(
        w.strategy and strategy_service_pb2.ListStrategiesRequest()
    ),
    "PipelineRunService/CreatePipelineRun": lambda w: Case(w.pipeline and w.pipeline_request()),
    "PipelineRunService/GetPipelineRun": lambda w: Case(
        pipeline_run_service_pb2.GetPipelineRunRequest(name=w.pipeline.name)
    ),
    "PipelineRunService/ListPipelineRuns": lambda w: Case(
        w.pipeline and pipeline_run_service_pb2.ListPipelineRunsRequest()
    ),
    "PipelineRunService/WatchPipelineRun": lambda w: Case(
        pipeline_run_service_pb2.WatchPipelineRunRequest(name=w.pipeline.name)
    ),
}

CASES: Mapping[str, Callable[[World], Case]] = {**ENGINE, **GOVERNANCE, **GATEWAY}
