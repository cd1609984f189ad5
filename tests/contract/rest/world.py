"""Resources of every kind in a running suite, which the conformance cases are about."""

import functools
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from google.api import httpbody_pb2
from google.protobuf import json_format

from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_service_pb2,
    backtest_spec_pb2,
    dataset_pb2,
    dataset_service_pb2,
    holdout_service_pb2,
    optimization_service_pb2,
    replay_service_pb2,
    sweep_pb2,
    validation_pb2,
    validation_service_pb2,
)
from aurelius.gateway.v1 import (
    api_key_service_pb2,
    pipeline_run_service_pb2,
    strategy_service_pb2,
)
from aurelius.governance.v1 import (
    gate_decision_service_pb2,
    lineage_record_service_pb2,
    promotion_pb2,
    promotion_service_pb2,
)
from tests.conftest import REPOSITORY
from tests.contract.engine.market_data import TICKS, ticks
from tests.contract.rest.methods import RPCS, Doors
from tests.e2e.live_suite import LiveSuite

ROLES = ("RESEARCHER", "PLATFORM", "PRODUCT", "RISK", "AUDITOR", "APPROVER", "ADMIN")


DATA = REPOSITORY / "data/us_equities_daily.parquet"
# Real prices without an error in their quality report: nothing else is ever promoted.
PROMOTABLE = REPOSITORY / "data/ph_equities_daily.parquet"


def file(path: Path = DATA) -> bytes:
    """Returns a bundled file."""
    return path.read_bytes()


class World:
    """Makes each resource when it is first asked for."""

    def __init__(self, suite: LiveSuite, doors: Doors) -> None:
        self.suite, self.doors = suite, doors

    def token(self, role: str) -> str:
        """Returns a token of a user with one role, such as `RISK`."""
        return self.suite.user(f"the-{role.lower()}", f"ROLE_{role}")

    def call(self, method: str, request: Any, role: str = "RESEARCHER") -> Any:
        """Sends a request by gRPC and returns the last message of the answer."""
        return self.doors.grpc(RPCS[method], request, self.token(role))[-1]

    def upload(self, dataset_id: str, path: Path = DATA) -> Any:
        """Opens an upload; the same id opens the same."""
        request = dataset_service_pb2.CreateDatasetUploadRequest(
            dataset_id=dataset_id,
            format=dataset_service_pb2.FILE_FORMAT_PARQUET,
            size_bytes=len(file(path)),
            request_id=f"upload-{dataset_id}",
        )
        provenance = path.with_suffix(".provenance.json").read_text()
        json_format.Parse(provenance, request.provenance)
        if path == DATA:
            request.provenance.series = "us-equities"
        return self.call("DatasetService/CreateDatasetUpload", request)

    def append(self, upload: Any, path: Path = DATA) -> Any:
        """Returns the request that sends the whole file."""
        return dataset_service_pb2.AppendDatasetUploadRequest(
            name=upload.name, chunk=httpbody_pb2.HttpBody(data=file(path))
        )

    @functools.cached_property
    def dataset(self) -> Any:
        return self._registered("conformance", DATA)

    def _registered(self, dataset_id: str, path: Path) -> Any:
        upload = self.upload(dataset_id, path)
        self.call("DatasetService/AppendDatasetUpload", self.append(upload, path))
        commit = dataset_service_pb2.CommitDatasetUploadRequest(name=upload.name)
        return self.call("DatasetService/CommitDatasetUpload", commit)

    @functools.cached_property
    def ticks(self) -> Any:
        """Returns a dataset of trades and quotes."""
        data = ticks()
        request = dataset_service_pb2.CreateDatasetUploadRequest(
            dataset_id="ticks", format=dataset_service_pb2.FILE_FORMAT_CSV, size_bytes=len(data)
        )
        json_format.ParseDict(TICKS, request.provenance)
        upload = self.call("DatasetService/CreateDatasetUpload", request)
        chunk = dataset_service_pb2.AppendDatasetUploadRequest(
            name=upload.name, chunk=httpbody_pb2.HttpBody(data=data)
        )
        self.call("DatasetService/AppendDatasetUpload", chunk)
        commit = dataset_service_pb2.CommitDatasetUploadRequest(name=upload.name)
        return self.call("DatasetService/CommitDatasetUpload", commit)

    @staticmethod
    def spec() -> backtest_spec_pb2.BacktestSpec:
        spec = backtest_spec_pb2.BacktestSpec(calendar="XNYS", symbols=["GOOG"])
        spec.strategy.trend_following.fast_bars = 3
        spec.strategy.trend_following.slow_bars = 8
        return spec

    def backtest_request(self, seed: int) -> Any:
        return backtest_service_pb2.CreateBacktestRequest(
            spec=self.spec(), dataset=self.dataset.name, seed=seed
        )

    @functools.cache  # noqa: B019  # A world lives as long as the tests.
    def run(self, seed: int = 0) -> Any:
        """Returns a sealed run; each seed has its own."""
        return self._sealed(self.backtest_request(seed))

    @functools.cache  # noqa: B019
    def held(self, seed: int = 0) -> Any:
        """Returns a sealed run that passes the gate; each seed has its own.

        It is the one of the guide to promotions, as every other specification is one more trial;
        of other seeds, as the guide finds nothing decided on its own.
        """
        dataset = self._registered("conformance-promotable", PROMOTABLE)
        spec = backtest_spec_pb2.BacktestSpec(calendar="XPHS")
        spec.strategy.buy_and_hold.SetInParent()
        spec.commission.value_ratio = 0.003
        spec.end_time.FromJsonString("2013-06-01T00:00:00Z")
        request = backtest_service_pb2.CreateBacktestRequest(
            spec=spec, dataset=dataset.name, seed=1000 + seed
        )
        return self._sealed(request)

    def _sealed(self, request: Any) -> Any:
        created = self.call("BacktestService/CreateBacktest", request)
        watch = backtest_service_pb2.WatchBacktestRequest(name=created.name)
        backtest = self.call("BacktestService/WatchBacktest", watch).backtest
        assert backtest.state == backtest_pb2.Backtest.STATE_SEALED, backtest
        return backtest

    def sweep_request(self) -> Any:
        """Asks for the grid of 30 pairs of windows."""
        request = optimization_service_pb2.CreateSweepRequest(dataset=self.dataset.name, seed=7)
        request.spec.base.CopyFrom(self.spec())
        for path, lower, upper, step in (("fastBars", 2, 10, 2), ("slowBars", 20, 70, 10)):
            parameter = request.spec.parameters.add(path=f"strategy.trendFollowing.{path}")
            parameter.int_range.lower, parameter.int_range.upper = lower, upper
            parameter.int_range.step = step
        request.spec.grid.SetInParent()
        request.spec.objective.metric_id = "sharpe_ratio"
        request.spec.objective.direction = sweep_pb2.Objective.DIRECTION_MAXIMIZE
        return request

    @functools.cached_property
    def sweep(self) -> Any:
        created = self.call("OptimizationService/CreateSweep", self.sweep_request())
        watch = optimization_service_pb2.WatchSweepRequest(name=created.name)
        sweep = self.call("OptimizationService/WatchSweep", watch).sweep
        assert sweep.state == sweep_pb2.Sweep.STATE_SUCCEEDED, sweep
        assert sweep.result.trial_count == 30
        return sweep

    def validation_request(self) -> Any:
        """Asks for a bootstrap of 100 resamples."""
        request = validation_service_pb2.CreateValidationRequest(dataset=self.dataset.name, seed=7)
        request.spec.base.CopyFrom(self.spec())
        request.spec.bootstrap.resample_count = 100
        request.spec.bootstrap.mean_block_bars = 20
        return request

    @functools.cached_property
    def validation(self) -> Any:
        created = self.call("ValidationService/CreateValidation", self.validation_request())
        watch = validation_service_pb2.WatchValidationRequest(name=created.name)
        validation = self.call("ValidationService/WatchValidation", watch).validation
        assert validation.state == validation_pb2.Validation.STATE_SUCCEEDED, validation
        assert validation.result.tables
        return validation

    @functools.cached_property
    def replay(self) -> Any:
        request = replay_service_pb2.CreateReplayRequest(
            identity=self.run().identity, request_id="the replay"
        )
        replay = self.call("ReplayService/CreateReplay", request)
        watch = replay_service_pb2.WatchReplayRequest(name=replay.name)
        return self.call("ReplayService/WatchReplay", watch).replay

    @functools.cached_property
    def sealed(self) -> Any:
        """Sealed bars: a walk of the symbol of `spec`, in no open data."""
        request = dataset_service_pb2.CreateDatasetUploadRequest(
            dataset_id="kept", format=dataset_service_pb2.FILE_FORMAT_CSV, request_id="kept"
        )
        provenance = DATA.with_suffix(".provenance.json").read_text()
        json_format.Parse(provenance, request.provenance)
        request.provenance.data_class = dataset_pb2.DATA_CLASS_SEALED
        request.provenance.ClearField("transformation_steps")
        request.provenance.untransformed = True
        rows = ["time,symbol,open,high,low,close,volume"]
        for day in range(60):
            price = 100 + day * 37 % 13
            rows.append(f"{date(2015, 1, 1) + timedelta(day)},GOOG,{','.join([str(price)] * 4)},1")
        data = "\n".join(rows).encode()
        request.size_bytes = len(data)
        upload = self.call("DatasetService/CreateDatasetUpload", request)
        append = dataset_service_pb2.AppendDatasetUploadRequest(
            name=upload.name, chunk=httpbody_pb2.HttpBody(data=data)
        )
        self.call("DatasetService/AppendDatasetUpload", append)
        commit = dataset_service_pb2.CommitDatasetUploadRequest(name=upload.name)
        return self.call("DatasetService/CommitDatasetUpload", commit)

    def vault_request(self) -> Any:
        request = holdout_service_pb2.CreateHoldoutVaultRequest(
            holdout_vault_id="conformance", request_id="the vault"
        )
        request.holdout_vault.dataset = self.sealed.name
        request.holdout_vault.budget_count = 10
        request.holdout_vault.criteria.add(
            metric_id="max_drawdown_ratio", comparison=sweep_pb2.COMPARISON_LESS, bound=0.5
        )
        return request

    @functools.cached_property
    def vault(self) -> Any:
        return self.call("HoldoutService/CreateHoldoutVault", self.vault_request(), "RISK")

    def lineage_request(self, seed: int) -> Any:
        return lineage_record_service_pb2.CreateLineageRecordRequest(
            run=self.held(seed).name, request_id=f"lineage {seed}"
        )

    def gate_request(self, seed: int) -> Any:
        return gate_decision_service_pb2.CreateGateDecisionRequest(
            run=self.held(seed).name, gate="crv", request_id=f"gate {seed}"
        )

    @functools.cache  # noqa: B019
    def lineage(self, seed: int = 0) -> Any:
        return self.call("LineageRecordService/CreateLineageRecord", self.lineage_request(seed))

    @functools.cache  # noqa: B019
    def gate(self, seed: int = 0) -> Any:
        self.lineage(seed)
        return self.call("GateDecisionService/CreateGateDecision", self.gate_request(seed))

    def promotion_request(self, seed: int) -> Any:
        self.gate(seed)
        return promotion_service_pb2.CreatePromotionRequest(
            run=self.held(seed).name,
            target_stage=promotion_pb2.Promotion.STAGE_CANDIDATE,
            justification="the conformance test asks for it",
            request_id=f"promotion {seed}",
        )

    @functools.cache  # noqa: B019
    def promotion(self, seed: int = 0) -> Any:
        return self.call("PromotionService/CreatePromotion", self.promotion_request(seed))

    def strategy_request(self) -> Any:
        request = strategy_service_pb2.CreateStrategyRequest(
            strategy_id="conformance", request_id="the strategy"
        )
        request.strategy.display_name = "Two averages"
        request.strategy.definition.CopyFrom(self.spec().strategy)
        return request

    @functools.cached_property
    def strategy(self) -> Any:
        return self.call("StrategyService/CreateStrategy", self.strategy_request())

    def pipeline_request(self) -> Any:
        spec = self.spec()
        spec.ClearField("strategy")
        return pipeline_run_service_pb2.CreatePipelineRunRequest(
            strategy=self.strategy.name,
            spec=spec,
            dataset=self.dataset.name,
            seed=99,
            request_id="the pipeline",
        )

    @functools.cached_property
    def pipeline(self) -> Any:
        created = self.call("PipelineRunService/CreatePipelineRun", self.pipeline_request())
        watch = pipeline_run_service_pb2.WatchPipelineRunRequest(name=created.name)
        return self.call("PipelineRunService/WatchPipelineRun", watch).pipeline_run

    @functools.cache  # noqa: B019
    def api_key(self, key_id: str) -> Any:
        request = api_key_service_pb2.CreateApiKeyRequest(
            parent="users/me", api_key_id=key_id, roles=[2]
        )
        return self.call("ApiKeyService/CreateApiKey", request)
