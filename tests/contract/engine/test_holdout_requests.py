"""A request spends once however often it is sent, and waits no longer than it may."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aurelius.engine.v1 import holdout_service_pb2 as pb
from aurelius_chassis.sql import Database
from aurelius_engine.adapters.sql_holdouts import SqlHoldoutStore
from aurelius_engine.application import holdouts
from aurelius_engine.parts import Parts
from aurelius_engine.rpc import holdout_servicer
from tests.contract.engine import vaults
from tests.contract.engine.executions import WAIT_SECONDS, Counting
from tests.contract.engine.serving import Served, serving, token
from tests.contract.engine.vaults import (
    VAULT,
    Verdict,
    create_vault,
    evaluate,
    get_vault,
    log_of,
    refused,
    run_of,
)

PASSED, PENDING = Verdict.VERDICT_PASSED, Verdict.VERDICT_PENDING


@pytest.fixture
def execution() -> Counting:
    return Counting()


@pytest.fixture
def held(execution: Counting, tmp_path: Path) -> Iterator[Served]:
    """An engine whose executions wait while `execution.opened` is not set."""
    with serving(tmp_path, parts=Parts(execute=execution)) as engine:
        vaults.registered_both(engine)
        create_vault(engine)
        yield engine
        execution.opened.set()


def ended_without_a_verdict(folder: Path, request_id: str) -> str:
    """Stops an engine inside an evaluation; returns the run."""
    execution = Counting()
    with serving(folder, parts=Parts(execute=execution)) as engine:
        vaults.registered_both(engine)
        create_vault(engine)
        run = run_of(engine)
        execution.wait_begun()
        execution.opened.clear()
        with ThreadPoolExecutor(1) as caller:
            told = caller.submit(evaluate, engine, run, request_id=request_id)
            execution.wait_begun()
            assert [one.verdict for one in log_of(engine)] == [PENDING]
            engine.engine.close()
            told.exception(timeout=WAIT_SECONDS)  # the call ends, whatever it says
        assert execution.stopped.is_set()
    return run


def test_a_request_without_an_id_is_refused(held: Served) -> None:
    request = pb.EvaluateHoldoutRequest(name=VAULT, run=run_of(held))

    code, reason, _ = refused(lambda: held.holdouts.EvaluateHoldout(request, metadata=token()))

    assert (code, reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert log_of(held) == []


def test_a_request_that_is_sent_again_after_a_crash_spends_no_second_unit(tmp_path: Path) -> None:
    run = ended_without_a_verdict(tmp_path, "first")

    with serving(tmp_path) as engine:
        again = [evaluate(engine, run, request_id="first") for _ in range(3)]
        (found,) = log_of(engine)
        assert found.verdict == Verdict.VERDICT_NONE
        for answer in again:
            assert (answer.holdout_evaluation, answer.remaining_count) == (found, 2)

        new = evaluate(engine, run, request_id="second")
        assert (new.holdout_evaluation.verdict, new.remaining_count) == (PASSED, 1)
        # What the first request spent stays what it is told.
        assert evaluate(engine, run, request_id="first").holdout_evaluation == found
        assert evaluate(engine, run, request_id="second") == new


def test_an_id_is_for_one_vault_and_one_run_of_one_caller(held: Served) -> None:
    run, other = run_of(held), run_of(held, 1)
    spent = evaluate(held, run, request_id="mine").holdout_evaluation

    code, reason, facts = refused(lambda: evaluate(held, other, request_id="mine"))
    theirs = evaluate(held, other, request_id="mine", user="eve").holdout_evaluation

    assert (code, reason, facts["found"]) == ("INVALID_ARGUMENT", "REQUEST_ID_REUSED", "mine")
    assert log_of(held) == [spent, theirs]
    assert theirs.creator == "users/eve"


def test_a_call_does_not_wait_past_its_deadline(held: Served, execution: Counting) -> None:
    run = run_of(held)
    execution.opened.clear()

    waiting = evaluate(held, run, request_id="short", timeout=3.0)
    execution.opened.set()
    told = evaluate(held, run, request_id="short")

    assert (waiting.holdout_evaluation.verdict, waiting.remaining_count) == (PENDING, 2)
    assert told.holdout_evaluation.verdict == PASSED
    assert log_of(held) == [told.holdout_evaluation]


def test_a_call_without_a_deadline_does_not_wait_for_long(
    held: Served, execution: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdout_servicer, "WAIT_MAX_SECONDS", 0.01)
    run = run_of(held)
    execution.opened.clear()
    request = pb.EvaluateHoldoutRequest(name=VAULT, run=run, request_id="endless")

    answer = held.holdouts.EvaluateHoldout(request, metadata=token())

    assert answer.holdout_evaluation.verdict == PENDING


def test_those_who_wait_leave_threads_for_others(
    tmp_path: Path, execution: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdouts, "WAITING_MAX_COUNT", 1)
    with serving(tmp_path, parts=Parts(execute=execution)) as engine:
        vaults.registered_both(engine)
        create_vault(engine)
        run = run_of(engine)
        execution.opened.clear()
        with ThreadPoolExecutor(2) as callers:
            calls = [callers.submit(evaluate, engine, run) for _ in range(2)]
            at_once, waiting = wait(calls, WAIT_SECONDS, FIRST_COMPLETED)
            assert [one.result().holdout_evaluation.verdict for one in at_once] == [PENDING]
            execution.opened.set()
            (last,) = waiting
            assert last.result().holdout_evaluation.verdict == PASSED


def test_a_spent_vault_reads_no_bars(tmp_path: Path, held: Served) -> None:
    for seed in range(3):
        evaluate(held, run_of(held, seed))
    more = run_of(held, 3)
    vaults.damage(tmp_path)

    reason = refused(lambda: evaluate(held, more))[1]

    assert (reason, get_vault(held).remaining_count) == ("HOLDOUT_BUDGET_SPENT", 0)


class ForgettingStore(SqlHoldoutStore):
    """The records that ship, which lose the first verdict."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._left = 1

    @contextmanager
    def write(self) -> Iterator[Any]:
        with super().write() as writing:
            judge = writing.judge

            def once(*given: Any) -> None:
                self._left -= 1
                if self._left == 0:
                    raise OSError("the disk is full")
                judge(*given)

            writing.judge = once  # type: ignore[method-assign]
            yield writing


def test_a_verdict_that_could_not_be_written_is_not_pending_for_ever(tmp_path: Path) -> None:
    with serving(tmp_path, parts=Parts(holdouts=ForgettingStore)) as engine:
        vaults.registered_both(engine)
        create_vault(engine)
        run = run_of(engine)

        evaluate(engine, run, request_id="lost")
        told = evaluate(engine, run, request_id="lost")
        again = evaluate(engine, run, request_id="new")

        assert told.holdout_evaluation.verdict == Verdict.VERDICT_NONE
        assert (again.holdout_evaluation.verdict, again.remaining_count) == (PASSED, 1)
