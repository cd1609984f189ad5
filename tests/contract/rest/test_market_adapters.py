"""Adapters through REST and gRPC: the same capabilities, the same refusals."""

import json
from typing import Any

from google.protobuf import json_format

from aurelius.engine.v1 import dataset_service_pb2, market_adapter_service_pb2
from tests.conftest import REPOSITORY
from tests.contract.rest.methods import RPCS, Doors, answers_of, documents_of
from tests.contract.rest.world import World

CHART = REPOSITORY / "data/recorded/yahoo_chart_goog_2010.json"


def upload(dataset_id: str, **changes: Any) -> dataset_service_pb2.CreateDatasetUploadRequest:
    known = json.loads(CHART.with_suffix(".provenance.json").read_text())
    request = dataset_service_pb2.CreateDatasetUploadRequest(
        dataset_id=dataset_id,
        format=dataset_service_pb2.FILE_FORMAT_YAHOO_CHART_JSON,
        size_bytes=CHART.stat().st_size,
        request_id=f"upload-{dataset_id}",
    )
    json_format.ParseDict(known | changes, request.provenance)
    return request


def test_capabilities_are_the_same_through_both_doors(world: World, doors: Doors) -> None:
    rpc, token = RPCS["MarketAdapterService/ListMarketAdapters"], world.token("AUDITOR")
    request = market_adapter_service_pb2.ListMarketAdaptersRequest()

    answer = doors.rest(rpc, request, token)

    assert answer.status_code == 200, answer.text
    assert answer.url.path == "/v1/marketAdapters"
    assert answers_of(rpc, answer) == list(documents_of(doors.grpc(rpc, request, token)))
    formats = [adapter["format"] for adapter in answer.json()["marketAdapters"]]
    assert formats[-2:] == ["FILE_FORMAT_ALPACA_BARS_JSON", "FILE_FORMAT_YAHOO_CHART_JSON"]


def test_a_recorded_answer_is_registered_by_rest(world: World, doors: Doors) -> None:
    token = world.token("RESEARCHER")
    opened = doors.rest(RPCS["DatasetService/CreateDatasetUpload"], upload("charted"), token)
    assert opened.status_code == 200, opened.text
    append = dataset_service_pb2.AppendDatasetUploadRequest(name=opened.json()["name"])
    append.chunk.data = CHART.read_bytes()
    sent = doors.rest(RPCS["DatasetService/AppendDatasetUpload"], append, token)
    assert sent.status_code == 200, sent.text

    commit = dataset_service_pb2.CommitDatasetUploadRequest(name=append.name)
    dataset = doors.rest(RPCS["DatasetService/CommitDatasetUpload"], commit, token).json()

    assert dataset["adapter"] == "marketAdapters/yahoo-chart-json@1"
    assert [(flag["flag"], flag["count"]) for flag in dataset["qualityFlags"]] == [
        ("time_labelled_by_session", "252"),
        ("empty_bar_dropped", "1"),
    ]


def test_an_adjustment_that_no_chart_has_is_a_capability_error(world: World, doors: Doors) -> None:
    rpc, token = RPCS["DatasetService/CreateDatasetUpload"], world.token("RESEARCHER")

    refused = doors.rest(rpc, upload("raw", adjustment="ADJUSTMENT_RAW"), token)

    assert refused.status_code == 400
    (info,) = [each for each in refused.json()["details"] if "reason" in each]
    assert info["reason"] == "ERROR_REASON_ADAPTER_CAPABILITY"
    assert (
        info["metadata"].items()
        >= {
            "capability": "adjustment",
            "found": "ADJUSTMENT_RAW",
            "allowed": "ADJUSTMENT_SPLITS",
        }.items()
    )
