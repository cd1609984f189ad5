"""Walk-forward over gRPC: windows of their own, real runs, refusals with numbers."""

import json
from itertools import pairwise
from typing import Any

import grpc
import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import (
    artifact_service_pb2,
    backtest_pb2,
    backtest_service_pb2,
    backtest_spec_pb2,
)
from tests.contract.engine.serving import SPEC, Served, refusal_of, token
from tests.contract.engine.validating import (
    checks_of,
    create_validation,
    ended,
    rows_of,
    statistics_of,
    validated,
)

FAST, SLOW = "strategy.trendFollowing.fastBars", "strategy.trendFollowing.slowBars"


def artifact_rows(engine: Served, run: str, artifact: str) -> list[dict[str, Any]]:
    request = artifact_service_pb2.DownloadArtifactRequest(name=f"{run}/artifacts/{artifact}")
    parts = engine.artifacts.DownloadArtifact(request, metadata=token())
    content = b"".join(part.data for part in parts)
    rows: list[dict[str, Any]] = pa.ipc.open_stream(content).read_all().to_pylist()
    return rows


SPACE = {
    "parameters": [
        {"path": FAST, "intRange": {"lower": 2, "upper": 10, "step": 4}},
        {"path": SLOW, "intRange": {"lower": 20, "upper": 60, "step": 20}},
    ],
    "grid": {},
    "objective": {"metricId": "sharpe_ratio", "direction": "DIRECTION_MAXIMIZE"},
}
TERMS = {"space": SPACE, "trainBars": 500, "testBars": 250}


def test_the_curve_is_one_run_of_each_window_and_a_caller_can_make_it(
    goog_engine: Served,
) -> None:
    done = validated(goog_engine, "walkForward", TERMS)
    windows = rows_of(goog_engine, done, "windows")
    curve = rows_of(goog_engine, done, "out_of_sample")

    assert len(windows) == 6
    assert len(curve) == 6 * 250 + 1
    chosen = windows[2]
    message = json_format.ParseDict(SPEC, backtest_spec_pb2.BacktestSpec())
    parameters = json.loads(chosen["parameters"])
    message.strategy.trend_following.fast_bars = parameters[FAST]
    message.strategy.trend_following.slow_bars = parameters[SLOW]
    message.start_time.FromNanoseconds(chosen["test_start_time"])
    message.end_time.FromNanoseconds(chosen["test_end_time"])
    message.warm_up_bars = chosen["warm_up_bars"]
    run = goog_engine.backtests.CreateBacktest(
        backtest_service_pb2.CreateBacktestRequest(spec=message, dataset="datasets/goog"),
        metadata=token(),
    )
    assert run.name == chosen["test_run"]
    assert goog_engine.ended(run.name).state == backtest_pb2.Backtest.STATE_SEALED
    equity = [row["equity"] for row in artifact_rows(goog_engine, run.name, "equity")]
    own = [row["run_equity"] for row in curve if row["window"] == 2]
    assert own == equity[1:]


def test_windows_follow_each_other_and_share_no_slice(goog_engine: Served) -> None:
    done = validated(goog_engine, "walkForward", {**TERMS, "purgeBars": 10, "embargoBars": 20})
    windows = rows_of(goog_engine, done, "windows")

    hashes = [row[f"{part}_slice_hash"] for row in windows for part in ("train", "test")]
    assert len(set(hashes)) == 2 * len(windows)
    for before, after in pairwise(windows):
        assert before["test_end_time"] == after["test_start_time"]
    assert all(row["train_end_time"] < row["test_start_time"] for row in windows)


def test_an_anchored_train_begins_at_the_first_bar(goog_engine: Served) -> None:
    done = validated(goog_engine, "walkForward", {**TERMS, "scheme": "SCHEME_ANCHORED"})
    windows = rows_of(goog_engine, done, "windows")

    assert len({row["train_start_time"] for row in windows}) == 1
    ends = [row["train_end_time"] for row in windows]
    assert ends == sorted(set(ends))


def test_too_few_bars_are_refused_with_the_bars_needed_and_the_time_there_will_be(
    goog_engine: Served,
) -> None:
    failed = ended(goog_engine, "walkForward", {**TERMS, "testBars": 400})

    assert failed.failure.reason == "ERROR_REASON_DATA_INSUFFICIENT"
    assert "5 windows need 2500 bars, the data has 2148" in failed.failure.message
    assert not failed.HasField("result")


def test_a_space_that_names_no_field_is_refused_at_once(goog_engine: Served) -> None:
    wrong = {**SPACE, "parameters": [{"path": "strategy.none", "intRange": {"upper": 2}}]}

    with pytest.raises(grpc.RpcError) as refused:
        create_validation(goog_engine, "walkForward", {**TERMS, "space": wrong})

    assert refusal_of(refused.value)[1] == "SWEEP_PARAMETER_INVALID"


def half_market(*, good_first: bool) -> bytes:
    """A half of swings of 40 bars that a trend follower earns on, and a falling walk; as CSV."""
    draws = np.random.Generator(np.random.Philox(7)).standard_normal(2000)
    swing = np.where((np.arange(1000) // 40) % 2 == 0, 0.01, -0.008)
    walk = 0.012 * draws[1000:] - 0.0008
    steps = np.concatenate((swing, walk) if good_first else (walk, swing))
    close = 100.0 * np.cumprod(1.0 + steps)
    opens = np.concatenate(([100.0], close[:-1]))
    days = np.arange(2000) + np.datetime64("2010-01-01")
    rows = ["time,symbol,open,high,low,close,volume"]
    for day, start, end in zip(days, opens, close, strict=True):
        high, low = max(start, end), min(start, end)
        rows.append(f"{day},X,{start!r},{high!r},{low!r},{end!r},1e6".replace("np.float64", ""))
    return "\n".join(rows).replace("(", "").replace(")", "").encode()


def test_what_works_in_the_first_half_of_the_data_only_fails(engine: Served) -> None:
    engine.register(half_market(good_first=True), dataset_id="half")
    terms = {"space": SPACE, "trainBars": 300, "testBars": 150}
    done = validated(engine, "walkForward", terms, dataset="datasets/half")

    found = statistics_of(done)
    windows = rows_of(engine, done, "windows")
    assert windows[0]["out_of_sample_return_ratio"] > 0.1
    failed = {name for name, one in checks_of(done).items() if one.verdict == one.VERDICT_FAILED}
    assert not done.result.passed
    assert failed == {"walk_forward.weaker_half", "walk_forward.weaker_half_of_data"}
    assert float(found["weaker_half_sharpe_ratio"]) < 0.0 < float(found["sharpe_degradation"])


@pytest.mark.parametrize(
    "terms",
    [
        {"trainBars": 300, "testBars": 150},
        {"trainBars": 1000, "testBars": 200},
        {"trainBars": 900, "testBars": 150, "purgeBars": 20, "embargoBars": 110},
        {"trainBars": 1000, "testBars": 200, "scheme": "SCHEME_ANCHORED"},
    ],
)
def test_what_works_in_the_second_half_only_fails_wherever_the_train_slices_end(
    engine: Served, terms: dict[str, object]
) -> None:
    engine.register(half_market(good_first=False), dataset_id="half")
    done = validated(engine, "walkForward", {"space": SPACE, **terms}, dataset="datasets/half")

    checks = checks_of(done)
    failed = {name for name, one in checks.items() if one.verdict == one.VERDICT_FAILED}
    assert not done.result.passed
    assert "walk_forward.weaker_half_of_data" in failed
    assert float(statistics_of(done)["weaker_half_of_data_sharpe_ratio"]) < 0.0
