"""A run is its identity: computed once, the same through every door, refused before it begins."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.message import Message

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from aurelius_engine.adapters.engine_lock import DatabaseOwned
from aurelius_engine.adapters.market_files import FileFormat
from aurelius_engine.adapters.obstore_objects import ObstoreObjects
from aurelius_engine.domain.errors import AccountingBreach, LookbackTooLong
from aurelius_engine.in_process import run_in_process
from aurelius_engine.parts import Parts
from tests.contract.engine.calls import cancel, get, watch
from tests.contract.engine.executions import WAIT_SECONDS, Counting, Failing
from tests.contract.engine.serving import (
    Served,
    refusal_of,
    serving,
    spec_message,
    token,
)

State = backtest_pb2.Backtest
TEMPLATES = [
    {"buyAndHold": {}},
    {"tsMomentum": {}},
    {"trendFollowing": {}},
    {"meanReversion": {}},
    {"breakout": {}},
]


def exact(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: next(iter(template)))
@pytest.mark.parametrize("direction", ["DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"])
def test_a_sealed_result_is_byte_for_byte_that_of_a_run_in_process(
    goog_engine: Served, goog_bytes: bytes, template: dict[str, Any], direction: str
) -> None:
    changes = {"strategy": template, "direction": direction}

    run = goog_engine.sealed(seed=2**64 - 1, **changes)

    want = run_in_process(spec_message(**changes), goog_bytes, FileFormat.CSV, 2**64 - 1)
    assert exact(run.result) == exact(want)
    assert exact(get(goog_engine, run.name).result) == exact(want)
    assert run.name == want.run
    assert run.identity == want.identity


def test_a_run_carries_its_whole_specification(sealed: backtest_pb2.Backtest) -> None:
    document = json_format.MessageToDict(sealed.spec)

    assert document["sizing"] == {"equityFraction": {"ratio": 1.0}}
    assert document["calendarVersion"].startswith("exchange_calendars ")
    rates = {"valueRatio": 0.002, "perUnit": 0.0, "minimum": 0.0, "perOrder": 0.0}
    assert document["commission"] == rates
    assert (sealed.creator, sealed.dataset) == ("users/rita", "datasets/goog")
    assert sealed.attempt_count == 1
    assert not sealed.HasField("failure")
    assert sealed.update_time.ToNanoseconds() >= sealed.create_time.ToNanoseconds()


def test_one_identity_submitted_a_hundred_times_at_once_is_executed_once(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    execution = Counting(opened=False)
    with serving(tmp_path, parts=Parts(execute=execution)) as engine:
        engine.register(goog_bytes)
        together = threading.Barrier(100)

        def submit(_: int) -> backtest_pb2.Backtest:
            together.wait(WAIT_SECONDS)
            return engine.create()

        with ThreadPoolExecutor(100) as callers:
            runs = list(callers.map(submit, range(100)))
        execution.opened.set()
        done = engine.ended(runs[0].name)
        later = engine.create()

        assert len({run.name for run in runs}) == 1
        assert done.state == later.state == State.STATE_SEALED
        assert later == done
        assert execution.count == 1
        assert done.attempt_count == 1


def test_broken_accounts_are_quarantined_with_the_numbers_and_stay_so(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    breach = AccountingBreach("step 7: cash is 1.5, the fills say 2.5", found=1.5, allowed=2.5)
    with serving(tmp_path, parts=Parts(execute=Failing(breach, times=1))) as engine:
        engine.register(goog_bytes)

        run = engine.ended(engine.create().name)

        assert run.state == State.STATE_QUARANTINED
        assert run.failure.reason == "ERROR_REASON_ACCOUNTING_BREACH"
        assert run.failure.message == "step 7: cash is 1.5, the fills say 2.5"
        assert not run.HasField("result")
        assert engine.create() == run, "a quarantined run is not computed again"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LookbackTooLong("needs 5 bars", found=5, allowed=4), "ERROR_REASON_LOOKBACK_TOO_LONG"),
        (ZeroDivisionError("secret detail"), "ERROR_REASON_INTERNAL"),
        (MemoryError(), "ERROR_REASON_INTERNAL"),
    ],
)
def test_a_run_that_failed_says_why_and_starts_again_when_submitted_again(
    tmp_path: Path, goog_bytes: bytes, error: Exception, reason: str
) -> None:
    with serving(tmp_path, parts=Parts(execute=Failing(error, times=1))) as engine:
        engine.register(goog_bytes)

        failed = engine.ended(engine.create().name)
        again = engine.ended(engine.create().name)

        assert (failed.state, failed.failure.reason) == (State.STATE_FAILED, reason)
        assert "secret" not in failed.failure.message
        assert (again.state, again.attempt_count) == (State.STATE_SEALED, 2)
        assert again.name == failed.name
        assert not again.HasField("failure")


def test_a_running_run_is_cancelled_at_once_and_its_execution_stops(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    execution = Counting(opened=False)
    with serving(tmp_path, parts=Parts(execute=execution)) as engine:
        engine.register(goog_bytes)
        name = engine.create().name
        execution.wait_begun()
        watched = watch(engine, name)
        assert next(watched).backtest.state == State.STATE_RUNNING

        cancelled = cancel(engine, name)

        assert cancelled.state == State.STATE_CANCELLED
        assert cancelled.failure.reason == "ERROR_REASON_RUN_CANCELLED"
        assert [message.backtest.state for message in watched] == [State.STATE_CANCELLED]
        assert execution.stopped.wait(WAIT_SECONDS)
        execution.opened.set()
        again = engine.ended(engine.create().name)
        assert (again.state, again.attempt_count) == (State.STATE_SEALED, 2)
        assert cancel(engine, name) == again, "one that ended stays as it is"


def test_a_waiting_run_is_cancelled_before_it_begins(tmp_path: Path, goog_bytes: bytes) -> None:
    execution = Counting(opened=False)
    with serving(tmp_path, parts=Parts(execute=execution), run_workers=1) as engine:
        engine.register(goog_bytes)
        first = engine.create(seed=1).name
        execution.wait_begun()
        waiting = engine.create(seed=2).name

        cancel(engine, waiting)
        execution.opened.set()

        assert engine.ended(first).state == State.STATE_SEALED
        assert engine.ended(engine.create(seed=3).name).state == State.STATE_SEALED
        assert get(engine, waiting).state == State.STATE_CANCELLED
        assert execution.count == 2


def test_a_full_queue_refuses_and_accepts_nothing(tmp_path: Path, goog_bytes: bytes) -> None:
    execution = Counting(opened=False)
    with serving(
        tmp_path, parts=Parts(execute=execution), run_workers=1, run_queue_max_count=1
    ) as engine:
        engine.register(goog_bytes)
        engine.create(seed=1)
        execution.wait_begun()
        waiting = engine.create(seed=2)

        with pytest.raises(grpc.RpcError) as refused:
            engine.create(seed=3)

        code, reason, facts = refusal_of(refused.value)
        assert (code, reason) == ("UNAVAILABLE", "ENGINE_BUSY")
        assert facts == {"found": "1", "allowed": "below 1"}
        assert engine.create(seed=2).name == waiting.name, "what was accepted needs no place"
        listed = engine.backtests.ListBacktests(
            backtest_service_pb2.ListBacktestsRequest(), metadata=token()
        )
        assert len(listed.backtests) == 2
        execution.opened.set()
        assert engine.ended(waiting.name).state == State.STATE_SEALED
        assert engine.ended(engine.create(seed=3).name).state == State.STATE_SEALED


def test_a_watch_sends_the_state_now_and_the_last_one(tmp_path: Path, goog_bytes: bytes) -> None:
    execution = Counting(opened=False)
    with serving(tmp_path, parts=Parts(execute=execution)) as engine:
        engine.register(goog_bytes)
        name = engine.create().name
        watched = watch(engine, name)
        states = [next(watched).backtest.state]

        execution.opened.set()
        states += [message.backtest.state for message in watched]

        assert states == [State.STATE_RUNNING, State.STATE_SEALED]
        after = [message.backtest for message in watch(engine, name)]
        assert after == [get(engine, name)]


def test_a_watch_ends_on_the_server_when_its_client_is_gone(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    execution = Counting(opened=False)
    with serving(tmp_path, parts=Parts(execute=execution)) as engine:
        engine.register(goog_bytes)
        name = engine.create().name
        announcements = engine.engine.announcements
        watched = watch(engine, name)
        next(watched)
        assert announcements.await_waiting(1, timeout_seconds=WAIT_SECONDS)

        watched.cancel()

        assert announcements.await_waiting(0, timeout_seconds=WAIT_SECONDS)
        execution.opened.set()


class HoldingObjects(ObstoreObjects):
    """The store that ships; the first table of a result waits until it is let go."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.begun, self.let_go = threading.Event(), threading.Event()
        self.holds = False

    def put(self, data: bytes) -> str:
        if self.holds:
            self.begun.set()
            assert self.let_go.wait(WAIT_SECONDS)
        return super().put(data)


def test_a_run_that_is_cancelled_while_it_is_stored_is_not_sealed(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    objects = HoldingObjects(f"file://{tmp_path}/objects")
    with serving(tmp_path, parts=Parts(objects=lambda _: objects), run_workers=1) as engine:
        engine.register(goog_bytes)
        objects.holds = True
        name = engine.create(seed=1).name
        assert objects.begun.wait(WAIT_SECONDS)

        cancelled = cancel(engine, name)
        objects.let_go.set()
        assert engine.sealed(seed=2).attempt_count == 1  # the only worker is through with seed 1

        assert get(engine, name) == cancelled
        assert engine.sealed(seed=1).attempt_count == 2


def test_runs_are_listed_newest_first_page_by_page_and_by_dataset(
    goog_engine: Served, goog_bytes: bytes
) -> None:
    goog_engine.register(goog_bytes, dataset_id="other")
    names = [goog_engine.sealed(seed=seed).name for seed in range(3)]
    names.append(goog_engine.sealed(dataset="datasets/other", seed=3).name)

    def pages(dataset: str) -> list[str]:
        found, after = [], ""
        while True:
            page = goog_engine.backtests.ListBacktests(
                backtest_service_pb2.ListBacktestsRequest(
                    page_size=2, page_token=after, dataset=dataset
                ),
                metadata=token(),
            )
            found += [run.name for run in page.backtests]
            after = page.next_page_token
            if not after:
                return found

    assert pages("") == names[::-1]
    assert pages("datasets/goog") == names[2::-1]
    assert pages("datasets/other") == names[3:]


def test_a_page_token_of_another_request_is_refused(goog_engine: Served) -> None:
    for seed in range(2):
        goog_engine.create(seed=seed)
    page = goog_engine.backtests.ListBacktests(
        backtest_service_pb2.ListBacktestsRequest(page_size=1), metadata=token()
    )

    with pytest.raises(grpc.RpcError) as refused:
        goog_engine.backtests.ListBacktests(
            backtest_service_pb2.ListBacktestsRequest(
                page_token=page.next_page_token, dataset="datasets/goog"
            ),
            metadata=token(),
        )

    assert refusal_of(refused.value)[:2] == ("INVALID_ARGUMENT", "PAGE_TOKEN_INVALID")


def test_a_second_engine_on_the_same_database_is_refused(engine: Served, tmp_path: Path) -> None:
    with pytest.raises(DatabaseOwned, match="owned by another engine process"), serving(tmp_path):
        pass


def test_an_engine_that_stops_leaves_its_runs_crashed(tmp_path: Path, goog_bytes: bytes) -> None:
    execution = Counting(opened=False)
    with serving(tmp_path, parts=Parts(execute=execution), run_workers=1) as engine:
        engine.register(goog_bytes)
        names = [engine.create(seed=seed).name for seed in range(2)]
        execution.wait_begun()

    with serving(tmp_path) as engine:
        for seed, name in enumerate(names):
            crashed = get(engine, name)
            assert crashed.state == State.STATE_CRASHED
            assert crashed.failure.reason == "ERROR_REASON_ENGINE_DIED"
            assert engine.sealed(seed=seed).attempt_count == 2
