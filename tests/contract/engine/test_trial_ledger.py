"""The log of trials over gRPC: what it counts, what nobody can lower, what it proves."""

import base64
import hashlib
import statistics

import grpc
import pytest

from aurelius.engine.v1 import trial_ledger_pb2
from aurelius.engine.v1 import trial_ledger_service_pb2 as pb
from tests.contract.engine.serving import Served, refusal_of, token
from tests.contract.engine.sweeping import cancel_sweep, create_sweep, searched, trials
from tests.contract.engine.validating import (
    cancel_validation,
    create_validation,
    rows_of,
    validated,
)

SPACE = {
    "parameters": [
        {
            "path": "strategy.trendFollowing.fastBars",
            "intRange": {"lower": 2, "upper": 10, "step": 2},
        },
        {
            "path": "strategy.trendFollowing.slowBars",
            "intRange": {"lower": 20, "upper": 70, "step": 10},
        },
    ],
    "grid": {},
    "objective": {"metricId": "sharpe_ratio", "direction": "DIRECTION_MAXIMIZE"},
}


def assess(engine: Served, run: str, log_size: int = 0) -> trial_ledger_pb2.TrialAssessment:
    request = pb.AssessTrialsRequest(name=run, log_size=log_size)
    return engine.trials.AssessTrials(request, metadata=token())


def numbers_of(found: trial_ledger_pb2.TrialAssessment) -> dict[str, float]:
    return {one.metric_id: one.value for one in found.statistics}


def entries_of(engine: Served) -> list[trial_ledger_pb2.TrialEntry]:
    return list(
        engine.trials.ListTrialEntries(
            pb.ListTrialEntriesRequest(page_size=1000), metadata=token()
        ).trial_entries
    )


def root_of(leaf: bytes, place: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2, written from its text."""
    at, last, node = place, size - 1, leaf
    for sibling in path:
        assert last > 0
        if at % 2 == 1 or at == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while at % 2 == 0 and at > 0:
                at, last = at >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        at, last = at >> 1, last >> 1
    assert last == 0
    return node


def test_every_attempt_is_an_entry_and_each_can_be_proved(goog_engine: Served) -> None:
    run = goog_engine.sealed()
    long = {"grid": None, "random": {"trialCount": 10_000}, "metricIds": ["fill_count"]}
    cancelled = cancel_sweep(goog_engine, create_sweep(goog_engine, seed=9, **long).name)
    sweep = searched(goog_engine)

    entries = entries_of(goog_engine)
    said = [(entry.subject, entry.event) for entry in entries]
    assert said[:2] == [(run.name, "RUNNING"), (run.name, "SEALED")]
    assert (cancelled.name, "CANCELLED") in said
    assert said[-2:] == [(sweep.name, "RUNNING"), (sweep.name, "SUCCEEDED")]
    for place, entry in enumerate(entries):
        proof = goog_engine.trials.ProveTrialEntry(
            pb.ProveTrialEntryRequest(name=entry.name), metadata=token()
        )
        leaf = hashlib.sha256(b"\x00" + entry.content.encode()).digest()
        assert root_of(leaf, place, proof.log_size, list(proof.hashes)) == proof.root_hash
        other = hashlib.sha256(b"\x00" + entry.content.encode() + b" ").digest()
        assert root_of(other, place, proof.log_size, list(proof.hashes)) != proof.root_hash


def test_trials_are_the_distinct_specifications_of_runs_sweeps_and_studies(
    goog_engine: Served,
) -> None:
    run = goog_engine.sealed()
    alone = assess(goog_engine, run.name)
    assert (alone.trial_count, alone.sharpe_count) == (1, 1)

    searched(goog_engine, seed=1)
    swept = assess(goog_engine, run.name)
    assert swept.trial_count == 30  # the run's own point is one of them
    searched(goog_engine, seed=2)
    validated(goog_engine, "walkForward", {"space": SPACE, "trainBars": 500, "testBars": 300})
    goog_engine.sealed(seed=7)
    assert assess(goog_engine, run.name).trial_count == 30

    goog_engine.sealed(initialCash=5)
    assert assess(goog_engine, run.name).trial_count == 31
    assert assess(goog_engine, run.name, alone.log_size) == alone
    probabilities = [numbers_of(found)["deflated_sharpe_ratio"] for found in (alone, swept)]
    assert probabilities[0] > probabilities[1]


def test_a_study_that_searches_nothing_is_one_trial_however_often_it_draws(
    goog_engine: Served,
) -> None:
    run = goog_engine.sealed()
    validated(goog_engine, "bootstrap", {"resampleCount": 100, "meanBlockBars": 20})
    assert [(e.planned_count, e.executed_count) for e in entries_of(goog_engine)[-2:]] == [
        (1, 0),
        (1, 1),
    ]
    assert assess(goog_engine, run.name).trial_count == 1

    long = {"resampleCount": 100_000, "meanBlockBars": 20}
    stopped = create_validation(goog_engine, "bootstrap", long)
    assert cancel_validation(goog_engine, stopped.name).state == stopped.STATE_CANCELLED
    assert assess(goog_engine, run.name).trial_count <= 2


def test_a_study_that_searches_counts_all_its_points_from_its_start(goog_engine: Served) -> None:
    run = goog_engine.sealed()
    terms = {"space": SPACE, "trainBars": 500, "testBars": 300}
    begun = create_validation(goog_engine, "walkForward", terms, seed=3)
    size = next(
        entry.name for entry in entries_of(goog_engine) if entry.subject == begun.name
    ).removeprefix("trialEntries/")

    assert assess(goog_engine, run.name, int(size) + 1).trial_count == 31
    cancel_validation(goog_engine, begun.name)


@pytest.mark.parametrize("kept", [[], ["fill_count"]], ids=["many at once", "one by one"])
def test_every_trial_of_a_sweep_has_a_sharpe_ratio_whatever_it_was_searched_for(
    goog_engine: Served, kept: list[str]
) -> None:
    drawdown = {"metricId": "max_drawdown_ratio", "direction": "DIRECTION_MINIMIZE"}
    sweep = searched(goog_engine, objective=drawdown, metricIds=kept)
    run = goog_engine.sealed(initialCash=5)
    found = assess(goog_engine, run.name)

    assert found.sharpe_count == found.trial_count == 31
    sharpes = [row["metric.sharpe_ratio"] for row in trials(goog_engine, sweep)]
    own = next(m.value for m in run.result.metrics if m.metric_id == "sharpe_ratio")
    spread = statistics.variance([*sharpes, own])
    assert numbers_of(found)["sharpe_variance"] >= spread * (1 - 1e-12)


def test_points_that_a_study_ran_on_the_whole_window_have_the_sharpe_ratios_of_a_sweep(
    goog_engine: Served,
) -> None:
    run = goog_engine.sealed()
    study = validated(goog_engine, "crossValidation", {"space": SPACE})
    found = assess(goog_engine, run.name)
    assert (found.trial_count, found.sharpe_count) == (30, 30)

    swept = trials(goog_engine, searched(goog_engine, seed=1))
    sharpes = {row["spec_hash"]: row["metric.sharpe_ratio"] for row in swept}
    tried = rows_of(goog_engine, study, "tried")
    assert {row["spec_hash"]: row["metric.sharpe_ratio"] for row in tried} == sharpes
    assert numbers_of(assess(goog_engine, run.name)) == numbers_of(found)


def test_the_neighbourhood_of_a_study_counts_from_its_start(goog_engine: Served) -> None:
    run = goog_engine.sealed()
    begun = create_validation(goog_engine, "robustness", {"neighbourhood": SPACE}, seed=3)
    started = next(entry for entry in entries_of(goog_engine) if entry.subject == begun.name)

    assert started.planned_count == 30
    size = int(started.name.removeprefix("trialEntries/")) + 1
    assert assess(goog_engine, run.name, size).trial_count == 31
    cancel_validation(goog_engine, begun.name)


def test_a_size_that_the_log_has_not_is_refused(
    goog_engine: Served,
) -> None:
    run = goog_engine.sealed()
    size = assess(goog_engine, run.name).log_size
    with pytest.raises(grpc.RpcError) as refused:
        assess(goog_engine, run.name, size + 1)

    assert refusal_of(refused.value)[1] == "TRIAL_LOG_SIZE_INVALID"


def test_roots_are_base64_in_json_and_bytes_here(goog_engine: Served) -> None:
    run = goog_engine.sealed()

    assert len(base64.b64encode(assess(goog_engine, run.name).root_hash)) == 44
