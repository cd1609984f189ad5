"""A pipeline run from strategy to gate, against an engine and governance on loopback."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2, strategy_pb2
from aurelius.gateway.v1 import (
    pipeline_run_pb2,
    pipeline_run_service_pb2,
    strategy_service_pb2,
)
from aurelius.governance.v1 import lineage_record_pb2
from aurelius_gateway.application.changes import Subscription
from aurelius_gateway.rpc import mapping
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
    TIMEOUT_SECONDS,
    Client,
    Running,
    refusal_of,
    run_request,
)

Run = pipeline_run_pb2.PipelineRun
INTERRUPTED = f"{GATEWAY}/ERROR_REASON_INTERRUPTED"
UNAVAILABLE = f"{GATEWAY}/ERROR_REASON_SERVICE_UNAVAILABLE"


def states(run: Run) -> list[str]:
    return [Run.State.Name(step.state).removeprefix("STATE_") for step in run.steps]


def get(client: Client, name: str) -> Run:
    request = pipeline_run_service_pb2.GetPipelineRunRequest(name=name)
    return client.pipelines.GetPipelineRun(request, **client.kinds)


@pytest.fixture
def researcher(rita: Client) -> Client:
    rita.new_strategy()
    return rita


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
        "KIND_DEV_GATE",
    ]
    assert all(step.end_time.ToNanoseconds() for step in ended.steps)
    assert (ended.run, ended.identity, ended.result_digest) == (RUN, IDENTITY, RESULT_DIGEST)
    assert ended.gate_passed
    assert get(researcher, created.name) == ended


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
    assert governance.called("CreateGateDecision")[0].request_id == f"{pipeline_id}-dev-gate"


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


def test_target_where_nobody_listens_fails_the_step(start: Callable[..., Running]) -> None:
    admin = start(engine="127.0.0.1:1").admin
    admin.new_strategy()

    ended = admin.watch(admin.new_run().name)[-1]

    assert ended.steps[0].failure_reason == UNAVAILABLE
    assert ended.steps[0].detail == "The engine gave UNAVAILABLE."


def test_error_of_the_gateway_itself_ends_the_run_and_frees_its_place(
    start: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    admin = start(pipeline_max_workers=1).admin
    admin.new_strategy()
    with monkeypatch.context() as patch:
        patch.setattr(mapping, "lineage_from_proto", lambda record: record.no_such_field)
        ended = admin.watch(admin.new_run().name)[-1]

    assert states(ended) == ["SUCCEEDED", "FAILED", "SKIPPED"]
    assert ended.steps[1].failure_reason == "aurelius.dev/ERROR_REASON_INTERNAL"
    assert "no_such_field" not in str(ended)
    assert admin.watch(admin.new_run().name)[-1].state == Run.STATE_SUCCEEDED
    logged = capsys.readouterr().out
    assert "pipeline_crashed" in logged
    assert admin.token not in logged


def test_watch_sends_each_change_once_and_in_order(
    researcher: Client, engine: EngineDouble
) -> None:
    held = engine.hold("CreateBacktest")
    created = researcher.new_run()
    engine.arrived["CreateBacktest"].wait(TIMEOUT_SECONDS)
    request = pipeline_run_service_pb2.WatchPipelineRunRequest(name=created.name)
    messages = researcher.pipelines.WatchPipelineRun(request, **researcher.kinds)
    seen = [next(messages).pipeline_run]

    held.set()
    seen += [message.pipeline_run for message in messages]

    assert [states(run) for run in seen] == [
        ["RUNNING", "PENDING", "PENDING"],
        ["RUNNING", "PENDING", "PENDING"],  # the engine took it on
        ["SUCCEEDED", "PENDING", "PENDING"],
        ["SUCCEEDED", "RUNNING", "PENDING"],
        ["SUCCEEDED", "SUCCEEDED", "PENDING"],
        ["SUCCEEDED", "SUCCEEDED", "RUNNING"],
        ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"],
    ]
    assert [run.run for run in seen] == [""] + [RUN] * 6
    times = [run.update_time.ToNanoseconds() for run in seen]
    assert times == sorted(set(times))


def test_watch_of_an_ended_run_sends_it_once(researcher: Client) -> None:
    ended = researcher.watch(researcher.new_run().name)[-1]

    assert researcher.watch(ended.name) == [ended]


def test_watcher_that_goes_away_leaves_nothing_behind(
    researcher: Client, engine: EngineDouble, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, ended = threading.Event(), threading.Event()
    subscribed, iterate = running.gateway.changes.subscribed, Subscription.__iter__

    @contextmanager
    def observed(run_id: str) -> Iterator[Subscription]:
        try:
            with subscribed(run_id) as subscription:
                yield subscription
        finally:
            ended.set()

    def observed_iterate(subscription: Subscription) -> Iterator[Any]:
        waiting.set()
        return iterate(subscription)

    monkeypatch.setattr(running.gateway.changes, "subscribed", observed)
    monkeypatch.setattr(Subscription, "__iter__", observed_iterate)
    engine.hold("CreateBacktest")
    created = researcher.new_run()
    engine.arrived["CreateBacktest"].wait(TIMEOUT_SECONDS)
    request = pipeline_run_service_pb2.WatchPipelineRunRequest(name=created.name)
    messages = researcher.pipelines.WatchPipelineRun(request, **researcher.kinds)
    next(messages)
    assert waiting.wait(TIMEOUT_SECONDS)
    assert not ended.is_set()

    messages.cancel()

    assert ended.wait(TIMEOUT_SECONDS)


def test_creation_returns_before_the_engine_answers(
    researcher: Client, engine: EngineDouble
) -> None:
    held = engine.hold("CreateBacktest")

    created = researcher.new_run()

    assert states(created) == ["PENDING"] * 3
    held.set()
    assert researcher.watch(created.name)[-1].state == Run.STATE_SUCCEEDED


def test_full_pool_refuses_and_takes_more_when_there_is_room(
    start: Callable[..., Running], engine: EngineDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start(pipeline_max_workers=1, pipeline_max_queued=1)
    pool, released = running.gateway.pool, threading.Semaphore(0)
    release = pool._release
    monkeypatch.setattr(pool, "_release", lambda: (release(), released.release()))
    admin = running.admin
    admin.new_strategy()
    held = engine.hold("CreateBacktest")
    first, second = admin.new_run(), admin.new_run()

    refusal = refusal_of(admin.new_run)
    held.set()
    for created in (first, second):
        assert admin.watch(created.name)[-1].state == Run.STATE_SUCCEEDED
        assert released.acquire(timeout=TIMEOUT_SECONDS)
    third = admin.new_run()

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "ERROR_REASON_GATEWAY_BUSY",
    )
    assert refusal.metadata == {"found": "3", "allowed": "2"}
    assert admin.watch(third.name)[-1].state == Run.STATE_SUCCEEDED


def test_refused_creation_gives_its_place_back(start: Callable[..., Running]) -> None:
    admin = start(pipeline_max_workers=1, pipeline_max_queued=0).admin
    admin.new_strategy()

    for _ in range(3):
        refusal_of(lambda: admin.new_run("strategies/none"))
        refusal_of(lambda: admin.new_run(calendar="no calendar"))

    assert admin.watch(admin.new_run().name)[-1].state == Run.STATE_SUCCEEDED


def test_same_request_id_is_one_pipeline_run(researcher: Client, engine: EngineDouble) -> None:
    first = researcher.new_run(request_id="one")
    ended = researcher.watch(first.name)[-1]

    again = researcher.new_run(request_id="one")
    refusal = refusal_of(lambda: researcher.new_run(request_id="one", seed=8))

    assert again == first
    assert ended.name == again.name
    assert len(engine.called("CreateBacktest")) == 1
    assert (refusal.domain, refusal.reason) == (SHARED, "ERROR_REASON_REQUEST_ID_REUSED")


def test_specification_is_checked_once_joined(researcher: Client, engine: EngineDouble) -> None:
    refusal = refusal_of(lambda: researcher.new_run(calendar="not a calendar"))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "ERROR_REASON_INVALID_FIELD",
    )
    assert refusal.metadata["found"] == "not a calendar"
    assert refusal.violations == ("spec.calendar",)
    assert engine.calls == []


def test_assumption_of_a_newer_contract_is_refused_and_not_dropped(researcher: Client) -> None:
    request = run_request()
    request.spec.commission.MergeFromString(b"\x98\x06\x01")  # field 99

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert (refusal.domain, refusal.reason) == (SHARED, "ERROR_REASON_UNKNOWN_FIELD")
    assert refusal.metadata["found"] == "spec.commission, field number 99"


@pytest.mark.parametrize("field", ["direction", "units", "fill_rule"])
def test_enum_value_of_a_newer_contract_is_refused(researcher: Client, field: str) -> None:
    request = run_request()
    setattr(request.spec, field, 99)

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert refusal.violations == (f"spec.{field}",)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0])
def test_cash_that_cannot_be_is_refused(researcher: Client, number: float) -> None:
    request = run_request()
    request.spec.initial_cash = number

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert refusal.violations[0] == "spec.initial_cash"


def test_same_request_sent_at_once_is_one_pipeline_run(
    researcher: Client, engine: EngineDouble
) -> None:
    def send(_: int) -> str:
        try:
            return str(researcher.new_run(request_id="one").name)
        except grpc.RpcError as error:
            return str(error.code().name)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(16)))

    (name,) = answers - {"ABORTED"}
    researcher.watch(name)
    request = pipeline_run_service_pb2.ListPipelineRunsRequest()
    listed = researcher.pipelines.ListPipelineRuns(request, **researcher.kinds)
    assert [run.name for run in listed.pipeline_runs] == [name]
    assert len(engine.called("CreateBacktest")) == 1


def test_specification_from_beyond_all_time_is_refused(researcher: Client) -> None:
    request = run_request()
    request.spec.start_time.seconds = 10**15

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert refusal.violations == ("spec.start_time",)


def test_specification_with_a_strategy_of_its_own_is_refused(researcher: Client) -> None:
    request = run_request()
    request.spec.strategy.buy_and_hold.SetInParent()

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert refusal.reason == "ERROR_REASON_INVALID_FIELD"
    assert "without strategy" in refusal.text


def test_unknown_strategy_and_pipeline_run_are_not_found(researcher: Client) -> None:
    missing = "pipelineRuns/none"
    refusals = [
        refusal_of(lambda: researcher.new_run("strategies/none")),
        refusal_of(lambda: get(researcher, missing)),
        refusal_of(lambda: researcher.watch(missing)),
    ]

    assert {refusal.code for refusal in refusals} == {grpc.StatusCode.NOT_FOUND}
    assert [refusal.reason for refusal in refusals] == [
        "ERROR_REASON_STRATEGY_NOT_FOUND",
        "ERROR_REASON_PIPELINE_RUN_NOT_FOUND",
        "ERROR_REASON_PIPELINE_RUN_NOT_FOUND",
    ]
    assert refusals[1].metadata == {"name": missing}


def test_pipeline_runs_are_listed_newest_first_page_by_page(researcher: Client) -> None:
    names = [researcher.watch(researcher.new_run().name)[-1].name for _ in range(5)]

    def pages(**kinds: Any) -> list[list[str]]:
        found, token = [], ""
        while True:
            answer = researcher.pipelines.ListPipelineRuns(
                pipeline_run_service_pb2.ListPipelineRunsRequest(page_token=token, **kinds),
                **researcher.kinds,
            )
            found.append([run.name for run in answer.pipeline_runs])
            token = answer.next_page_token
            if not token:
                return found

    newest = names[::-1]
    assert pages() == [newest]
    assert pages(page_size=2) == [newest[:2], newest[2:4], newest[4:]]
    assert pages(page_size=5) == [newest]


def test_page_token_of_another_list_is_refused(researcher: Client) -> None:
    for number in range(2):
        researcher.new_strategy(f"s{number}")
        researcher.watch(researcher.new_run().name)
    token = researcher.pipelines.ListPipelineRuns(
        pipeline_run_service_pb2.ListPipelineRunsRequest(page_size=1), **researcher.kinds
    ).next_page_token

    refusal = refusal_of(
        lambda: researcher.strategies.ListStrategies(
            strategy_service_pb2.ListStrategiesRequest(page_token=token), **researcher.kinds
        )
    )

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "ERROR_REASON_PAGE_TOKEN_INVALID",
    )


def test_gateway_that_stops_ends_its_pipelines_as_interrupted(
    start: Callable[..., Running], governance: GovernanceDouble
) -> None:
    first = start(pipeline_max_workers=1)
    admin = first.admin
    admin.new_strategy()
    governance.hold("CreateLineageRecord")
    working, waiting = admin.new_run(), admin.new_run()
    governance.arrived["CreateLineageRecord"].wait(TIMEOUT_SECONDS)

    first.stop()

    assert governance.hung_up.wait(TIMEOUT_SECONDS)
    again = start().admin
    ended = get(again, working.name)
    assert ended.state == Run.STATE_FAILED
    assert states(ended) == ["SUCCEEDED", "FAILED", "SKIPPED"]
    assert ended.steps[1].failure_reason == INTERRUPTED
    assert ended.result_digest == RESULT_DIGEST
    assert states(get(again, waiting.name)) == ["FAILED", "SKIPPED", "SKIPPED"]
