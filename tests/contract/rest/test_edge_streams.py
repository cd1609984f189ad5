"""Streams, deadlines and large bodies through Envoy."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2
from google.rpc import status_pb2

from aurelius.engine.v1 import artifact_service_pb2, backtest_pb2, backtest_service_pb2
from aurelius_client.suite.edge_settings import DEADLINE_SECONDS
from tests.contract.rest import raw_http
from tests.contract.rest.edge import MIB, RUN, WAIT_SECONDS, Edge, Refused

WATCH = f"/v1/{RUN}:watch"
STATES = ["STATE_RUNNING", "STATE_SEALED"]


def _one_message(name: str) -> backtest_service_pb2.WatchBacktestResponse:
    backtest = backtest_pb2.Backtest(name=name, state=backtest_pb2.Backtest.STATE_RUNNING)
    return backtest_service_pb2.WatchBacktestResponse(backtest=backtest)


def test_a_stream_is_lines_of_json_by_default(edge: Edge) -> None:
    response = edge.get(WATCH)

    lines = [json.loads(line) for line in response.text.splitlines()]
    assert response.headers["content-type"] == "application/json"
    assert [line["backtest"]["state"] for line in lines] == STATES


def test_a_stream_is_events_for_who_accepts_those(edge: Edge) -> None:
    headers = edge.bearer() | {"accept": "text/event-stream"}

    response = edge.get(WATCH, headers=headers)

    events = response.text.split("\n\n")
    assert response.headers["content-type"] == "text/event-stream"
    assert events.pop() == ""
    assert all(event.startswith("data: ") for event in events)
    states = [json.loads(event.removeprefix("data: "))["backtest"]["state"] for event in events]
    assert states == STATES


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_stream_that_fails_midway_ends_without_a_terminal_state_and_says_why(
    edge: Edge, accept: str
) -> None:
    def fail(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield _one_message(request.name)
        raise Refused("the second message")

    edge.engine.watch = fail
    with raw_http.connect(edge.port) as connection:
        raw_http.send_get(connection, WATCH, edge.bearer() | {"accept": accept})
        text = raw_http.receive_all(connection)

    head, _, rest = text.partition("\r\n\r\n")
    body, _, trailers = rest.partition("\r\n0\r\n")
    assert head.startswith("HTTP/1.1 200")
    assert "STATE_RUNNING" in body
    assert "STATE_SEALED" not in body
    named = dict(line.split(": ", 1) for line in trailers.strip().splitlines())
    assert named["grpc-status"] == str(grpc.StatusCode.NOT_FOUND.value[0])
    assert named["grpc-message"] == "the second message is refused"
    assert _status(named["grpc-status-details-bin"]).message == "the second message is refused"


def _status(text: str) -> status_pb2.Status:
    return status_pb2.Status.FromString(base64.b64decode(text + "=" * (-len(text) % 4)))


def test_a_stream_that_fails_at_once_is_an_error_of_http(edge: Edge) -> None:
    def fail(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        raise Refused("the first message")
        yield

    edge.engine.watch = fail
    response = edge.get(WATCH)

    assert response.status_code == 404
    assert response.json()["message"] == "the first message is refused"
    assert len(response.headers["x-request-id"]) == 36


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_caller_who_leaves_ends_the_work_of_the_server(edge: Edge, accept: str) -> None:
    ended = threading.Event()

    def forever(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        context.add_callback(ended.set)
        yield _one_message(request.name)
        ended.wait(WAIT_SECONDS)

    edge.engine.watch = forever
    with raw_http.connect(edge.port) as connection:
        raw_http.send_get(connection, WATCH, edge.bearer() | {"accept": accept})
        raw_http.receive_until(connection, b"STATE_RUNNING")
        assert not ended.is_set()

    assert ended.wait(WAIT_SECONDS)


def test_a_deadline_of_the_edge_reaches_the_server_where_the_caller_set_none(edge: Edge) -> None:
    seen: list[float] = []

    def remember(request: Any, context: grpc.ServicerContext) -> Any:
        seen.append(context.time_remaining())
        return backtest_pb2.Backtest(name=request.name)

    edge.engine.get = remember
    metadata = tuple(edge.bearer().items())
    request = backtest_service_pb2.GetBacktestRequest(name=RUN)

    edge.get(f"/v1/{RUN}")
    edge.get(f"/v1/{RUN}", headers=edge.bearer() | {"grpc-timeout": "7S"})
    edge.backtests.GetBacktest(request, metadata=metadata)
    edge.backtests.GetBacktest(request, metadata=metadata, timeout=7)

    for remaining, given in zip(seen, [DEADLINE_SECONDS, 7, DEADLINE_SECONDS, 7], strict=True):
        assert given - 5 < remaining < given + 1


def test_a_deadline_that_passes_is_a_504_with_the_servers_reason(edge: Edge) -> None:
    ended = threading.Event()

    def wait(request: Any, context: grpc.ServicerContext) -> Any:
        context.add_callback(ended.set)
        ended.wait(WAIT_SECONDS)
        return backtest_pb2.Backtest(name=request.name)

    edge.engine.get = wait
    response = edge.get(f"/v1/{RUN}", headers=edge.bearer() | {"grpc-timeout": "200m"})

    assert response.status_code == 504
    assert response.json()["code"] == grpc.StatusCode.DEADLINE_EXCEEDED.value[0]
    assert ended.wait(WAIT_SECONDS)


def test_a_stream_has_no_deadline_of_the_edge(edge: Edge) -> None:
    seen: list[float] = []

    def remember(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        seen.append(context.time_remaining())
        yield _one_message(request.name)

    edge.engine.watch = remember
    edge.get(WATCH)

    assert [remaining > threading.TIMEOUT_MAX for remaining in seen] == [True]


def test_a_file_of_twenty_mebibytes_arrives_whole_over_rest(edge: Edge) -> None:
    pieces = [bytes([index]) * MIB for index in range(20)]

    def download(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        for piece in pieces:
            yield httpbody_pb2.HttpBody(content_type="text/csv", data=piece)

    edge.engine.download = download
    response = edge.get(f"/v1/{RUN}/artifacts/equity:download?format=DOWNLOAD_FORMAT_CSV")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv"
    assert response.content == b"".join(pieces)


def test_messages_of_four_mebibytes_arrive_whole_through_both_doors(edge: Edge) -> None:
    sent = [
        artifact_service_pb2.ReadArtifactResponse(
            data=bytes([index]) * (4 * MIB), next_offset=index
        )
        for index in range(5)
    ]
    edge.engine.read = lambda request, context: iter(sent)
    stub: Any = edge.channel.unary_stream(
        "/aurelius.engine.v1.ArtifactService/ReadArtifact",
        request_serializer=artifact_service_pb2.ReadArtifactRequest.SerializeToString,
        response_deserializer=artifact_service_pb2.ReadArtifactResponse.FromString,
    )
    request = artifact_service_pb2.ReadArtifactRequest(name=f"{RUN}/artifacts/equity")

    lines = edge.get(f"/v1/{RUN}/artifacts/equity:read").text.splitlines()
    messages = list(stub(request, metadata=tuple(edge.bearer().items())))

    assert messages == sent
    assert [len(json.loads(line)["data"]) for line in lines] == [5_592_408] * 5


def test_a_unary_answer_near_the_message_limit_arrives_whole(edge: Edge) -> None:
    creator = "x" * (8 * MIB - 4096)
    edge.engine.get = lambda request, context: backtest_pb2.Backtest(
        name=request.name, creator=creator
    )

    response = edge.get(f"/v1/{RUN}")

    assert response.status_code == 200
    assert response.json()["creator"] == creator


def test_the_request_id_of_a_caller_is_the_one_of_the_answer(edge: Edge) -> None:
    given = edge.get(f"/v1/{RUN}", headers=edge.bearer() | {"x-request-id": "mine-1"})
    refused = edge.get("/v1/runs", headers={"x-request-id": "mine-2"})
    made = edge.get(f"/v1/{RUN}")

    assert given.headers.get_list("x-request-id") == ["mine-1"]
    assert refused.headers.get_list("x-request-id") == ["mine-2"]
    assert len(made.headers["x-request-id"]) == 36


def test_a_caller_cannot_steer_envoy_by_headers(edge: Edge) -> None:
    seen: list[dict[str, Any]] = []

    def remember(request: Any, context: grpc.ServicerContext) -> Any:
        seen.append(dict(context.invocation_metadata()))
        return backtest_pb2.Backtest(name=request.name)

    edge.engine.get = remember
    steering = {
        "x-envoy-internal": "true",
        "x-forwarded-for": "10.1.2.3",
        "x-envoy-max-retries": "9",
    }
    edge.get(f"/v1/{RUN}", headers=edge.bearer() | steering)

    assert "x-envoy-internal" not in seen[0]
    assert "x-envoy-max-retries" not in seen[0]
    # Envoy adds the address that it saw, so that what the caller says is never the last.
    assert re.fullmatch(r"10\.1\.2\.3,[0-9.]+", seen[0]["x-forwarded-for"])
