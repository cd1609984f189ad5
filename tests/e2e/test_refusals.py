"""Bad input, each kind with its own reason, the same through gRPC and REST, nothing half-written.

The suite is the real one behind Envoy. Before and after each refusal the lists of
datasets and runs are compared: a refusal leaves nothing.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
import pytest
from google.api import httpbody_pb2
from google.protobuf import json_format

from aurelius.engine.v1 import (
    backtest_service_pb2,
    backtest_service_pb2_grpc,
    dataset_service_pb2,
    dataset_service_pb2_grpc,
)
from tests.conftest import REPOSITORY
from tests.contract.rest.refusals import Refusal, of_grpc, of_rest
from tests.e2e.live_suite import LiveSuite

HEADER = b"time,symbol,open,high,low,close,volume\n"
BUNDLED = json.loads((REPOSITORY / "data/us_equities_daily.provenance.json").read_text())
PROVENANCE = {name: text for name, text in BUNDLED.items() if name != "transformationSteps"}
PROVENANCE["untransformed"] = True
SPEC = {"strategy": {"trendFollowing": {"fastBars": 3, "slowBars": 8}}, "calendar": "XNYS"}
GIB = 2**30
ENGINE, SHARED = "engine.aurelius.dev", "aurelius.dev"


@dataclass(frozen=True)
class Caller:
    """One caller through both doors."""

    suite: LiveSuite
    http: httpx.Client
    channel: grpc.Channel
    token: str

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    def rest(self, verb: str, path: str, **body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.request(verb, path, headers=headers, **body)

    @property
    def datasets(self) -> dataset_service_pb2_grpc.DatasetServiceStub:
        return dataset_service_pb2_grpc.DatasetServiceStub(self.channel)

    @property
    def runs(self) -> backtest_service_pb2_grpc.BacktestServiceStub:
        return backtest_service_pb2_grpc.BacktestServiceStub(self.channel)


@pytest.fixture(scope="module")
def doors(suite: LiveSuite) -> Iterator[tuple[httpx.Client, grpc.Channel]]:
    with (
        httpx.Client(base_url=suite.url, timeout=60) as http,
        grpc.insecure_channel(suite.target) as channel,
    ):
        yield http, channel


@pytest.fixture(scope="module")
def caller(suite: LiveSuite, doors: tuple[httpx.Client, grpc.Channel]) -> Caller:
    return Caller(suite, *doors, token=suite.user("refused", "ROLE_RESEARCHER"))


@pytest.fixture(scope="module")
def dataset(caller: Caller) -> str:
    """A small good dataset that specifications are refused over."""
    rows = b"".join(
        b"2012-03-%02d,A,%d,%d,%d,%d,100\n" % (day, day, day + 2, day, day + 1)
        for day in range(1, 31)
    )
    upload = caller.rest(
        "POST",
        "/v1/datasetUploads",
        json={
            "datasetId": "refusals",
            "format": "FILE_FORMAT_CSV",
            "sizeBytes": str(len(HEADER + rows)),
            "provenance": PROVENANCE,
        },
    ).json()["name"]
    caller.rest("POST", f"/v1/{upload}:append?offset=0", content=HEADER + rows)
    committed = caller.rest("POST", f"/v1/{upload}:commit", json={})
    assert committed.status_code == 200, committed.text
    name: str = committed.json()["name"]
    return name


@pytest.fixture(autouse=True)
def nothing_half_written(suite: LiveSuite, caller: Caller, dataset: str) -> Iterator[None]:
    def stored() -> tuple[Any, Any, set[str]]:
        objects = {str(path) for path in (suite.home / "objects").rglob("*") if path.is_file()}
        return (
            caller.rest("GET", "/v1/datasets").json(),
            caller.rest("GET", "/v1/runs").json(),
            {path for path in objects if "upload" not in path},
        )

    before = stored()
    yield
    assert stored() == before


def committed_by_grpc(caller: Caller, dataset_id: str, content: bytes) -> Refusal:
    request = dataset_service_pb2.CreateDatasetUploadRequest(
        dataset_id=dataset_id,
        format=dataset_service_pb2.FILE_FORMAT_CSV,
        size_bytes=len(content),
    )
    json_format.ParseDict(PROVENANCE, request.provenance)
    upload = caller.datasets.CreateDatasetUpload(request, metadata=caller.metadata)
    caller.datasets.AppendDatasetUpload(
        dataset_service_pb2.AppendDatasetUploadRequest(
            name=upload.name, chunk=httpbody_pb2.HttpBody(data=content)
        ),
        metadata=caller.metadata,
    )
    with pytest.raises(grpc.RpcError) as refused:
        caller.datasets.CommitDatasetUpload(
            dataset_service_pb2.CommitDatasetUploadRequest(name=upload.name),
            metadata=caller.metadata,
        )
    return of_grpc(refused.value)


def committed_by_rest(caller: Caller, dataset_id: str, content: bytes) -> Refusal:
    body = {
        "datasetId": dataset_id,
        "format": "FILE_FORMAT_CSV",
        "sizeBytes": str(len(content)),
        "provenance": PROVENANCE,
    }
    upload = caller.rest("POST", "/v1/datasetUploads", json=body).json()["name"]
    assert caller.rest("POST", f"/v1/{upload}:append?offset=0", content=content).is_success
    refused = caller.rest("POST", f"/v1/{upload}:commit", json={})
    assert refused.status_code == 400
    return of_rest(refused)


@pytest.mark.parametrize(
    ("rows", "reason", "found", "allowed"),
    [
        (b"2020-01-02,A,1,2,1,1,5\nwhat,is,this\n", "FILE_MALFORMED", "3", "a table in csv"),
        (b"2020-01-02,A,1,2,1,nan,5\n", "PRICE_NOT_FINITE", "nan", "finite numbers"),
        (b"2020-01-02,A,1,0.5,1,1,5\n", "HIGH_BELOW_LOW", "0.5", "at least the low, 1.0"),
        (
            b"2020-01-02,A,1,2,1,1,5\n2020-01-02,A,1,2,1,1,5\n",
            "DUPLICATE_BAR",
            "2020-01-02T00:00:00Z, 1577923200000000000 ns",
            "one row a (time, symbol)",
        ),
    ],
)
def test_a_bad_file_is_refused_alike(
    caller: Caller, rows: bytes, reason: str, found: str, allowed: str
) -> None:
    id_ = reason.lower().replace("_", "-")

    by_grpc = committed_by_grpc(caller, id_, HEADER + rows)
    by_rest = committed_by_rest(caller, id_, HEADER + rows)

    assert by_grpc == by_rest
    assert (by_rest.domain, by_rest.reason) == (ENGINE, reason)
    assert found in by_rest.metadata["found"]
    assert allowed in by_rest.metadata["allowed"]
    assert caller.rest("GET", f"/v1/datasets/{id_}").status_code == 404


@pytest.mark.parametrize(
    ("change", "domain", "reason", "found", "allowed"),
    [
        (
            {"strategy": {"trendFollowing": {"slowBars": 500}}},
            ENGINE,
            "LOOKBACK_TOO_LONG",
            "500",
            "at most 30",
        ),
        (
            {"startTime": "2012-03-20T00:00:00Z", "endTime": "2012-03-10T00:00:00Z"},
            ENGINE,
            "WINDOW_REVERSED",
            "2012-03-10T00:00:00Z",
            "after 2012-03-20T00:00:00Z",
        ),
        (
            {"strategy": {"trendFollowing": {"fastBars": 9, "slowBars": 8}}},
            SHARED,
            "INVALID_FIELD",
            "fast_bars: 9",
            "fast_bars must be below slow_bars",
        ),
        ({"symbols": ["TSLA"]}, ENGINE, "SYMBOL_UNKNOWN", "TSLA", "A"),
        ({"calendar": "XPHS"}, ENGINE, "CALENDAR_MISMATCH", "XPHS", "XNYS"),
    ],
)
def test_a_bad_specification_is_refused_alike(
    caller: Caller,
    dataset: str,
    change: dict[str, Any],
    domain: str,
    reason: str,
    found: str,
    allowed: str,
) -> None:
    body = {"spec": SPEC | change, "dataset": dataset}
    request = json_format.ParseDict(body, backtest_service_pb2.CreateBacktestRequest())

    answer = caller.rest("POST", "/v1/runs", json=body)
    with pytest.raises(grpc.RpcError) as refused:
        caller.runs.CreateBacktest(request, metadata=caller.metadata)

    assert answer.status_code == 400
    assert of_rest(answer) == of_grpc(refused.value)
    refusal = of_rest(answer)
    assert (refusal.domain, refusal.reason) == (domain, reason)
    assert found in refusal.metadata["found"]
    assert allowed in refusal.metadata["allowed"]


@pytest.mark.parametrize(
    ("json_change", "unknown_in", "domain", "reason"),
    [
        ({"colour": "red"}, "spec", SHARED, "UNKNOWN_FIELD"),
        (
            {"strategy": {"trendFollowing": {"fastBars": 3, "slowBars": 8, "speed": 1}}},
            "template",
            ENGINE,
            "UNKNOWN_STRATEGY_PARAMETER",
        ),
    ],
)
def test_an_unknown_field_is_refused_by_name_in_json_and_by_number_in_binary(
    caller: Caller,
    dataset: str,
    json_change: dict[str, Any],
    unknown_in: str,
    domain: str,
    reason: str,
) -> None:
    answer = caller.rest("POST", "/v1/runs", json={"spec": SPEC | json_change, "dataset": dataset})
    request = json_format.ParseDict(
        {"spec": SPEC, "dataset": dataset}, backtest_service_pb2.CreateBacktestRequest()
    )
    inner = request.spec if unknown_in == "spec" else request.spec.strategy.trend_following
    inner.MergeFromString(base64.b64decode("iHoB"))  # field 1953, varint 1
    with pytest.raises(grpc.RpcError) as refused:
        caller.runs.CreateBacktest(request, metadata=caller.metadata)

    by_rest, by_grpc = of_rest(answer), of_grpc(refused.value)
    assert (by_rest.domain, by_rest.reason) == (by_grpc.domain, by_grpc.reason) == (domain, reason)
    assert "colour" in by_rest.metadata["found"] or "speed" in by_rest.metadata["found"]
    assert "1953" in by_grpc.metadata["found"]
    assert by_rest.metadata["allowed"]


def test_an_upload_of_a_gigabyte_is_refused_before_a_byte_is_sent(caller: Caller) -> None:
    body = {
        "datasetId": "too-large",
        "format": "FILE_FORMAT_CSV",
        "sizeBytes": str(GIB),
        "provenance": PROVENANCE,
    }
    request = json_format.ParseDict(body, dataset_service_pb2.CreateDatasetUploadRequest())

    answer = caller.rest("POST", "/v1/datasetUploads", json=body)
    with pytest.raises(grpc.RpcError) as refused:
        caller.datasets.CreateDatasetUpload(request, metadata=caller.metadata)

    assert answer.status_code == 429
    assert of_rest(answer) == of_grpc(refused.value)
    assert of_rest(answer).reason == "UPLOAD_TOO_LARGE"
    assert of_rest(answer).metadata["found"] == str(GIB)
    assert of_rest(answer).metadata["allowed"] == str(GIB // 2)


def test_a_provenance_with_a_missing_field_is_refused_by_its_name(caller: Caller) -> None:
    for field in PROVENANCE:
        stated = {name: value for name, value in PROVENANCE.items() if name != field}
        body = {
            "datasetId": "anonymous",
            "format": "FILE_FORMAT_CSV",
            "sizeBytes": "10",
            "provenance": stated,
        }
        request = json_format.ParseDict(body, dataset_service_pb2.CreateDatasetUploadRequest())

        answer = caller.rest("POST", "/v1/datasetUploads", json=body)
        with pytest.raises(grpc.RpcError) as refused:
            caller.datasets.CreateDatasetUpload(request, metadata=caller.metadata)

        assert of_rest(answer) == of_grpc(refused.value)
        if field == "untransformed":  # then there must be steps, and there are none
            assert of_rest(answer).reason == "PROVENANCE_INVALID"
            assert of_rest(answer).metadata["field"] == "provenance.transformation_steps"
            continue
        assert of_rest(answer).reason == "INVALID_FIELD"
        named = answer.json()["details"][1]["fieldViolations"][0]["field"]
        assert named.replace("_", "").lower() == f"provenance.{field}".lower()


@pytest.mark.parametrize("token", ["", "not.a.token"])
def test_a_wrong_token_is_refused_by_both_doors(
    caller: Caller, doors: tuple[httpx.Client, grpc.Channel], token: str
) -> None:
    stranger = Caller(caller.suite, *doors, token=token)

    answer = stranger.rest("GET", "/v1/runs")
    with pytest.raises(grpc.RpcError) as refused:
        stranger.runs.ListBacktests(
            backtest_service_pb2.ListBacktestsRequest(), metadata=stranger.metadata
        )

    assert answer.status_code == 401
    assert of_rest(answer).reason == "UNAUTHENTICATED"
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_token_of_another_role_is_refused_alike(
    caller: Caller, doors: tuple[httpx.Client, grpc.Channel], dataset: str
) -> None:
    auditor = Caller(caller.suite, *doors, token=caller.suite.user("only-reads", "ROLE_AUDITOR"))
    body = {"spec": SPEC, "dataset": dataset}
    request = json_format.ParseDict(body, backtest_service_pb2.CreateBacktestRequest())

    answer = auditor.rest("POST", "/v1/runs", json=body)
    with pytest.raises(grpc.RpcError) as refused:
        auditor.runs.CreateBacktest(request, metadata=auditor.metadata)

    assert answer.status_code == 403
    assert of_rest(answer) == of_grpc(refused.value)
    assert of_rest(answer).reason == "PERMISSION_DENIED"
    assert of_rest(answer).metadata["found"] == "ROLE_AUDITOR"
    assert of_rest(answer).metadata["allowed"] == "ROLE_PLATFORM, ROLE_RESEARCHER"
