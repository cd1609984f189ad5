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

from aurelius.engine.v1 import (
    artifact_service_pb2,
    artifact_service_pb2_grpc,
    backtest_pb2,
    backtest_service_pb2,
)
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
def test_a_stream_that_fails_midway_says_why_in_the_body_and_in_the_trailers(
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
    *_, first, last = _objects(body)
    assert first["backtest"]["state"] == "STATE_RUNNING"
    assert list(last) == ["error"]
    assert last["error"]["code"] == grpc.StatusCode.NOT_FOUND.value[0]
    assert last["error"]["message"] == "the second message is refused"
    assert last["error"]["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ERROR_REASON_RUN_NOT_FOUND",
            "domain": "double.aurelius.dev",
            "metadata": {"found": "the second message", "allowed": "another"},
        }
    ]
    named = dict(line.split(": ", 1) for line in trailers.strip().splitlines())
    assert named["grpc-status"] == str(grpc.StatusCode.NOT_FOUND.value[0])
    assert named["grpc-message"] == "the second message is refused"
    assert _status(named["grpc-status-details-bin"]).message == "the second message is refused"


def _objects(body: str) -> list[dict[str, Any]]:
    """Returns the objects of a body in chunks, as lines or as events."""
    lines = [line.strip().removeprefix("data: ") for line in body.splitlines()]
    return [json.loads(line) for line in lines if line.startswith("{")]


def _status(text: str) -> status_pb2.Status:
    return status_pb2.Status.FromString(base64.b64decode(text + "=" * (-len(text) % 4)))


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_sees_no_trailers_learns_the_reason_of_a_bug_too(
    edge: Edge, accept: str
) -> None:
    def read(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield artifact_service_pb2.ReadArtifactResponse(data=b"abc", next_offset=3)
        raise KeyError("a secret")

    edge.engine.read = read
    headers = edge.bearer() | {"accept": accept, "x-request-id": "mine"}
    response = edge.get(f"/v1/{RUN}/artifacts/equity:read", headers=headers)

    first, last = _objects(response.text)
    (detail,) = last["error"]["details"]
    assert response.status_code == 200
    assert (first["data"], first["nextOffset"]) == ("YWJj", "3")
    assert last["endOfArtifact"] is False
    assert last["error"]["code"] == grpc.StatusCode.INTERNAL.value[0]
    assert detail["reason"] == "ERROR_REASON_INTERNAL"
    assert detail["metadata"] == {"request_id": "mine"}
    assert "secret" not in response.text


def test_a_file_that_is_cut_ends_as_if_it_were_whole_over_rest_but_not_over_grpc(
    edge: Edge,
) -> None:
    def download(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield httpbody_pb2.HttpBody(content_type="text/csv", data=b"step\n1\n")
        raise Refused("the second piece")

    edge.engine.download = download
    request = artifact_service_pb2.DownloadArtifactRequest(name=f"{RUN}/artifacts/equity")
    stub: Any = artifact_service_pb2_grpc.ArtifactServiceStub(edge.channel)

    response = edge.get(f"/v1/{RUN}/artifacts/equity:download?format=DOWNLOAD_FORMAT_CSV")
    call = stub.DownloadArtifact(request, metadata=tuple(edge.bearer().items()))
    pieces: list[bytes] = []
    with pytest.raises(grpc.RpcError) as refusal:
        pieces.extend(piece.data for piece in call)

    assert (response.status_code, response.content) == (200, b"step\n1\n")
    assert pieces == [b"step\n1\n"]
    assert refusal.value.code() is grpc.StatusCode.NOT_FOUND


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
        "x-envoy-retry-on": "5xx",
        "x-envoy-hedge-on-per-try-timeout": "true",
        "x-envoy-original-path": "/elsewhere",
        "x-envoy-something-new": "1",
    }
    edge.get(f"/v1/{RUN}", headers=edge.bearer() | steering)

    assert not set(steering) & set(seen[0]) - {"x-forwarded-for", "x-envoy-original-path"}
    assert seen[0].get("x-envoy-original-path") == f"/v1/{RUN}"
    # Envoy adds the address that it saw, so that what the caller says is never the last.
    assert re.fullmatch(r"10\.1\.2\.3,[0-9.]+", seen[0]["x-forwarded-for"])


@pytest.mark.parametrize("timeout", ["upstream-rq-timeout-ms", "upstream-rq-per-try-timeout-ms"])
def test_a_caller_sets_no_timeout_of_envoy(edge: Edge, timeout: str) -> None:
    asked, seen = threading.Event(), []

    def answer_after_that(request: Any, context: grpc.ServicerContext) -> Any:
        seen.append(dict(context.invocation_metadata()))
        asked.wait(0.2)  # Longer than what the caller asks for; nobody sets it.
        return backtest_pb2.Backtest(name=request.name)

    edge.engine.get = answer_after_that
    headers = {f"x-envoy-{timeout}": "1"}

    rest = edge.get(f"/v1/{RUN}", headers=edge.bearer() | headers)
    native = edge.backtests.GetBacktest(
        backtest_service_pb2.GetBacktestRequest(name=RUN),
        metadata=(*edge.bearer().items(), *headers.items()),
    )

    assert rest.status_code == 200
    assert native.name == RUN
    assert not [name for one in seen for name in one if name in headers]
