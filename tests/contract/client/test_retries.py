"""A retry storm does the work once; what may not be repeated is sent once."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import dataset_pb2, holdout_pb2, holdout_service_pb2
from aurelius.gateway.v1 import user_pb2
from aurelius_client import Client, RetryPolicy, TableFormat
from aurelius_client.errors import Conflict, Internal, InvalidInput, ResourceExhausted, Unavailable
from tests.contract.client.conftest import PatientBlocking, surroundings
from tests.contract.client.doubles import UNAVAILABLE, Refuse
from tests.contract.client.engine_double import EngineDouble, trend_spec

Caller = Callable[[Callable[[Any], Any]], Any]


@pytest.fixture
def moving(client: Client, transport: PatientBlocking) -> tuple[Client, list[float]]:
    """A client whose clock its own pauses move, and those pauses."""
    return client, transport.pauses


def test_a_retry_storm_yields_one_run(both: Caller, engine: EngineDouble) -> None:
    engine.lose_answers["CreateBacktest"] = 5

    run = both(lambda client: client.backtests.create(trend_spec(), "datasets/goog", seed=3))

    assert len(engine.requests("CreateBacktest")) == 6
    assert engine.executions == 1
    assert list(engine.runs) == [run.name]


def test_a_retry_storm_yields_one_replay_by_its_request_id(
    both: Caller, engine: EngineDouble
) -> None:
    engine.lose_answers["CreateReplay"] = 4
    run = both(lambda client: client.backtests.create(trend_spec(), "datasets/goog"))

    replay = both(lambda client: client.replays.create(run.identity))

    requests = engine.requests("CreateReplay")
    assert len(requests) == 5
    assert {request.request_id for request in requests} == {requests[0].request_id}
    assert requests[0].request_id.startswith("id-")
    assert [entry.name for entry in engine.replays.values()] == [replay.name]


@pytest.mark.parametrize("given", ["", "mine"])
def test_a_verdict_is_waited_for_with_one_request_id(
    both: Caller, engine: EngineDouble, given: str
) -> None:
    """However long it takes, and through answers that are lost."""
    verdict = holdout_pb2.HoldoutEvaluation
    answers = [verdict.VERDICT_PENDING] * 40 + [verdict.VERDICT_NONE]

    def evaluated(request: Any, _: grpc.ServicerContext) -> Any:
        found = verdict(run=request.run, verdict=answers.pop(0))
        return holdout_service_pb2.EvaluateHoldoutResponse(holdout_evaluation=found)

    engine.handler("EvaluateHoldout", evaluated)
    engine.lose_answers["EvaluateHoldout"] = 3

    answer = both(
        lambda client: client.holdouts.evaluate("holdoutVaults/v", "runs/r", request_id=given)
    )

    requests = engine.requests("EvaluateHoldout")
    assert answer.holdout_evaluation.verdict == verdict.VERDICT_NONE
    assert len(requests) == 41
    assert len({request.request_id for request in requests}) == 1
    assert requests[0].request_id == (given or "id-1")


def test_two_calls_have_two_request_ids(client: Client, engine: EngineDouble) -> None:
    run = client.backtests.create(trend_spec(), "datasets/goog")

    client.replays.create(run.identity)
    client.replays.create(run.identity)

    first, second = engine.requests("CreateReplay")
    assert first.request_id != second.request_id


def test_a_request_id_of_the_caller_is_kept(client: Client, engine: EngineDouble) -> None:
    run = client.backtests.create(trend_spec(), "datasets/goog")

    client.replays.create(run.identity, request_id="mine")

    assert engine.requests("CreateReplay")[0].request_id == "mine"


def test_what_carries_a_secret_is_sent_once(both: Caller, engine: EngineDouble) -> None:
    engine.handler("CreateUser", lambda *_: user_pb2.User(name="users/ann"))
    engine.lose_answers["CreateUser"] = 1

    with pytest.raises(Unavailable):
        both(
            lambda client: client.users.create(
                "ann", [method_policy_pb2.ROLE_RISK], "correct horse battery"
            )
        )

    assert len(engine.requests("CreateUser")) == 1


def test_a_request_in_use_is_sent_again(client: Client, engine: EngineDouble) -> None:
    run = client.backtests.create(trend_spec(), "datasets/goog")
    answers = iter([True, True, False])
    original = engine.handlers["CreateReplay"]

    def busy_twice(request: Any, context: grpc.ServicerContext) -> Any:
        if next(answers):
            raise Refuse(grpc.StatusCode.ABORTED, "ERROR_REASON_REQUEST_ID_IN_USE")
        return original(request, context)

    engine.handler("CreateReplay", busy_twice)

    client.replays.create(run.identity)

    assert len(engine.requests("CreateReplay")) == 3


def test_what_the_edge_let_not_through_is_sent_again(both: Caller, engine: EngineDouble) -> None:
    original = engine.handlers["CreateBacktest"]
    refused: list[bool] = []

    def limited_once(request: Any, context: grpc.ServicerContext) -> Any:
        if not refused:
            refused.append(True)
            raise Refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "ERROR_REASON_RATE_LIMITED")
        return original(request, context)

    engine.handler("CreateBacktest", limited_once)

    both(lambda client: client.backtests.create(trend_spec(), "datasets/goog"))

    assert engine.executions == 1


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "ERROR_REASON_UPLOAD_TOO_LARGE", ResourceExhausted),
        (grpc.StatusCode.ABORTED, "ERROR_REASON_ETAG_MISMATCH", Conflict),
        (grpc.StatusCode.INVALID_ARGUMENT, "ERROR_REASON_INVALID_FIELD", InvalidInput),
    ],
)
def test_a_decision_is_not_asked_for_again(
    client: Client, engine: EngineDouble, code: grpc.StatusCode, reason: str, kind: type[Exception]
) -> None:
    def refuse(*_: object) -> None:
        raise Refuse(code, reason)

    engine.handler("GetDataset", refuse)

    with pytest.raises(kind):
        client.datasets.get("datasets/goog")

    assert len(engine.requests("GetDataset")) == 1


def test_the_attempts_end_and_the_pauses_grow_to_their_cap(
    engine: EngineDouble, transport: PatientBlocking
) -> None:
    def refuse(*_: object) -> None:
        raise UNAVAILABLE

    engine.handler("GetDataset", refuse)
    retries = RetryPolicy(max_attempts=6, initial_seconds=0.1, longest_seconds=0.5)
    client = Client(
        engine.target, transport=transport, retries=retries, surroundings=surroundings(transport)
    )

    with client, pytest.raises(Unavailable):
        client.datasets.get("datasets/goog")

    assert len(engine.requests("GetDataset")) == 6
    assert transport.pauses == pytest.approx([0.075, 0.15, 0.3, 0.375, 0.375])


@pytest.mark.parametrize("rpc", ["GetDataset", "WatchBacktest", "DownloadArtifact"])
def test_a_safe_call_goes_on_until_its_own_time_is_over(
    engine: EngineDouble, moving: tuple[Client, list[float]], rpc: str, tmp_path: Path
) -> None:
    client, pauses = moving
    result = client.backtests.run(trend_spec(), "datasets/goog")
    calls = {
        "GetDataset": lambda: client.datasets.get("datasets/goog"),
        "WatchBacktest": lambda: list(client.backtests.watch(result.run)),
        "DownloadArtifact": lambda: client.artifacts.download(
            f"{result.run}/artifacts/equity", tmp_path / "a.csv", format=TableFormat.CSV
        ),
    }

    def refuse(*_: object) -> None:
        raise UNAVAILABLE

    engine.handler(rpc, refuse)
    engine.calls.clear()

    with pytest.raises(Unavailable):
        calls[rpc]()

    assert 50 < sum(pauses) < 60
    assert max(pauses) <= 5.0
    assert len(engine.requests(rpc)) == len(pauses) + 1


def test_a_call_that_works_late_within_its_time_works(
    engine: EngineDouble, moving: tuple[Client, list[float]]
) -> None:
    client, pauses = moving
    engine.datasets["datasets/goog"] = dataset_pb2.Dataset(name="datasets/goog")
    original = engine.handlers["GetDataset"]

    def refuse_for_a_while(request: Any, context: grpc.ServicerContext) -> Any:
        if sum(pauses) < 45:
            raise UNAVAILABLE
        return original(request, context)

    engine.handler("GetDataset", refuse_for_a_while)

    assert client.datasets.get("datasets/goog").name == "datasets/goog"


@pytest.mark.parametrize(
    ("details", "attempts"),
    [("Received RST_STREAM with error code 2", 3), ("Exception deserializing response!", 1)],
)
def test_a_cut_connection_is_no_answer_of_a_service(
    engine: EngineDouble, moving: tuple[Client, list[float]], details: str, attempts: int
) -> None:
    client, _ = moving
    engine.datasets["datasets/goog"] = dataset_pb2.Dataset(name="datasets/goog")
    original = engine.handlers["GetDataset"]

    def cut_twice(request: Any, context: grpc.ServicerContext) -> Any:
        if len(engine.requests("GetDataset")) < 3:
            context.abort(grpc.StatusCode.INTERNAL, details)
        return original(request, context)

    engine.handler("GetDataset", cut_twice)
    with contextlib.suppress(Internal):
        client.datasets.get("datasets/goog")

    assert len(engine.requests("GetDataset")) == attempts


def test_an_internal_error_of_a_service_is_not_asked_for_again(
    engine: EngineDouble, moving: tuple[Client, list[float]]
) -> None:
    client, pauses = moving

    def fail(*_: object) -> None:
        raise Refuse(grpc.StatusCode.INTERNAL, "ERROR_REASON_INTERNAL", "it said RST_STREAM")

    engine.handler("GetDataset", fail)

    with pytest.raises(Internal):
        client.datasets.get("datasets/goog")

    assert pauses == []


def test_a_cut_connection_is_not_tried_again_with_what_is_not_safe(
    engine: EngineDouble, moving: tuple[Client, list[float]]
) -> None:
    client, _ = moving

    def cut(_: object, context: grpc.ServicerContext) -> None:
        context.abort(grpc.StatusCode.INTERNAL, "Received RST_STREAM with error code 2")

    engine.handler("CreateUser", cut)

    with pytest.raises(Internal):
        client.users.create("ann", [method_policy_pb2.ROLE_RISK], "correct horse battery")

    assert len(engine.requests("CreateUser")) == 1


def test_no_pause_goes_beyond_the_deadline(
    engine: EngineDouble, transport: PatientBlocking
) -> None:
    def refuse(*_: object) -> None:
        raise UNAVAILABLE

    engine.handler("GetDataset", refuse)
    client = Client(
        engine.target,
        transport=transport,
        surroundings=surroundings(transport),
        timeout_seconds=0.1,
    )

    with client, pytest.raises(Unavailable):
        client.datasets.get("datasets/goog")

    assert transport.pauses == pytest.approx([0.075])


def test_no_server_is_unavailable_and_not_an_error_of_grpc(transport: PatientBlocking) -> None:
    with (
        Client("127.0.0.1:1", retries=RetryPolicy(max_attempts=1)) as client,
        pytest.raises(Unavailable) as refusal,
    ):
        client.datasets.get("datasets/goog")

    assert refusal.value.reason == "UNAVAILABLE"
    assert refusal.value.message.startswith("nothing answers at 127.0.0.1:1: ")
