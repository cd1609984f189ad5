"""A sweep that goes on says how far it is; one that is stopped leaves nothing behind."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import sweep_pb2
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.errors import AccountingBreach, RunCancelled
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.parts import SHIPPED, Parts
from tests.contract.engine.executions import WAIT_SECONDS
from tests.contract.engine.serving import refusal_of, serving
from tests.contract.engine.sweeping import (
    cancel_sweep,
    create_sweep,
    downloaded,
    get_sweep,
    searched,
    trials,
    watch_sweep,
)

State = sweep_pb2.Sweep
# Not one of those that are computed many at a time.
BY_ITSELF = {"metricIds": ["fill_count"]}


class Holding:
    """The measure that ships; it waits at trial `held`, counted from 0, until let go."""

    def __init__(self, held: int) -> None:
        self.held, self.count = held, 0
        self.begun, self.let_go, self.stopped = (threading.Event() for _ in range(3))
        self._lock = threading.Lock()

    def __call__(
        self,
        document: Mapping[str, Any],
        table: MarketTable,
        calendars: Calendars,
        should_stop: Callable[[], bool],
        **more: Any,
    ) -> Any:
        with self._lock:
            number = self.count
            self.count += 1
        if number == self.held:
            self.begun.set()
            while not self.let_go.wait(0.01):
                if should_stop():
                    self.stopped.set()
                    raise RunCancelled("a caller cancelled the sweep")
        return SHIPPED.measure(document, table, calendars, should_stop, **more)


def _after(watched: Iterator[Any], count: int) -> Any:
    """Returns the first sweep of a watch with so many trials: one ends before it is counted."""
    return next(m.sweep for m in watched if m.sweep.progress.done_count == count)


def test_a_running_sweep_says_how_far_it_is(tmp_path: Path, goog_bytes: bytes) -> None:
    holding = Holding(10)
    with serving(tmp_path, parts=Parts(measure=holding), sweep_workers=1) as engine:
        engine.register(goog_bytes)
        name = create_sweep(engine, **BY_ITSELF).name
        assert holding.begun.wait(WAIT_SECONDS)
        watched = watch_sweep(engine, name)
        now = _after(watched, 10)

        assert now.state == State.STATE_RUNNING
        assert (now.progress.done_count, now.progress.total_count) == (10, 30)
        assert now.progress.best.run.startswith("runs/r")
        assert now.progress.elapsed_seconds > 0
        assert now.progress.eta_seconds == pytest.approx(2 * now.progress.elapsed_seconds)
        assert not now.HasField("result")
        holding.let_go.set()
        *_, last = (message.sweep for message in watched)
        assert last.state == State.STATE_SUCCEEDED
        assert last == get_sweep(engine, name)
        assert last.progress.done_count == 30


def test_a_cancelled_sweep_keeps_no_trial_and_begins_again(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    holding = Holding(10)
    with serving(tmp_path, parts=Parts(measure=holding), sweep_workers=1) as engine:
        engine.register(goog_bytes)
        name = create_sweep(engine, **BY_ITSELF).name
        assert holding.begun.wait(WAIT_SECONDS)
        before = {path for path in (tmp_path / "objects").rglob("*") if path.is_file()}
        _after(watch_sweep(engine, name), 10)

        cancelled = cancel_sweep(engine, name)

        assert cancelled.state == State.STATE_CANCELLED
        assert cancelled.failure.reason == "ERROR_REASON_RUN_CANCELLED"
        assert cancelled.progress.done_count == 10
        assert not cancelled.progress.HasField("best")
        assert holding.stopped.wait(WAIT_SECONDS)
        with pytest.raises(grpc.RpcError) as refused:
            downloaded(engine, cancelled)
        assert refusal_of(refused.value)[:2] == ("FAILED_PRECONDITION", "SWEEP_NOT_SUCCEEDED")
        assert before == {path for path in (tmp_path / "objects").rglob("*") if path.is_file()}
        again = searched(engine, **BY_ITSELF)
        assert (again.name, again.attempt_count) == (name, 2)
        assert len(trials(engine, again)) == 30
        assert cancel_sweep(engine, name) == again, "one that ended stays as it is"


def test_a_trial_whose_accounts_do_not_add_up_is_quarantined(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    calls: list[Mapping[str, Any]] = []

    def breaking(document: Mapping[str, Any], *more: Any, **named: Any) -> Any:
        calls.append(document)
        if document["strategy"]["trendFollowing"] == {"fastBars": 4, "slowBars": 30}:
            raise AccountingBreach("step 7: cash is 1.5, the fills say 2.5", found=1.5)
        return SHIPPED.measure(document, *more, **named)

    with serving(tmp_path, parts=Parts(measure=breaking)) as engine:
        engine.register(goog_bytes)

        sweep = searched(engine, **BY_ITSELF)

        assert (sweep.result.quarantined_count, sweep.result.succeeded_count) == (1, 29)
        broken = [row for row in trials(engine, sweep) if row["state"] == "quarantined"]
        assert [row["reason"] for row in broken] == ["ERROR_REASON_ACCOUNTING_BREACH"]
        assert broken[0]["metrics_digest"] == ""
        assert len(calls) == 30


def test_a_sweep_that_the_engine_fails_says_so_and_begins_again(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    left = [ZeroDivisionError("secret detail")]

    def failing(*arguments: Any, **named: Any) -> Any:
        if left:
            raise left.pop()
        return SHIPPED.measure(*arguments, **named)

    with serving(tmp_path, parts=Parts(measure=failing), sweep_workers=1) as engine:
        engine.register(goog_bytes)
        *_, failed = (
            message.sweep for message in watch_sweep(engine, create_sweep(engine, **BY_ITSELF).name)
        )

        assert failed.state == State.STATE_FAILED
        assert failed.failure.reason == "ERROR_REASON_INTERNAL"
        assert "secret" not in failed.failure.message
        assert searched(engine, **BY_ITSELF).attempt_count == 2


def test_an_engine_that_stops_leaves_its_sweep_crashed(tmp_path: Path, goog_bytes: bytes) -> None:
    holding = Holding(3)
    with serving(tmp_path, parts=Parts(measure=holding), sweep_workers=1) as engine:
        engine.register(goog_bytes)
        name = create_sweep(engine, **BY_ITSELF).name
        assert holding.begun.wait(WAIT_SECONDS)

    with serving(tmp_path) as engine:
        crashed = get_sweep(engine, name)
        assert crashed.state == State.STATE_CRASHED
        assert crashed.failure.reason == "ERROR_REASON_ENGINE_DIED"
        assert searched(engine, **BY_ITSELF).attempt_count == 2


def test_pairs_of_windows_do_not_run_one_by_one(tmp_path: Path, goog_bytes: bytes) -> None:
    holding = Holding(-1)
    with serving(tmp_path, parts=Parts(measure=holding)) as engine:
        engine.register(goog_bytes)

        sweep = searched(engine)

        assert sweep.result.succeeded_count == 30
        assert holding.count == 0
