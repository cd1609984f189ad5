"""A pipeline run from strategy to gate, against an engine and governance on loopback."""

from collections.abc import Callable

import grpc
import pytest

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2, strategy_pb2
from aurelius.gateway.v1 import (
    pipeline_run_pb2,
)
from aurelius.governance.v1 import lineage_record_pb2
from tests.contract.gateway.service_doubles import (
    DECISION,
    IDENTITY,
    RECORD,
    RESULT_DIGEST,
    RUN,
    EngineDouble,
    GovernanceDouble,
    fail,
    refuse,
)
from tests.contract.gateway.suite import (
    GATEWAY,
    SHARED,
    Client,
    Running,
    get_run,
    states,
)

Run = pipeline_run_pb2.PipelineRun
UNAVAILABLE = f"{GATEWAY}/ERROR_REASON_SERVICE_UNAVAILABLE"


def test_pipeline_goes_from_strategy_to_gate_decision(researcher: Client) -> None:
    created = researcher.new_run()

    ended = researcher.watch(created.name)[-1]

    assert created.state == Run.STATE_RUNNING
    assert ended.state == Run.STATE_SUCCEEDED
    assert (ended.creator, ended.strategy, ended.dataset, ended.seed) == (
        "users/rita",
        "strategies/trend",
        "datasets/goog",
        7,
    )
    assert states(ended) == ["SUCCEEDED"] * 3
    assert [step.resource for step in ended.steps] == [RUN, RECORD, DECISION]
    assert [pipeline_run_pb2.PipelineStep.Kind.Name(step.kind) for step in ended.steps] == [
        "KIND_BACKTEST",
        "KIND_LINEAGE",
        "KIND_GATE",
    ]
    assert all(step.end_time.ToNanoseconds() for step in ended.steps)
    assert (ended.run, ended.identity, ended.result_digest) == (RUN, IDENTITY, RESULT_DIGEST)
    assert ended.gate_passed
    assert get_run(researcher, created.name) == ended


def test_engine_gets_the_joined_specification(researcher: Client, engine: EngineDouble) -> None:
    run = researcher.watch(researcher.new_run().name)[-1]

    (request,) = engine.called("CreateBacktest")
    trend = strategy_pb2.TrendFollowing(fast_bars=10, slow_bars=20)
    assert request.spec == backtest_spec_pb2.BacktestSpec(
        strategy=strategy_pb2.Strategy(trend_following=trend),
        calendar="XNYS",
        initial_cash=0.1 + 0.2,
    )
    assert (request.dataset, request.seed) == ("datasets/goog", 7)
    assert run.spec == request.spec


def test_the_gate_that_promotes_is_asked_and_told_of_the_search(
    researcher: Client, governance: GovernanceDouble
) -> None:
    searches = [f"validations/v{'a' * 26}", f"validations/v{'b' * 26}"]

    ended = researcher.watch(researcher.new_run(validations=searches).name)[-1]

    (request,) = governance.called("CreateGateDecision")
    assert (request.run, request.gate, list(request.validations)) == (RUN, "crv", searches)
    assert list(get_run(researcher, ended.name).validations) == searches


def test_services_are_called_with_the_callers_token_and_request_id(
    researcher: Client, engine: EngineDouble, governance: GovernanceDouble
) -> None:
    researcher.watch(researcher.new_run().name)

    headers = engine.headers + governance.headers
    assert len(headers) == 4
    assert {header["authorization"] for header in headers} == {f"Bearer {researcher.token}"}
    assert {header["x-request-id"] for header in headers} == {"test-request"}


def test_each_caller_works_with_their_own_token(
    researcher: Client, bob: Client, engine: EngineDouble, governance: GovernanceDouble
) -> None:
    clients = [researcher, bob] * 5

    for client, created in [(client, client.new_run()) for client in clients]:
        client.watch(created.name)

    sent = [header["authorization"] for header in governance.headers]
    assert sent.count(f"Bearer {researcher.token}") == 10
    assert sent.count(f"Bearer {bob.token}") == 10


def test_failed_gate_is_a_decision_and_not_a_failure(
    researcher: Client, governance: GovernanceDouble
) -> None:
    governance.passed = False
    governance.lineage_state = lineage_record_pb2.LineageRecord.STATE_FAILED

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.state == Run.STATE_SUCCEEDED
    assert ended.HasField("gate_passed")
    assert not ended.gate_passed
    assert "STATE_FAILED" in ended.steps[1].detail
    assert "replay_equal" in ended.steps[2].detail


def test_sealed_run_that_exists_is_not_watched(researcher: Client, engine: EngineDouble) -> None:
    engine.created_state = backtest_pb2.Backtest.STATE_SEALED

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.result_digest == RESULT_DIGEST
    assert engine.called("WatchBacktest") == []


REFUSALS = {
    "engine refuses": (
        "engine",
        "CreateBacktest",
        refuse(grpc.StatusCode.NOT_FOUND, "ERROR_REASON_DATASET_NOT_FOUND"),
        0,
        "engine.aurelius.dev/ERROR_REASON_DATASET_NOT_FOUND",
    ),
    "token ended": (
        "engine",
        "CreateBacktest",
        refuse(grpc.StatusCode.UNAUTHENTICATED, "ERROR_REASON_UNAUTHENTICATED", domain=SHARED),
        0,
        "aurelius.dev/ERROR_REASON_UNAUTHENTICATED",
    ),
    "engine breaks": (
        "engine",
        "CreateBacktest",
        fail(grpc.StatusCode.UNKNOWN),
        0,
        UNAVAILABLE,
    ),
    "watch refuses": (
        "engine",
        "WatchBacktest",
        refuse(grpc.StatusCode.PERMISSION_DENIED, "ERROR_REASON_PERMISSION_DENIED", domain=SHARED),
        0,
        "aurelius.dev/ERROR_REASON_PERMISSION_DENIED",
    ),
    "lineage refuses": (
        "governance",
        "CreateLineageRecord",
        refuse(
            grpc.StatusCode.FAILED_PRECONDITION,
            "ERROR_REASON_ENGINE_REFUSED",
            domain="governance.aurelius.dev",
        ),
        1,
        "governance.aurelius.dev/ERROR_REASON_ENGINE_REFUSED",
    ),
    "gate refuses": (
        "governance",
        "CreateGateDecision",
        refuse(
            grpc.StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_GATE_UNKNOWN",
            domain="governance.aurelius.dev",
        ),
        2,
        "governance.aurelius.dev/ERROR_REASON_GATE_UNKNOWN",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_of_a_service_fails_its_step_and_skips_the_rest(
    researcher: Client, engine: EngineDouble, governance: GovernanceDouble, case: str
) -> None:
    service, method, answer, failed, reason = REFUSALS[case]
    double = engine if service == "engine" else governance
    double.next_answers[method] = [answer]

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.state == Run.STATE_FAILED
    assert states(ended) == ["SUCCEEDED"] * failed + ["FAILED"] + ["SKIPPED"] * (2 - failed)
    assert ended.steps[failed].failure_reason == reason
    assert ended.steps[failed].detail
    assert "10.1.2.3" not in str(ended)
    assert not ended.HasField("gate_passed")


def test_run_that_fails_says_why_with_its_identity(
    researcher: Client, engine: EngineDouble
) -> None:
    engine.watch_states = [backtest_pb2.Backtest.STATE_QUARANTINED]
    engine.failure = backtest_pb2.RunFailure(
        reason="ERROR_REASON_ACCOUNTING_BREACH", message="Cash is off."
    )

    ended = researcher.watch(researcher.new_run().name)[-1]

    step = ended.steps[0]
    assert step.failure_reason == "engine.aurelius.dev/ERROR_REASON_ACCOUNTING_BREACH"
    assert step.detail == f"{RUN} ended as STATE_QUARANTINED. Cash is off."
    assert (ended.run, ended.identity, ended.result_digest) == (RUN, IDENTITY, "")


@pytest.mark.parametrize("state", ["STATE_CRASHED", "STATE_CANCELLED", "STATE_FAILED"])
def test_run_that_ends_without_result_or_reason_is_not_sealed(
    researcher: Client, engine: EngineDouble, state: str
) -> None:
    engine.watch_states = [backtest_pb2.Backtest.State.Value(state)]

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.steps[0].failure_reason == f"{GATEWAY}/ERROR_REASON_RUN_NOT_SEALED"
    assert state in ended.steps[0].detail


def test_digest_of_a_run_that_is_not_sealed_is_none(
    researcher: Client, engine: EngineDouble
) -> None:
    engine.watch_states = [backtest_pb2.Backtest.STATE_QUARANTINED]
    engine.digest_without_seal = RESULT_DIGEST

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.state == Run.STATE_FAILED
    assert ended.result_digest == ""


def test_service_that_is_away_for_a_moment_is_asked_again_and_does_nothing_twice(
    researcher: Client, engine: EngineDouble, governance: GovernanceDouble
) -> None:
    busy = refuse(grpc.StatusCode.UNAVAILABLE, "ERROR_REASON_ENGINE_BUSY")
    engine.next_answers["CreateBacktest"] = [busy, busy]
    engine.next_answers["WatchBacktest"] = [
        fail(grpc.StatusCode.UNAVAILABLE),
        refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "ERROR_REASON_TOO_MANY_STREAMS", domain=SHARED),
        lambda context: [backtest_pb2.Backtest.STATE_RUNNING],
    ]
    governance.next_answers["CreateLineageRecord"] = [fail(grpc.StatusCode.UNAVAILABLE)]

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.state == Run.STATE_SUCCEEDED
    assert len(engine.called("CreateBacktest")) == 3
    assert len(engine.called("WatchBacktest")) == 4
    assert len(governance.called("CreateLineageRecord")) == 2
    pipeline_id = ended.name.partition("/")[2]
    assert governance.revisions == [f"{pipeline_id}-lineage"]
    assert governance.called("CreateGateDecision")[0].request_id == f"{pipeline_id}-gate"


def test_service_that_stays_away_fails_the_step(researcher: Client, engine: EngineDouble) -> None:
    engine.next_answers["CreateBacktest"] = [fail(grpc.StatusCode.UNAVAILABLE)] * 5

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.steps[0].failure_reason == UNAVAILABLE
    assert len(engine.called("CreateBacktest")) == 5


def test_stream_that_is_cut_every_time_fails_the_step(
    researcher: Client, engine: EngineDouble
) -> None:
    engine.watch_states = [backtest_pb2.Backtest.STATE_RUNNING]

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.steps[0].failure_reason == UNAVAILABLE
    assert "early" in ended.steps[0].detail


def test_message_that_says_why_a_stream_ends_is_no_state_of_the_run(
    researcher: Client, engine: EngineDouble
) -> None:
    engine.says_error_at_the_end = True

    ended = researcher.watch(researcher.new_run().name)[-1]

    assert ended.state == Run.STATE_SUCCEEDED
    assert len(engine.called("WatchBacktest")) == 1


def test_target_where_nobody_listens_fails_the_step(start: Callable[..., Running]) -> None:
    admin = start(engine="127.0.0.1:1").admin
    admin.new_strategy()

    ended = admin.watch(admin.new_run().name)[-1]

    assert ended.steps[0].failure_reason == UNAVAILABLE
    assert ended.steps[0].detail == "The engine gave UNAVAILABLE."
