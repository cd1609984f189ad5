"""The log of trials over gRPC: what it counts, what nobody can lower, what it proves."""

import base64
import hashlib
import statistics
from typing import Any

import grpc
import numpy as np
import pytest

from aurelius.engine.v1 import trial_ledger_pb2
from aurelius.engine.v1 import trial_ledger_service_pb2 as pb
from tests.contract.engine.serving import Served, refusal_of, token
from tests.contract.engine.sweeping import cancel_sweep, create_sweep, get_trial, searched, trials
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


def test_another_name_a_part_or_other_symbols_of_the_data_lower_nothing(
    goog_engine: Served, goog_bytes: bytes
) -> None:
    searched(goog_engine)
    lines = goog_bytes.decode().splitlines()
    disguises = {
        "renamed": goog_bytes,
        "part": "\n".join([lines[0], *lines[600:]]).encode(),
        "other-symbol": goog_bytes.replace(b"GOOG", b"ZZZZ"),
    }
    for name, data in disguises.items():
        goog_engine.register(data, dataset_id=name)
        run = goog_engine.sealed(dataset=f"datasets/{name}")
        assert assess(goog_engine, run.name).trial_count >= 30, name


def test_the_same_returns_under_another_kind_of_strategy_are_the_same_hypothesis(
    goog_engine: Served,
) -> None:
    searched(goog_engine)
    text = "where(ts_mean(close, 10) > ts_mean(close, 20), 1, 0)"
    goog_engine.sealed()
    run = goog_engine.sealed(strategy={"formula": {"text": text}})

    found = assess(goog_engine, run.name)
    reasons = {member.strategy: member.reason for member in found.strategies}
    assert reasons == {"formula": "its own", "trendFollowing": "its returns are nearly the same"}
    assert found.trial_count >= 31


# What a formula makes of the point (fast, slow) of a sweep of trend following.
CROSS = "where(ts_mean(close, {fast}) > ts_mean(close, {slow}), 1, 0)"


def rewritten(engine: Served, dataset: str = "datasets/goog", fast: int = 6, slow: int = 40) -> Any:
    """A point of SPACE as a formula, sealed."""
    text = CROSS.format(fast=fast, slow=slow)
    return engine.sealed(strategy={"formula": {"text": text}}, dataset=dataset)


def reasons(found: trial_ledger_pb2.TrialAssessment) -> dict[str, str]:
    return {member.strategy: member.reason for member in found.strategies}


SEARCHES = {
    "walkForward": {"space": SPACE, "trainBars": 500, "testBars": 300},
    "crossValidation": {"space": SPACE},
    "robustness": {"neighbourhood": SPACE},
    "dataSnooping": {
        "space": SPACE | {"objective": SPACE["objective"] | {"metricId": "mean_return_ratio"}},
    },
}


@pytest.mark.parametrize("search", ["sweep", *SEARCHES])
def test_a_point_of_a_search_rewritten_as_another_kind_brings_all_that_was_searched(
    goog_engine: Served, search: str
) -> None:
    if search == "sweep":
        searched(goog_engine)
    else:
        validated(goog_engine, search, SEARCHES[search])
    found = assess(goog_engine, rewritten(goog_engine).name)

    assert reasons(found) == {
        "formula": "its own",
        "trendFollowing": "its returns are nearly the same",
    }
    assert found.trial_count >= 31


def test_what_earns_otherwise_is_another_hypothesis(goog_engine: Served) -> None:
    searched(goog_engine)
    run = goog_engine.sealed(strategy={"formula": {"text": "where(close < delay(close, 3), 1, 0)"}})
    found = assess(goog_engine, run.name)

    assert reasons(found) == {"formula": "its own"}
    assert found.trial_count == 1


def test_a_size_that_the_log_has_not_is_refused(
    goog_engine: Served,
) -> None:
    run = goog_engine.sealed()
    size = assess(goog_engine, run.name).log_size
    with pytest.raises(grpc.RpcError) as refused:
        assess(goog_engine, run.name, size + 1)

    assert refusal_of(refused.value)[1] == "TRIAL_LOG_SIZE_INVALID"


def walk(bars: int) -> bytes:
    """A driftless random walk as CSV."""
    draws = np.random.Generator(np.random.Philox(20_261_125)).standard_normal(bars)
    close = 100.0 * np.cumprod(1.0 + 0.01 * draws)
    opens = np.concatenate(([100.0], close[:-1]))
    days = (np.arange(bars) + np.datetime64("2018-01-01")).astype(str)
    rows = ["time,symbol,open,high,low,close,volume"]
    for day, start, end in zip(days, opens.tolist(), close.tolist(), strict=True):
        rows.append(f"{day},X,{start!r},{max(start, end)!r},{min(start, end)!r},{end!r},1e6")
    return "\n".join(rows).encode()


def random_formulas(count: int) -> list[str]:
    """Comparisons of a price with one of its own averages, drawn at random."""
    draws = np.random.Generator(np.random.Philox(7))
    columns, found = ("open", "high", "low", "close"), set[str]()
    while len(found) < count:
        one, other = (columns[place] for place in draws.integers(0, 4, 2))
        short, long = sorted(int(bars) for bars in draws.integers(2, 40, 2))
        sign = ("<", ">")[int(draws.integers(2))]
        found.add(f"where(delay({one}, {short}) {sign} ts_mean({other}, {long}), 1, -1)")
    return sorted(found)


def test_the_best_of_a_thousand_random_formulas_is_not_believed_under_any_name(
    engine: Served,
) -> None:
    engine.register(walk(260), dataset_id="walk")
    base: dict[str, Any] = {
        "strategy": {"formula": {"text": "where(close > open, 1, -1)"}},
        "direction": "DIRECTION_LONG_SHORT",
        "calendar": "XNYS",
        "initialCash": 1_000_000,
    }
    sweep = searched(
        engine,
        dataset="datasets/walk",
        base=base,
        parameters=[
            {
                "path": "strategy.formula",
                "valueList": {"values": [{"text": text} for text in random_formulas(1000)]},
            }
        ],
        objective={"metricId": "sharpe_ratio", "direction": "DIRECTION_MAXIMIZE"},
        metricIds=[],
    )
    best = sweep.result.best
    spec = get_trial(engine, sweep, int(best.name.rsplit("/", 1)[1])).spec
    sharpe = best.metrics[0].value
    assert sharpe > 2.0

    engine.register(walk(260).replace(b",X,", b",Q,"), dataset_id="fresh")
    for dataset in ("datasets/walk", "datasets/fresh"):
        run = engine.sealed_message(spec, dataset=dataset)
        found = assess(engine, run.name)
        numbers = numbers_of(found)
        assert found.trial_count >= 1000
        assert numbers["probabilistic_sharpe_ratio"] > 0.95
        assert numbers["deflated_sharpe_ratio"] < 0.95


def test_roots_are_base64_in_json_and_bytes_here(goog_engine: Served) -> None:
    run = goog_engine.sealed()

    assert len(base64.b64encode(assess(goog_engine, run.name).root_hash)) == 44
