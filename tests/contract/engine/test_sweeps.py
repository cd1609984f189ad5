"""A sweep is what its specification, data and seed determine: every trial is a run."""

import json
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.protobuf import json_format
from pyarrow import parquet

from aurelius.engine.v1 import artifact_service_pb2, backtest_service_pb2, sweep_pb2
from aurelius.engine.v1 import optimization_service_pb2 as pb
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.domain.table_hash import table_hash
from aurelius_engine.parts import Parts
from tests.contract.engine.serving import SPEC, Served, refusal_of, serving, token
from tests.contract.engine.sweeping import (
    BEST_RETURN,
    FAST,
    SLOW,
    THIRTY,
    create_sweep,
    downloaded,
    get_sweep,
    get_trial,
    searched,
    trials,
)

State = sweep_pb2.Sweep
Trial = sweep_pb2.SweepTrial
LOSSY = {"path": "commission.valueRatio", "floatRange": {"lower": 0.0, "upper": 0.01}}


def metrics_of(message: Any) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for metric in message.metrics:
        defined = metric.WhichOneof("outcome") == "value"
        found[metric.metric_id] = metric.value if defined else metric.undefined_reason
    return found


def test_a_grid_has_a_trial_for_each_point_and_names_the_best(goog_engine: Served) -> None:
    sweep = searched(goog_engine)

    rows = trials(goog_engine, sweep)
    points = [(row[f"parameter.{FAST}"], row[f"parameter.{SLOW}"]) for row in rows]
    assert points == [(fast, slow) for fast in range(2, 11, 2) for slow in range(20, 71, 10)]
    assert [row["trial"] for row in rows] == list(range(30))
    assert {row["state"] for row in rows} == {"succeeded"}
    best = max(rows, key=lambda row: row["objective"])
    assert sweep.result.best.name == f"{sweep.name}/trials/{best['trial']}"
    assert sweep.result.best.run == best["run"]
    assert sweep.result.trial_count == sweep.progress.done_count == 30
    assert not sweep.progress.HasField("eta_seconds")
    assert table_hash(ArrowTables().decode(downloaded(goog_engine, sweep))) == (
        sweep.result.trials_digest
    )


@pytest.mark.parametrize("kept", [[], ["sharpe_ratio", "max_drawdown_ratio"], ["fill_count"]])
def test_the_run_of_a_trial_has_its_identity_and_its_metrics_bit_for_bit(
    goog_engine: Served, kept: list[str]
) -> None:
    sweep = searched(goog_engine, seed=3, metricIds=kept)

    for number in (0, 17, 29):
        trial = get_trial(goog_engine, sweep, number)
        request = backtest_service_pb2.CreateBacktestRequest(
            spec=trial.spec, dataset=sweep.dataset, seed=sweep.seed
        )
        run = goog_engine.ended(
            goog_engine.backtests.CreateBacktest(request, metadata=token()).name
        )
        assert (run.name, run.identity.spec_hash) == (trial.run, trial.spec_hash)
        ours, theirs = metrics_of(trial), metrics_of(run.result)
        assert list(ours) == list(dict.fromkeys(["total_return_ratio", *kept, "sharpe_ratio"]))
        assert ours == {name: theirs[name] for name in ours}


@pytest.mark.parametrize(
    "method",
    [
        {"grid": {}},
        {"random": {"trialCount": 12}},
        {"sobol": {"trialCount": 12}},
        {"bayesian": {"trialCount": 12, "batchSize": 4, "startupTrialCount": 4}},
    ],
    ids=lambda method: next(iter(method)),
)
def test_the_list_of_trials_is_the_same_with_any_number_of_workers(
    tmp_path: Path, goog_bytes: bytes, method: dict[str, Any]
) -> None:
    found = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        with serving(folder, sweep_workers=workers) as engine:
            engine.register(goog_bytes)
            parameters = THIRTY if "grid" in method else [*THIRTY, LOSSY]
            sweep = searched(engine, seed=5, **{"grid": None} | method, parameters=parameters)
            found.append((sweep.name, sweep.result.trials_digest, sweep.result.best.run))

    assert found[0] == found[1]


def test_another_seed_draws_other_points(goog_engine: Served) -> None:
    one, other = (
        searched(goog_engine, seed=seed, grid=None, random={"trialCount": 4}, parameters=[LOSSY])
        for seed in (1, 2)
    )

    column = f"parameter.{LOSSY['path']}"
    drawn = [{row[column] for row in trials(goog_engine, sweep)} for sweep in (one, other)]
    assert one.name != other.name
    assert drawn[0].isdisjoint(drawn[1])


def test_a_sweep_submitted_twice_is_one_and_is_listed_once(goog_engine: Served) -> None:
    first = searched(goog_engine)

    again = create_sweep(goog_engine)

    assert again == first
    listed = goog_engine.sweeps.ListSweeps(pb.ListSweepsRequest(), metadata=token()).sweeps
    assert [sweep.name for sweep in listed] == [first.name]
    assert listed[0].result.trials_digest == first.result.trials_digest
    assert not listed[0].HasField("spec")


def test_sweeps_are_listed_newest_first_page_by_page(goog_engine: Served) -> None:
    names = [searched(goog_engine, seed=seed).name for seed in range(3)]

    found, after = [], ""
    while True:
        request = pb.ListSweepsRequest(page_size=2, page_token=after, dataset="datasets/goog")
        page = goog_engine.sweeps.ListSweeps(request, metadata=token())
        found += [sweep.name for sweep in page.sweeps]
        after = page.next_page_token
        if not after:
            break

    assert found == names[::-1]
    other = pb.ListSweepsRequest(dataset="datasets/other")
    assert not goog_engine.sweeps.ListSweeps(other, metadata=token()).sweeps


def test_a_point_that_is_refused_stays_in_the_table_with_its_reason(goog_engine: Served) -> None:
    parameters = [
        {"path": FAST, "intRange": {"lower": 10, "upper": 30, "step": 10}},
        {"path": SLOW, "valueList": {"values": [20, 5000]}},
    ]

    sweep = searched(goog_engine, parameters=parameters)

    rows = trials(goog_engine, sweep)
    said = {(row[f"parameter.{FAST}"], row[f"parameter.{SLOW}"]): row for row in rows}
    states = {point: (row["state"], row["reason"]) for point, row in said.items()}
    invalid = ("refused", "ERROR_REASON_TRIAL_SPEC_INVALID")
    too_long = ("refused", "ERROR_REASON_LOOKBACK_TOO_LONG")
    assert states == {
        (10, "20"): ("succeeded", ""),
        (10, "5000"): too_long,
        (20, "20"): invalid,
        (20, "5000"): too_long,
        (30, "20"): invalid,
        (30, "5000"): too_long,
    }
    assert "fast_bars must be below slow_bars" in said[20, "20"]["message"]
    assert said[20, "20"]["run"] == ""
    assert said[10, "5000"]["run"].startswith("runs/r")
    assert sweep.result.refused_count == 5
    refused = get_trial(goog_engine, sweep, 2)
    assert refused.state == Trial.STATE_REFUSED
    assert not refused.HasField("spec")


def test_a_constraint_between_parameters_leaves_points_out_and_counts_them(
    goog_engine: Served,
) -> None:
    parameters = [
        {"path": FAST, "intRange": {"lower": 10, "upper": 40, "step": 10}},
        {"path": SLOW, "intRange": {"lower": 10, "upper": 40, "step": 10}},
    ]
    below = {"leftPath": FAST, "comparison": "COMPARISON_LESS", "rightPath": SLOW}

    sweep = searched(goog_engine, parameters=parameters, parameterConstraints=[below])

    rows = trials(goog_engine, sweep)
    assert all(row[f"parameter.{FAST}"] < row[f"parameter.{SLOW}"] for row in rows)
    assert (sweep.result.trial_count, sweep.result.excluded_count) == (6, 10)
    assert sweep.result.refused_count == 0
    assert sweep.progress.total_count == 6


def test_the_best_keeps_the_bounds_on_metrics(goog_engine: Served) -> None:
    free = searched(goog_engine)
    drawdowns = {row["metric.max_drawdown_ratio"] for row in trials(goog_engine, free)}
    bound = sorted(drawdowns)[2]
    limit = {
        "metricId": "max_drawdown_ratio",
        "comparison": "COMPARISON_LESS_OR_EQUAL",
        "bound": bound,
    }

    sweep = searched(goog_engine, objective=BEST_RETURN | {"metricConstraints": [limit]})

    rows = trials(goog_engine, sweep)
    feasible = [row for row in rows if row["feasible"]]
    assert len(feasible) == 3
    assert {row["metric.max_drawdown_ratio"] <= bound for row in feasible} == {True}
    assert metrics_of(sweep.result.best)["max_drawdown_ratio"] <= bound  # type: ignore[operator]
    assert sweep.result.best.run == max(feasible, key=lambda row: row["objective"])["run"]


def test_an_objective_that_is_nowhere_defined_has_no_best(goog_engine: Served) -> None:
    objective = {"metricId": "beta", "direction": "DIRECTION_MINIMIZE"}

    sweep = searched(goog_engine, objective=objective, metricIds=[])

    rows = trials(goog_engine, sweep)
    assert not sweep.result.HasField("best")
    assert {row["undefined.beta"] for row in rows} == {"UNDEFINED_NO_BENCHMARK"}
    assert {row["feasible"] for row in rows} == {0}
    assert {row["state"] for row in rows} == {"succeeded"}


def test_a_sweep_ends_early_at_its_target_or_without_improvement(goog_engine: Served) -> None:
    whole = trials(goog_engine, searched(goog_engine))
    objectives = [row["objective"] for row in whole]
    target = max(objectives[:8])

    reached = searched(goog_engine, earlyStop={"target": target})
    patient = searched(goog_engine, earlyStop={"patienceTrialCount": 2})

    assert reached.result.stop_reason == sweep_pb2.SweepResult.STOP_REASON_TARGET_REACHED
    assert reached.result.trial_count == objectives.index(target) + 1
    assert patient.result.stop_reason == sweep_pb2.SweepResult.STOP_REASON_NO_IMPROVEMENT
    count = patient.result.trial_count
    assert all(value <= objectives[count - 3] for value in objectives[:count])
    first_stops = [
        place
        for place in range(2, 30)
        if max(objectives[: place - 1]) >= max(objectives[place - 1 : place + 1])
    ]
    assert count == first_stops[0] + 1
    kept = trials(goog_engine, patient)
    assert [row["metrics_digest"] for row in kept] == [
        row["metrics_digest"] for row in whole[:count]
    ]


def test_any_field_can_vary(goog_engine: Served) -> None:
    parameters = [
        {
            "path": "strategy",
            "valueList": {
                "values": [{"buyAndHold": {}}, {"breakout": {"entry_bars": 30}}, {"tsMomentum": {}}]
            },
        },
        {
            "path": "direction",
            "valueList": {"values": ["DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"]},
        },
        {"path": "orders.bracket.stop_loss_ratio", "valueList": {"values": [0.1, 0.2]}},
    ]

    sweep = searched(goog_engine, parameters=parameters)

    assert sweep.result.succeeded_count == 12
    trial = get_trial(goog_engine, sweep, 7)
    document = json_format.MessageToDict(trial.spec)
    assert document["strategy"] == {"breakout": {"entryBars": 30, "exitBars": 20}}
    assert document["direction"] == "DIRECTION_LONG_SHORT"
    assert document["orders"]["bracket"]["stopLossRatio"] == 0.2
    request = backtest_service_pb2.CreateBacktestRequest(
        spec=trial.spec, dataset=sweep.dataset, seed=sweep.seed
    )
    run = goog_engine.backtests.CreateBacktest(request, metadata=token())
    assert run.name == trial.run


def test_trials_download_in_every_format(goog_engine: Served) -> None:
    sweep = searched(goog_engine)
    want = trials(goog_engine, sweep)

    formats = artifact_service_pb2
    as_json = json.loads(downloaded(goog_engine, sweep, format=formats.DOWNLOAD_FORMAT_JSON))
    as_parquet = parquet.ParquetFile(
        pa.BufferReader(downloaded(goog_engine, sweep, format=formats.DOWNLOAD_FORMAT_PARQUET))
    ).read()
    as_csv = downloaded(goog_engine, sweep, format=formats.DOWNLOAD_FORMAT_CSV).decode()

    assert as_json == want
    assert as_parquet.to_pylist() == want
    assert as_csv.splitlines()[0].split(",")[:2] == ["trial", "run"]
    assert len(as_csv.splitlines()) == 31


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"parameters": [THIRTY[0] | {"path": "strategy.nothing"}]}, "SWEEP_PARAMETER_INVALID"),
    (
        {"parameters": [THIRTY[0] | {"path": "strategy.breakout.entryBars"}]},
        "SWEEP_PARAMETER_INVALID",
    ),
    ({"parameters": [THIRTY[0], THIRTY[0]]}, "SWEEP_PARAMETER_INVALID"),
    (
        {"parameters": [LOSSY | {"path": FAST}], "grid": None, "random": {"trialCount": 1}},
        "SWEEP_PARAMETER_INVALID",
    ),
    ({"parameters": [{"path": FAST, "valueList": {"values": ["two"]}}]}, "SWEEP_PARAMETER_INVALID"),
    (
        {"parameters": [{"path": "fillSource", "valueList": {"values": ["FILL_SOURCE_BARS"]}}]},
        "SWEEP_PARAMETER_INVALID",
    ),
    ({"parameters": [LOSSY]}, "SWEEP_SPACE_INVALID"),
    (
        {"parameters": [{"path": SLOW, "intRange": {"lower": 2, "upper": 100002}}]},
        "SWEEP_SPACE_INVALID",
    ),
    (
        {
            "parameterConstraints": [
                {"leftPath": FAST, "comparison": "COMPARISON_GREATER", "rightPath": SLOW}
            ]
        },
        "SWEEP_SPACE_INVALID",
    ),
    (
        {
            "parameterConstraints": [
                {"leftPath": "other", "comparison": "COMPARISON_LESS", "rightValue": 3}
            ]
        },
        "SWEEP_PARAMETER_INVALID",
    ),
    ({"metricIds": ["luck"]}, "SWEEP_METRIC_UNKNOWN"),
    ({"objective": BEST_RETURN | {"metricId": "luck"}}, "SWEEP_METRIC_UNKNOWN"),
    ({"base": SPEC | {"calendar": "XLON"}}, "CALENDAR_MISMATCH"),
    ({"grid": None}, "INVALID_FIELD"),
    ({"grid": None, "random": {"trialCount": 0}}, "INVALID_FIELD"),
    ({"parameters": []}, "INVALID_FIELD"),
]


@pytest.mark.parametrize(("changes", "reason"), REFUSED)
def test_what_cannot_be_searched_is_refused_with_a_reason(
    goog_engine: Served, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        create_sweep(goog_engine, **changes)

    code, found, facts = refusal_of(refused.value)
    assert (code, found) == ("INVALID_ARGUMENT", reason)
    assert "allowed" in facts
    listed = goog_engine.sweeps.ListSweeps(pb.ListSweepsRequest(), metadata=token())
    assert not listed.sweeps


def test_a_sweep_or_trial_that_is_not_there_is_not_found(goog_engine: Served) -> None:
    sweep = searched(goog_engine)

    for call in (
        lambda: get_sweep(goog_engine, "sweeps/s" + "a" * 26),
        lambda: get_trial(goog_engine, sweep, 30),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            call()
        assert refusal_of(refused.value)[:2] == ("NOT_FOUND", "SWEEP_NOT_FOUND")


def test_stored_trials_that_were_changed_are_data_loss(tmp_path: Path, goog_bytes: bytes) -> None:
    with serving(tmp_path, parts=Parts()) as engine:
        engine.register(goog_bytes)
        sweep = searched(engine)
        content = downloaded(engine, sweep)
        stored = [
            path
            for path in (tmp_path / "objects").rglob("*")
            if path.is_file() and path.read_bytes() == content
        ]
        assert len(stored) == 1
        stored[0].write_bytes(content[:-1] + b"x")

        for call in (
            lambda: downloaded(engine, sweep),
            lambda: get_trial(engine, sweep, 0),
        ):
            with pytest.raises(grpc.RpcError) as refused:
                call()
            assert refusal_of(refused.value)[:2] == ("DATA_LOSS", "OBJECT_DAMAGED")
