"""An engine in this process, on a free port of loopback, and callers with tokens for it.

    with serving(tmp_path) as engine:
        engine.datasets.ListDatasets(..., metadata=engine.token())

Nothing of the engine is replaced but the issuer of keys, and what a test passes as `parts`.
"""

import dataclasses
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from jwt.algorithms import OKPAlgorithm

from aurelius.engine.v1 import (
    artifact_service_pb2_grpc,
    backtest_pb2,
    backtest_service_pb2,
    backtest_service_pb2_grpc,
    backtest_spec_pb2,
    dataset_pb2,
    dataset_quality_service_pb2_grpc,
    dataset_service_pb2,
    dataset_service_pb2_grpc,
    holdout_service_pb2_grpc,
    market_adapter_service_pb2_grpc,
    market_event_service_pb2_grpc,
    optimization_service_pb2_grpc,
    replay_service_pb2_grpc,
    trial_ledger_service_pb2_grpc,
    validation_service_pb2_grpc,
)
from aurelius_chassis.jwks import Authenticator, KeySource
from aurelius_engine.main import Engine, build
from aurelius_engine.parts import SHIPPED, Parts
from aurelius_engine.settings import Settings

KEY = Ed25519PrivateKey.generate()
KEY_ID = "test-key"
Metadata = Sequence[tuple[str, str]]
ALL_ROLES = ("ROLE_RESEARCHER", "ROLE_PLATFORM", "ROLE_AUDITOR", "ROLE_RISK")
PROVENANCE = {
    "provider": "the test",
    "venue": "US listed equities",
    "calendar": "XNYS",
    "timeZone": "America/New_York",
    "adjustment": "ADJUSTMENT_RAW",
    "dataClass": "DATA_CLASS_REAL",
    "fidelityTier": "FIDELITY_TIER_BARS",
    "latencyClass": "end_of_day",
    "asOfTime": "2020-02-01T00:00:00Z",
    "licence": "MIT",
    "source": "goog.csv",
    "untransformed": True,
}
SPEC = {
    "strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 20}},
    "calendar": "XNYS",
    "initialCash": 1_000_000,
    "commission": {"valueRatio": 0.002},
}


def published_keys() -> bytes:
    """What the issuer of the tokens would answer."""
    key = json.loads(OKPAlgorithm.to_jwk(KEY.public_key()))
    return json.dumps({"keys": [key | {"kid": KEY_ID, "use": "sig", "alg": "EdDSA"}]}).encode()


def token(*roles: str, user: str = "rita") -> Metadata:
    """Metadata with a bearer token that any engine of this module accepts."""
    now = int(time.time())
    claims = {
        "iss": "aurelius",
        "aud": "aurelius",
        "sub": f"users/{user}",
        "roles": list(roles or ALL_ROLES),
        "iat": now,
        "exp": now + 3600,
    }
    signed = jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": KEY_ID})
    return (("authorization", f"Bearer {signed}"),)


def authenticator() -> Authenticator:
    return Authenticator(KeySource(published_keys))


def settings(folder: Path, **changes: Any) -> Settings:
    """Settings of an engine whose database and objects are in a folder."""
    chosen: dict[str, Any] = {
        "listen": "127.0.0.1:0",
        "database_url": f"sqlite:///{folder}/engine.db",
        "objects_url": f"file://{folder}/objects",
        "gateway_target": "127.0.0.1:1",
        "run_workers": 2,
        "run_stop_max_seconds": 60.0,
    }
    return Settings(**(chosen | changes))


class Served:
    """A serving engine, and stubs that call it."""

    def __init__(self, engine: Engine, channel: grpc.Channel):
        self.engine, self.channel = engine, channel
        self.target = f"127.0.0.1:{engine.server.port}"
        self.datasets = dataset_service_pb2_grpc.DatasetServiceStub(channel)
        self.quality = dataset_quality_service_pb2_grpc.DatasetQualityServiceStub(channel)
        self.adapters = market_adapter_service_pb2_grpc.MarketAdapterServiceStub(channel)
        self.events = market_event_service_pb2_grpc.MarketEventServiceStub(channel)
        self.backtests = backtest_service_pb2_grpc.BacktestServiceStub(channel)
        self.artifacts = artifact_service_pb2_grpc.ArtifactServiceStub(channel)
        self.replays = replay_service_pb2_grpc.ReplayServiceStub(channel)
        self.sweeps = optimization_service_pb2_grpc.OptimizationServiceStub(channel)
        self.holdouts = holdout_service_pb2_grpc.HoldoutServiceStub(channel)
        self.trials = trial_ledger_service_pb2_grpc.TrialLedgerServiceStub(channel)
        self.validations = validation_service_pb2_grpc.ValidationServiceStub(channel)

    def upload(
        self,
        data: bytes,
        *,
        dataset_id: str = "goog",
        file_format: int = dataset_service_pb2.FILE_FORMAT_CSV,
        chunk_bytes: int = 1 << 20,
        provenance: Mapping[str, Any] = PROVENANCE,
    ) -> dataset_service_pb2.DatasetUpload:
        """Opens an upload and sends every byte of a file."""
        upload = self.datasets.CreateDatasetUpload(
            upload_request(
                dataset_id=dataset_id,
                file_format=file_format,
                size_bytes=len(data),
                provenance=json_format.ParseDict(dict(provenance), dataset_pb2.Provenance()),
            ),
            metadata=token(),
        )
        for offset in range(0, len(data), chunk_bytes):
            self.append(upload.name, offset, data[offset : offset + chunk_bytes])
        return upload

    def append(self, name: str, offset: int, data: bytes) -> dataset_service_pb2.DatasetUpload:
        request = dataset_service_pb2.AppendDatasetUploadRequest(name=name, offset=offset)
        request.chunk.data = data
        request.chunk.content_type = "application/octet-stream"
        return self.datasets.AppendDatasetUpload(request, metadata=token())

    def commit(self, name: str, **more: Any) -> dataset_pb2.Dataset:
        request = dataset_service_pb2.CommitDatasetUploadRequest(name=name, **more)
        return self.datasets.CommitDatasetUpload(request, metadata=token())

    def register(self, data: bytes, **how: Any) -> dataset_pb2.Dataset:
        """Uploads and commits a file."""
        return self.commit(self.upload(data, **how).name)

    def create(self, *, dataset: str = "datasets/goog", seed: int = 0, **spec: Any) -> Any:
        """Creates the backtest of SPEC, changed."""
        return self.backtests.CreateBacktest(
            create_request(dataset=dataset, seed=seed, **spec), metadata=token()
        )

    def ended(self, name: str) -> backtest_pb2.Backtest:
        """Watches a run to its end and returns it."""
        newest = backtest_pb2.Backtest()
        request = backtest_service_pb2.WatchBacktestRequest(name=name)
        for message in self.backtests.WatchBacktest(request, metadata=token(), timeout=120):
            newest = message.backtest
        return newest

    def list_runs(self, **fields: Any) -> list[backtest_pb2.Backtest]:
        """Lists the runs of one page, newest first."""
        request = backtest_service_pb2.ListBacktestsRequest(**fields)
        return list(self.backtests.ListBacktests(request, metadata=token()).backtests)

    def sealed(self, **how: Any) -> backtest_pb2.Backtest:
        """Creates a run, waits for its end, and returns it sealed."""
        run = self.ended(self.create(**how).name)
        assert run.state == backtest_pb2.Backtest.STATE_SEALED, run.failure
        return run

    def sealed_message(
        self, spec: backtest_spec_pb2.BacktestSpec, *, dataset: str = "datasets/goog"
    ) -> backtest_pb2.Backtest:
        """Runs a specification and returns it sealed."""
        request = backtest_service_pb2.CreateBacktestRequest(spec=spec, dataset=dataset)
        run = self.ended(self.backtests.CreateBacktest(request, metadata=token()).name)
        assert run.state == backtest_pb2.Backtest.STATE_SEALED, run.failure
        return run


def upload_request(**fields: Any) -> dataset_service_pb2.CreateDatasetUploadRequest:
    chosen = {"dataset_id": "goog", "format": dataset_service_pb2.FILE_FORMAT_CSV}
    if "file_format" in fields:
        fields["format"] = fields.pop("file_format")
    request = dataset_service_pb2.CreateDatasetUploadRequest(**(chosen | fields))
    if not request.HasField("provenance"):
        json_format.ParseDict(PROVENANCE, request.provenance)
    return request


def spec_message(**changes: Any) -> backtest_spec_pb2.BacktestSpec:
    return json_format.ParseDict(SPEC | changes, backtest_spec_pb2.BacktestSpec())


def create_request(
    *, dataset: str = "datasets/goog", seed: int = 0, **spec: Any
) -> backtest_service_pb2.CreateBacktestRequest:
    return backtest_service_pb2.CreateBacktestRequest(
        spec=spec_message(**spec), dataset=dataset, seed=seed
    )


def refusal_of(error: grpc.RpcError) -> tuple[str, str, dict[str, str]]:
    """Returns the code, the reason without its prefix, and the facts of a refused call."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None, error
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            reason = str(info.reason).removeprefix("ERROR_REASON_")
            return error.code().name, reason, dict(info.metadata)
    raise AssertionError(f"no ErrorInfo in {status}")


@contextmanager
def serving(folder: Path, *, parts: Parts = SHIPPED, **changes: Any) -> Iterator[Served]:
    """Serves an engine over the stores in `folder` until the block ends."""
    engine = build(settings(folder, **changes), authenticator=authenticator(), parts=parts)
    # No health check watches this server: nothing waits for a drain.
    engine.server._options = dataclasses.replace(engine.server._options, drain_seconds=0.0)
    try:
        engine.server.start()
        with grpc.insecure_channel(f"127.0.0.1:{engine.server.port}") as channel:
            yield Served(engine, channel)
    finally:
        engine.server.stop(grace_seconds=0.0)
        engine.close()
