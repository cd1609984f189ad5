"""An engine on loopback that serves one run from memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import grpc
import pyarrow as pa
from google.protobuf import json_format
from google.rpc import status_pb2
from grpc_status import rpc_status

from aurelius.engine.v1 import (
    artifact_service_pb2,
    artifact_service_pb2_grpc,
    backtest_pb2,
    backtest_service_pb2,
    backtest_service_pb2_grpc,
    backtest_spec_pb2,
    dataset_pb2,
    dataset_quality_service_pb2_grpc,
    dataset_service_pb2,
    dataset_service_pb2_grpc,
    replay_service_pb2,
    replay_service_pb2_grpc,
    run_identity_pb2,
    trial_ledger_service_pb2_grpc,
    validation_service_pb2_grpc,
)
from aurelius_chassis.errors import status
from aurelius_governance.domain import identity as identities
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.table_hash import Column, ColumnType, table_hash
from tests.contract.governance.quality_double import QualityDouble
from tests.contract.governance.studies_double import StudiesDouble, entry_of

TABLE = pa.table(
    {
        "time": pa.array([1, 2], pa.timestamp("ns", "UTC")),
        "symbol": pa.array(["GOOG", "AAPL"]).dictionary_encode(),
        "value": pa.array([1.5, float("nan")], pa.float64()),
    }
)
DIGEST = table_hash(
    [
        Column(name="time", type=ColumnType.INT64, values=[1, 2]),
        Column(name="symbol", type=ColumnType.STRING, values=["GOOG", "AAPL"]),
        Column(name="value", type=ColumnType.FLOAT64, values=[1.5, float("nan")]),
    ]
)
PARTS = identities.RESULT_PARTS
METRICS = {
    "metric_id": ["final_equity", "win_rate_ratio"],
    "version": [1, 2],
    "unit": ["quote_currency", "ratio"],
    "value": [100000.0, float("nan")],
    "undefined_reason": ["", "UNDEFINED_NO_TRADES"],
}
METRIC_TYPES = {
    "metric_id": ColumnType.STRING,
    "version": ColumnType.INT64,
    "unit": ColumnType.STRING,
    "value": ColumnType.FLOAT64,
    "undefined_reason": ColumnType.STRING,
}
DIGESTS = dict.fromkeys(PARTS, DIGEST) | {
    "metrics": table_hash(
        [Column(name=n, type=METRIC_TYPES[n], values=values) for n, values in METRICS.items()]  # type: ignore[arg-type]
    )
}
RESULT_DIGEST = identities.result_digest(DIGESTS)
ORDER = {
    "type": "ORDER_TYPE_MARKET",
    "timeInForce": "TIME_IN_FORCE_GTC",
    "limitOffsetRatio": 0,
    "stopOffsetRatio": 0,
}
SPEC = json_format.ParseDict(
    {
        "strategy": {"buyAndHold": {}},
        "symbols": ["AAPL", "GOOG"],
        "calendar": "XNYS",
        "barInterval": "BAR_INTERVAL_DAY",
        "initialCash": 100000,
        "direction": "DIRECTION_LONG_FLAT",
        "units": "UNITS_FRACTIONAL",
        "sizing": {"equityFraction": {"ratio": 1}},
        "rebalance": {
            "schedule": "REBALANCE_SCHEDULE_ON_CHANGE",
            "intervalBars": 1,
            "toleranceRatio": 0,
        },
        "orders": {"entry": ORDER, "exit": ORDER},
        "fillSource": "FILL_SOURCE_BARS",
        "fillRule": "FILL_RULE_NEXT_OPEN",
        "intrabarPath": "INTRABAR_PATH_STOPS_FIRST",
        "commission": {"valueRatio": 0, "perUnit": 0, "minimum": 0, "perOrder": 0},
        "slippage": {
            "halfSpreadRatio": 0,
            "fixedRatio": 0,
            "volumeShareRatio": 0,
            "impactCoefficient": 0,
            "impactLookbackBars": 20,
        },
        "financing": {"borrowFeeRatio": 0, "marginInterestRatio": 0, "cashInterestRatio": 0},
        "limits": {"maxGrossRatio": 1, "maintenanceMarginRatio": 0},
        "lotSize": 1,
        "tickSize": 0,
        "benchmarkSymbol": "",
        "warmUpBars": 0,
        "corporateActions": "CORPORATE_ACTIONS_NOT_APPLIED",
        "riskFreeRatio": 0,
        "calendarVersion": "exchange_calendars 4.13.2",
    },
    backtest_spec_pb2.BacktestSpec(),
)
IDENTITY = RunIdentity(
    spec_hash=identities.spec_hash(
        json_format.MessageToDict(SPEC, always_print_fields_with_no_presence=True)
    ),
    data_hash=f"sha256:{'ab' * 32}",
    seed=2**64 - 1,
    engine_version="0.1.0+0123456789ab",
)
RUN = f"runs/{identities.run_id(IDENTITY)}"
# Runs of the same specification and data; `RUN` is the one of the largest seed.
IDENTITIES = {
    f"runs/{identities.run_id(identity)}": identity
    for identity in (IDENTITY, *(replace(IDENTITY, seed=seed) for seed in range(4)))
}
RUNS = tuple(sorted(IDENTITIES))
OTHER_RUN = next(run for run in RUNS if run != RUN)
PROVENANCE = {
    "provider": "p",
    "venue": "v",
    "calendar": "XNYS",
    "timeZone": "America/New_York",
    "adjustment": "ADJUSTMENT_RAW",
    "dataClass": "DATA_CLASS_REAL",
    "fidelityTier": "FIDELITY_TIER_BARS",
    "latencyClass": "end_of_day",
    "asOfTime": "2026-01-01T00:00:00Z",
    "licence": "MIT",
    "source": "s",
    "untransformed": True,
}


def arrow_bytes(table: pa.Table = TABLE) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def contents() -> dict[str, bytes]:
    """Returns the stored bytes of each artifact."""
    return dict.fromkeys(PARTS, arrow_bytes()) | {"metrics": arrow_bytes(pa.table(METRICS))}


def statement(run: str) -> backtest_pb2.BacktestResult:
    """Returns what a run states of its result; it agrees with `contents`."""
    result = backtest_pb2.BacktestResult(
        identity=identity_message(IDENTITIES[run]),
        run=run,
        result_digest=RESULT_DIGEST,
        labels=[
            "corporate_actions_not_applied",
            "volume_ignored",
            "zero_commission",
            "zero_slippage",
        ],
    )
    for part, digest in DIGESTS.items():
        result.artifact_digests.add(artifact_id=part, digest=digest, row_count=2)
    result.metrics.add(metric_id="final_equity", version=1, unit="quote_currency", value=100000)
    result.metrics.add(
        metric_id="win_rate_ratio", version=2, unit="ratio", undefined_reason="UNDEFINED_NO_TRADES"
    )
    return result


class EngineDouble(
    backtest_service_pb2_grpc.BacktestServiceServicer,
    dataset_service_pb2_grpc.DatasetServiceServicer,
    artifact_service_pb2_grpc.ArtifactServiceServicer,
    replay_service_pb2_grpc.ReplayServiceServicer,
):
    """What a test wants the engine to say is in its attributes."""

    def __init__(self) -> None:
        self.state = backtest_pb2.Backtest.STATE_SEALED
        self.contents = contents()
        # Changes what a run says of itself after it was sealed.
        self.edit: Callable[[backtest_pb2.Backtest], object] = lambda backtest: None
        self.complete = True
        self.replay_states = [
            replay_service_pb2.Replay.STATE_RUNNING,
            replay_service_pb2.Replay.STATE_EQUAL,
        ]
        self.replayed_digest = RESULT_DIGEST
        self.provenance = dict(PROVENANCE)
        self.quality = QualityDouble(IDENTITY.data_hash)
        self.studies = StudiesDouble(
            IDENTITY.data_hash,
            IDENTITY.engine_version,
            [entry_of(run, identity, RESULT_DIGEST) for run, identity in IDENTITIES.items()],
        )
        self.spec = SPEC
        self.refusal: tuple[grpc.StatusCode, str] | None = None
        self.tokens: set[str] = set()
        self.traces: set[str] = set()
        self.replay_count = 0
        # Where a stream ends early: after its messages, said as the engine says it.
        self.stream_error: status_pb2.Status | None = None
        # How many streams are refused before the next is served, and how.
        self.streams_taken = 0
        self.stream_refusal = status(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "ERROR_REASON_TOO_MANY_STREAMS",
            "this server has no stream left",
            domain="aurelius.dev",
            facts={},
        )
        self.polled_states: list[replay_service_pb2.Replay.State.ValueType] = []

    def _note(self, context: grpc.ServicerContext) -> None:
        metadata = dict(context.invocation_metadata())
        self.tokens.add(str(metadata.get("authorization", "")))
        self.traces.add(str(metadata.get("traceparent", ""))[3:35])

    def _refuse_stream(self, context: grpc.ServicerContext) -> None:
        if self.streams_taken:
            self.streams_taken -= 1
            context.abort_with_status(rpc_status.to_status(self.stream_refusal))

    def GetBacktest(
        self, request: backtest_service_pb2.GetBacktestRequest, context: grpc.ServicerContext
    ) -> backtest_pb2.Backtest:
        self._note(context)
        if self.refusal is not None:
            context.abort(*self.refusal)
        if request.name not in IDENTITIES:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such run")
        backtest = backtest_pb2.Backtest(
            name=request.name,
            identity=identity_message(IDENTITIES[request.name]),
            spec=self.spec,
            dataset="datasets/goog",
            state=self.state,
            result=statement(request.name),
        )
        self.edit(backtest)
        return backtest

    def GetDataset(
        self, request: dataset_service_pb2.GetDatasetRequest, context: grpc.ServicerContext
    ) -> dataset_pb2.Dataset:
        self._note(context)
        return dataset_pb2.Dataset(
            name=request.name,
            data_hash=IDENTITY.data_hash,
            quality_report_digest=self.quality.digest,
            provenance=json_format.ParseDict(self.provenance, dataset_pb2.Provenance()),
        )

    def ListArtifacts(
        self, request: artifact_service_pb2.ListArtifactsRequest, context: grpc.ServicerContext
    ) -> artifact_service_pb2.ListArtifactsResponse:
        self._note(context)
        part = request.page_token or PARTS[0]
        after = PARTS[PARTS.index(part) + 1 :]
        artifact = artifact_service_pb2.Artifact(
            name=f"{request.parent}/artifacts/{part}", digest=DIGESTS[part]
        )
        return artifact_service_pb2.ListArtifactsResponse(
            artifacts=[artifact], next_page_token=after[0] if after else ""
        )

    def ReadArtifact(
        self, request: artifact_service_pb2.ReadArtifactRequest, context: grpc.ServicerContext
    ) -> Iterator[artifact_service_pb2.ReadArtifactResponse]:
        self._note(context)
        self._refuse_stream(context)
        content = self.contents[request.name.rpartition("/")[2]]
        for at in range(0, len(content), 100):
            end = at + 100 >= len(content)
            yield artifact_service_pb2.ReadArtifactResponse(
                data=content[at : at + 100], end_of_artifact=end and self.complete
            )
        if self.stream_error is not None:
            yield artifact_service_pb2.ReadArtifactResponse(error=self.stream_error)
            context.abort_with_status(rpc_status.to_status(self.stream_error))

    def CreateReplay(
        self, request: replay_service_pb2.CreateReplayRequest, context: grpc.ServicerContext
    ) -> replay_service_pb2.Replay:
        self._note(context)
        self.replay_count += 1
        return replay_service_pb2.Replay(
            name="replays/one", state=replay_service_pb2.Replay.STATE_RUNNING
        )

    def GetReplay(
        self, request: replay_service_pb2.GetReplayRequest, context: grpc.ServicerContext
    ) -> replay_service_pb2.Replay:
        self._note(context)
        states = self.polled_states
        return replay_service_pb2.Replay(
            name=request.name,
            state=states.pop(0) if len(states) > 1 else states[0],
            replayed_result_digest=self.replayed_digest,
        )

    def WatchReplay(
        self, request: replay_service_pb2.WatchReplayRequest, context: grpc.ServicerContext
    ) -> Iterator[replay_service_pb2.WatchReplayResponse]:
        self._note(context)
        self._refuse_stream(context)
        for state in self.replay_states:
            yield replay_service_pb2.WatchReplayResponse(
                replay=replay_service_pb2.Replay(
                    name=request.name, state=state, replayed_result_digest=self.replayed_digest
                )
            )
        if self.stream_error is not None:
            yield replay_service_pb2.WatchReplayResponse(error=self.stream_error)
            context.abort_with_status(rpc_status.to_status(self.stream_error))


def identity_message(identity: RunIdentity) -> run_identity_pb2.RunIdentity:
    return run_identity_pb2.RunIdentity(
        spec_hash=identity.spec_hash,
        data_hash=identity.data_hash,
        seed=identity.seed,
        engine_version=identity.engine_version,
    )


@contextmanager
def serving(double: EngineDouble) -> Iterator[str]:
    """Serves `double` and gives its target."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    backtest_service_pb2_grpc.add_BacktestServiceServicer_to_server(double, server)
    dataset_service_pb2_grpc.add_DatasetServiceServicer_to_server(double, server)
    artifact_service_pb2_grpc.add_ArtifactServiceServicer_to_server(double, server)
    replay_service_pb2_grpc.add_ReplayServiceServicer_to_server(double, server)
    dataset_quality_service_pb2_grpc.add_DatasetQualityServiceServicer_to_server(
        double.quality, server
    )
    validation_service_pb2_grpc.add_ValidationServiceServicer_to_server(double.studies, server)
    trial_ledger_service_pb2_grpc.add_TrialLedgerServiceServicer_to_server(double.studies, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
