"""An engine's answers, over tables made here and hashed by the engine's own domain."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import pyarrow as pa
from google.api import httpbody_pb2
from pyarrow import csv, parquet

from aurelius.engine.v1 import (
    artifact_service_pb2,
    backtest_pb2,
    backtest_service_pb2,
    backtest_spec_pb2,
    dataset_pb2,
    dataset_service_pb2,
    replay_service_pb2,
)
from aurelius_engine.domain.identity import RunIdentity, result_digest, spec_hash
from aurelius_engine.domain.table_hash import Column, string_column, table_hash
from aurelius_engine.rpc.mapping import identity_to_proto
from aurelius_engine.rpc.resolution import document_of, resolve
from tests.contract.client.doubles import Handler, Refuse, ServerDouble

Backtest = backtest_pb2.Backtest
ROWS = 5000
MESSAGE_BYTES = 4 * 1024
TABLES = {
    "equity": (
        Column(name="step", data=np.arange(ROWS, dtype=np.int64)),
        Column(name="equity", data=np.linspace(1.0, 2.0, ROWS)),
    ),
    "fills": (
        string_column("symbol", ["é", "GOOG", "z", "GOOG"]),
        Column(name="price", data=np.array([1.5, -0.0, 3e300, 2.0])),
    ),
    "flows": (Column(name="amount", data=np.array([0.5, -2.0])),),
    "metrics": (
        string_column("metric_id", ["sharpe_ratio", "profit_factor"]),
        Column(name="value", data=np.array([np.nan, 1.25])),
    ),
    "monthly_returns": (Column(name="return_ratio", data=np.array([np.nan, 0.01])),),
    "orders": (Column(name="order_id", data=np.array([], dtype=np.int64)),),
    "positions": (Column(name="quantity", data=np.array([3.0])),),
    "rolling": (Column(name="value", data=np.array([np.nan])),),
    "trades": (Column(name="profit", data=np.array([], dtype=np.float64)),),
}
DIGESTS = {name: table_hash(columns) for name, columns in TABLES.items()}


def arrow_bytes(columns: tuple[Column, ...]) -> bytes:
    table = pa.table(
        {
            column.name: pa.array(column.texts() if column.values is not None else column.data)
            for column in columns
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1000)
    return bytes(sink.getvalue())


def file_bytes(columns: tuple[Column, ...], file_format: int) -> bytes:
    table = pa.ipc.open_stream(arrow_bytes(columns)).read_all()
    sink = io.BytesIO()
    match artifact_service_pb2.DownloadFormat.Name(file_format):  # type: ignore[arg-type]
        case "DOWNLOAD_FORMAT_PARQUET":
            parquet.write_table(table, sink)
        case "DOWNLOAD_FORMAT_CSV":
            csv.write_csv(table, sink)
        case "DOWNLOAD_FORMAT_JSON":
            rows = [
                {name: None if value != value else value for name, value in row.items()}
                for row in table.to_pylist()
            ]
            sink.write(json.dumps(rows).encode())
        case _:
            return arrow_bytes(columns)
    return sink.getvalue()


class EngineDouble(ServerDouble):
    """Runs once an identity, however often it is asked. `executions` counts."""

    def __init__(self) -> None:
        super().__init__(
            {
                "CreateDatasetUpload": self.create_upload,
                "GetDatasetUpload": self.get_upload,
                "AppendDatasetUpload": self.append,
                "CommitDatasetUpload": self.commit,
                "GetDataset": self.get_dataset,
                "ListDatasets": self.list_datasets,
                "CreateBacktest": self.create_run,
                "GetBacktest": lambda request, _: self.run(request.name),
                "WatchBacktest": self.watch,
                "ReadArtifact": self.read,
                "DownloadArtifact": self.download,
                "CreateReplay": self.create_replay,
            }
        )
        self.uploads: dict[str, tuple[Any, bytearray]] = {}
        self.remembered: dict[str, Any] = {}
        self.datasets: dict[str, dataset_pb2.Dataset] = {}
        self.runs: dict[str, Backtest] = {}
        self.replays: dict[str, replay_service_pb2.Replay] = {}
        self.executions = 0
        self.end_state = Backtest.STATE_SEALED

    def handler(self, name: str, handler: Handler) -> None:
        self.handlers[name] = handler

    def create_upload(self, request: Any, _: grpc.ServicerContext) -> Any:
        if request.request_id and request.request_id in self.remembered:
            return self.remembered[request.request_id]
        name = f"datasetUploads/u{len(self.remembered) + len(self.uploads) + 1}"
        self.uploads[name] = (request, bytearray())
        answer = self.get_upload(dataset_service_pb2.GetDatasetUploadRequest(name=name), _)
        self.remembered[request.request_id] = answer
        return answer

    def get_upload(self, request: Any, _: grpc.ServicerContext) -> Any:
        if request.name not in self.uploads:
            raise Refuse(grpc.StatusCode.NOT_FOUND, "ERROR_REASON_UPLOAD_NOT_FOUND")
        created, content = self.uploads[request.name]
        return dataset_service_pb2.DatasetUpload(
            name=request.name,
            dataset=f"datasets/{created.dataset_id}",
            format=created.format,
            size_bytes=created.size_bytes,
            received_bytes=len(content),
        )

    def append(self, request: Any, _: grpc.ServicerContext) -> Any:
        content, data = self.uploads[request.name][1], request.chunk.data
        stored = content[request.offset : request.offset + len(data)]
        if request.offset > len(content) or (stored and stored != data):
            raise Refuse(
                grpc.StatusCode.ABORTED,
                "ERROR_REASON_UPLOAD_OFFSET_MISMATCH",
                found=request.offset,
                allowed=len(content),
            )
        content[request.offset :] = data
        return self.get_upload(request, _)

    def commit(self, request: Any, _: grpc.ServicerContext) -> Any:
        created, content = self.uploads[request.name]
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        if digest != request.file_digest or len(content) != created.size_bytes:
            raise Refuse(
                grpc.StatusCode.INVALID_ARGUMENT,
                "ERROR_REASON_UPLOAD_DIGEST_MISMATCH",
                found=digest,
                allowed=request.file_digest,
            )
        name = f"datasets/{created.dataset_id}"
        self.datasets[name] = dataset_pb2.Dataset(
            name=name, data_hash=digest, provenance=created.provenance
        )
        return self.datasets[name]

    def get_dataset(self, request: Any, _: grpc.ServicerContext) -> Any:
        if request.name not in self.datasets:
            raise Refuse(
                grpc.StatusCode.NOT_FOUND,
                "ERROR_REASON_DATASET_NOT_FOUND",
                "no such dataset",
                found=request.name,
            )
        return self.datasets[request.name]

    def list_datasets(self, request: Any, _: grpc.ServicerContext) -> Any:
        begin, size = int(request.page_token or 0), request.page_size or 2
        names = sorted(self.datasets)
        end = begin + size
        return dataset_service_pb2.ListDatasetsResponse(
            datasets=[self.datasets[name] for name in names[begin:end]],
            next_page_token=str(end) if end < len(names) else "",
        )

    def create_run(self, request: Any, _: grpc.ServicerContext) -> Backtest:
        resolved = resolve(request.spec)
        identity = RunIdentity(
            spec_hash=spec_hash(document_of(resolved)),
            data_hash="sha256:" + "b" * 64,
            seed=request.seed,
            engine_version="0.1.0+0123456789ab",
        )
        name = f"runs/{identity.run_id}"
        if name not in self.runs:
            self.executions += 1
            self.runs[name] = Backtest(
                name=name,
                identity=identity_to_proto(identity),
                spec=resolved,
                dataset=request.dataset,
                state=Backtest.STATE_RUNNING,
            )
        return self.runs[name]

    def run(self, name: str) -> Backtest:
        if name not in self.runs:
            raise Refuse(grpc.StatusCode.NOT_FOUND, "ERROR_REASON_RUN_NOT_FOUND", found=name)
        run = self.runs[name]
        if run.state == Backtest.STATE_RUNNING:
            run.state = self.end_state
            if run.state == Backtest.STATE_SEALED:
                run.result.CopyFrom(result_of(run))
            else:
                run.failure.reason = "ERROR_REASON_LOOKBACK_TOO_LONG"
                run.failure.message = "needs 30 bars"
        return run

    def watch(self, request: Any, _: grpc.ServicerContext) -> Iterator[Any]:
        running = Backtest()
        running.CopyFrom(self.runs[request.name])
        running.state, running.attempt_count = Backtest.STATE_RUNNING, 1
        running.ClearField("result")
        yield backtest_service_pb2.WatchBacktestResponse(backtest=running)
        yield backtest_service_pb2.WatchBacktestResponse(backtest=self.run(request.name))

    def read(self, request: Any, _: grpc.ServicerContext) -> Iterator[Any]:
        content = arrow_bytes(TABLES[request.name.rsplit("/", 1)[1]])
        for start in range(request.offset, len(content), MESSAGE_BYTES):
            end = min(start + MESSAGE_BYTES, len(content))
            yield artifact_service_pb2.ReadArtifactResponse(
                data=content[start:end], next_offset=end, end_of_artifact=end == len(content)
            )

    def download(self, request: Any, _: grpc.ServicerContext) -> Iterator[Any]:
        content = file_bytes(TABLES[request.name.rsplit("/", 1)[1]], request.format)
        half = len(content) // 2
        for piece in (content[:half], content[half:]):
            yield httpbody_pb2.HttpBody(data=piece)

    def create_replay(self, request: Any, _: grpc.ServicerContext) -> Any:
        if request.request_id not in self.replays:
            self.replays[request.request_id] = replay_service_pb2.Replay(
                name=f"replays/p{len(self.replays)}",
                identity=request.identity,
                state=replay_service_pb2.Replay.STATE_EQUAL,
            )
        return self.replays[request.request_id]


def result_of(run: Backtest) -> backtest_pb2.BacktestResult:
    return backtest_pb2.BacktestResult(
        identity=run.identity,
        run=run.name,
        result_digest=result_digest(DIGESTS),
        artifact_digests=[
            backtest_pb2.ArtifactDigest(artifact_id=name, digest=digest)
            for name, digest in sorted(DIGESTS.items())
        ],
    )


def trend_spec() -> backtest_spec_pb2.BacktestSpec:
    spec = backtest_spec_pb2.BacktestSpec(calendar="XNYS", symbols=["GOOG"])
    spec.strategy.trend_following.fast_bars = 10
    return spec
