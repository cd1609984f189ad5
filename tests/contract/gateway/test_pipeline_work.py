"""Pipelines while they are worked on: watched, waiting for a place, stopped."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from aurelius.gateway.v1 import (
    pipeline_run_pb2,
    pipeline_run_service_pb2,
)
from aurelius_gateway.application.changes import Subscription
from aurelius_gateway.rpc import mapping
from tests.contract.gateway.service_doubles import (
    RESULT_DIGEST,
    RUN,
    EngineDouble,
    GovernanceDouble,
)
from tests.contract.gateway.suite import (
    GATEWAY,
    TIMEOUT_SECONDS,
    Client,
    Running,
    get_run,
    refusal_of,
    states,
)

Run = pipeline_run_pb2.PipelineRun
INTERRUPTED = f"{GATEWAY}/ERROR_REASON_INTERRUPTED"


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
    ended = get_run(again, working.name)
    assert ended.state == Run.STATE_FAILED
    assert states(ended) == ["SUCCEEDED", "FAILED", "SKIPPED"]
    assert ended.steps[1].failure_reason == INTERRUPTED
    assert ended.result_digest == RESULT_DIGEST
    assert states(get_run(again, waiting.name)) == ["FAILED", "SKIPPED", "SKIPPED"]
