"""Every door to the engine: in this process, gRPC, REST and the SDK.

Each door runs the specification by its own means, and the server's doors also fetch
every artifact, so that the digests compared are those of the bytes that came through.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
from google.protobuf import json_format

from aurelius.engine.v1 import (
    artifact_service_pb2,
    artifact_service_pb2_grpc,
    backtest_pb2,
    backtest_service_pb2,
    backtest_service_pb2_grpc,
    backtest_spec_pb2,
)
from aurelius_client.backtests import is_terminal, sealed
from aurelius_client.cli.local import run_file
from aurelius_client.client import Client
from aurelius_client.errors import Unavailable
from aurelius_client.identities import artifact_ids
from aurelius_client.refusals import from_rest, from_rpc
from aurelius_client.stream_ends import ends_in_error
from aurelius_client.table_digests import table_digest
from aurelius_client.table_files import TableFormat, read_file
from aurelius_client.targets import Target, is_loopback
from aurelius_client.transports import channel_options

POLL_SECONDS = 0.1
REST_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What every door is asked."""

    spec: backtest_spec_pb2.BacktestSpec
    data: Path
    provenance: Path | None
    dataset: str
    seed: int
    target: Target
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came through a door: the result, and the digests of the artifacts' bytes."""

    result: backtest_pb2.BacktestResult
    artifacts: Mapping[str, str]


def in_process(question: Question) -> Answer:
    """Runs the engine in this process."""
    result = run_file(question.spec, question.data, question.provenance, question.seed)
    digests = {entry.artifact_id: entry.digest for entry in result.artifact_digests}
    return Answer(result=result, artifacts=digests)


def over_grpc(question: Question) -> Answer:
    """Calls the generated stubs through Envoy.

    Raises:
        AureliusError: A call was refused.
    """
    options = channel_options(question.target)
    address = question.target.address
    metadata = (("authorization", f"Bearer {question.token}"),)
    channel = (
        grpc.secure_channel(address, grpc.ssl_channel_credentials(), options=options)
        if question.target.secure
        else grpc.insecure_channel(address, options=options)
    )
    request = backtest_service_pb2.CreateBacktestRequest(
        spec=question.spec, dataset=question.dataset, seed=question.seed
    )
    with channel:
        runs = backtest_service_pb2_grpc.BacktestServiceStub(channel)
        tables = artifact_service_pb2_grpc.ArtifactServiceStub(channel)
        try:
            run = runs.CreateBacktest(request, metadata=metadata)
            watch = backtest_service_pb2.WatchBacktestRequest(name=run.name)
            for message in runs.WatchBacktest(watch, metadata=metadata):
                run = run if ends_in_error(message) else message.backtest
            result = sealed(run).result
            digests = {}
            for artifact in artifact_ids(result):
                name = f"{result.run}/artifacts/{artifact}"
                read = artifact_service_pb2.ReadArtifactRequest(name=name)
                stream = tables.ReadArtifact(read, metadata=metadata)
                pieces = [message.data for message in stream if not ends_in_error(message)]
                digests[artifact] = _digest(name, b"".join(pieces))
        except grpc.RpcError as error:
            raise from_rpc(error) from None
    return Answer(result=result, artifacts=digests)


def over_rest(question: Question) -> Answer:
    """Sends plain HTTP and JSON through Envoy.

    Raises:
        AureliusError: A request was refused.
    """
    body = json_format.MessageToDict(
        backtest_service_pb2.CreateBacktestRequest(
            spec=question.spec, dataset=question.dataset, seed=question.seed
        )
    )
    run = _run(_rest(question, "POST", "/v1/runs", json.dumps(body).encode()))
    while not is_terminal(run):
        time.sleep(POLL_SECONDS)
        run = _run(_rest(question, "GET", f"/v1/{run.name}"))
    result = sealed(run).result
    digests = {}
    for artifact in artifact_ids(result):
        name = f"{result.run}/artifacts/{artifact}"
        path = f"/v1/{name}:download?format=DOWNLOAD_FORMAT_ARROW"
        digests[artifact] = _digest(name, _rest(question, "GET", path))
    return Answer(result=result, artifacts=digests)


def over_sdk(question: Question) -> Answer:
    """Uses the Python SDK.

    Raises:
        AureliusError: A call was refused.
    """
    with Client(question.target.url, token=question.token, insecure=True) as client:
        result = client.backtests.run(question.spec, question.dataset, seed=question.seed)
        tables = {
            artifact: client.artifacts.read(f"{result.run}/artifacts/{artifact}")
            for artifact in artifact_ids(result)
        }
    return Answer(
        result=result, artifacts={name: table_digest(table) for name, table in tables.items()}
    )


DOORS = {"in-process": in_process, "gRPC": over_grpc, "REST": over_rest, "SDK": over_sdk}


def _digest(name: str, content: bytes) -> str:
    return table_digest(read_file(name, content, TableFormat.ARROW, pa.schema([])))


def _run(content: bytes) -> backtest_pb2.Backtest:
    return json_format.Parse(content, backtest_pb2.Backtest())


def _rest(question: Question, verb: str, path: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(
        question.target.url + path,
        data=body,
        method=verb,
        headers={
            "authorization": f"Bearer {question.token}",
            "content-type": "application/json",
        },
    )
    proxies: list[Any] = [urllib.request.ProxyHandler({})]
    opener = urllib.request.build_opener(*proxies if is_loopback(question.target.host) else [])
    try:
        with opener.open(request, timeout=REST_TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        request_id = error.headers.get("x-request-id", "")
        text = error.read()
        try:
            status = json.loads(text)
        except ValueError:
            status = {"code": 2, "message": f"HTTP {error.code}: {text[:200]!r}"}
        raise from_rest(status, request_id) from None
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            "UNAVAILABLE", f"{question.target.url} does not answer: {error}"
        ) from None
