"""A pipeline run and its revisions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from aurelius_gateway.domain.pipeline import (
    INTERRUPTED,
    PipelineRun,
    PipelineState,
    RunIdentity,
    StepKind,
)

TIME = datetime(2026, 1, 2, tzinfo=UTC)
RUN = PipelineRun(
    id="p1",
    creator="users/rita",
    strategy="strategies/trend",
    dataset="datasets/goog",
    spec={},
    seed=0,
    create_time=TIME,
    update_time=TIME,
)
IDENTITY = RunIdentity(spec_hash="s", data_hash="d", seed=0, engine_version="e")
CHANGES: list[Callable[[PipelineRun, datetime], PipelineRun]] = [
    lambda run, time: run.began(StepKind.BACKTEST, time=time),
    lambda run, time: run.took_on(run="runs/r", identity=IDENTITY, time=time),
    lambda run, time: run.sealed(result_digest="sha256:0", time=time),
    lambda run, time: run.began(StepKind.LINEAGE, time=time),
    lambda run, time: run.recorded(record="lineageRecords/r", detail="ok", time=time),
    lambda run, time: run.began(StepKind.GATE, time=time),
    lambda run, time: run.decided(decision="gateDecisions/g", passed=True, detail="ok", time=time),
]


def after(count: int) -> PipelineRun:
    """Returns the run after so many changes, one a minute."""
    run = RUN
    for number, change in enumerate(CHANGES[:count], start=1):
        run = change(run, TIME + timedelta(minutes=number))
    return run


@pytest.mark.parametrize("count", range(len(CHANGES) + 1))
def test_every_change_is_the_next_revision_at_its_time(count: int) -> None:
    run = after(count)

    assert run.revision == 1 + count
    assert run.update_time == TIME + timedelta(minutes=count)
    assert run.create_time == TIME
    assert run.ended == (count == len(CHANGES))


def test_last_step_ends_the_run_and_every_step_has_its_times() -> None:
    run = after(len(CHANGES))

    assert run.state is PipelineState.SUCCEEDED
    assert run.gate_passed is True
    minutes = [
        ((step.start_time or TIME) - TIME, (step.end_time or TIME) - TIME) for step in run.steps
    ]
    assert minutes == [
        (timedelta(minutes=begin), timedelta(minutes=end))
        for begin, end in ((1, 3), (4, 5), (6, 7))
    ]


# The step that an interruption after so many changes hits: the one being worked on, or the next.
@pytest.mark.parametrize(("count", "hit"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2)])
def test_interruption_fails_one_step_and_skips_the_later_ones(count: int, hit: int) -> None:
    run = after(count).interrupted(time=TIME)

    states = [step.state for step in run.steps]
    assert run.state is PipelineState.FAILED
    assert run.ended
    assert states == (
        [PipelineState.SUCCEEDED] * hit
        + [PipelineState.FAILED]
        + [PipelineState.SKIPPED] * (2 - hit)
    )
    assert [step.failure_reason for step in run.steps][hit] == INTERRUPTED
    assert run.gate_passed is None


def test_each_step_of_each_run_has_a_request_id_of_its_own() -> None:
    ids = {RUN.request_id(kind) for kind in StepKind}

    assert ids == {"p1-backtest", "p1-lineage", "p1-gate"}
