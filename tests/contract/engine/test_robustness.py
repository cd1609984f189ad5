"""Robustness over gRPC: costs, first days, crises, regimes and neighbours of one run."""

import pytest

from tests.contract.engine.serving import Served
from tests.contract.engine.validating import checks_of, rows_of, statistics_of, validated

NEIGHBOURHOOD = {
    "parameters": [
        {
            "path": "strategy.trendFollowing.fastBars",
            "intRange": {"lower": 8, "upper": 12, "step": 2},
        },
        {
            "path": "strategy.trendFollowing.slowBars",
            "intRange": {"lower": 18, "upper": 22, "step": 2},
        },
    ],
    "grid": {},
    "objective": {"metricId": "sharpe_ratio", "direction": "DIRECTION_MAXIMIZE"},
}


def test_a_run_is_tried_at_other_costs_days_and_parameters(goog_engine: Served) -> None:
    run = goog_engine.sealed()
    done = validated(goog_engine, "robustness", {"neighbourhood": NEIGHBOURHOOD})
    found = statistics_of(done)

    metrics = {metric.metric_id: metric.value for metric in run.result.metrics}
    ladder = {row["cost_multiple"]: row for row in rows_of(goog_engine, done, "cost_ladder")}
    assert list(ladder) == [0.5, 1.0, 2.0, 5.0]
    assert ladder[1.0]["return_ratio"] == metrics["total_return_ratio"]
    assert ladder[1.0]["sharpe_ratio"] == metrics["sharpe_ratio"]
    returns = [row["return_ratio"] for row in ladder.values()]
    assert returns == sorted(returns, reverse=True)
    surface = rows_of(goog_engine, done, "surface")
    assert len(surface) == 9
    own = [row for row in surface if row["strategy.trendFollowing.fastBars"] == "10"]
    assert metrics["sharpe_ratio"] in [row["sharpe_ratio"] for row in own]
    assert len(rows_of(goog_engine, done, "starts")) == 10
    assert isinstance(found["break_even_cost_multiple"], float)


def test_the_break_even_is_where_the_gain_is_gone(goog_engine: Served) -> None:
    done = validated(goog_engine, "robustness", {})
    multiple = float(statistics_of(done)["break_even_cost_multiple"])

    for factor, gains in ((0.999 * multiple, True), (1.001 * multiple, False)):
        run = goog_engine.sealed(commission={"valueRatio": 0.002 * factor})
        metrics = {metric.metric_id: metric.value for metric in run.result.metrics}
        assert (metrics["total_return_ratio"] > 0.0) == gains


def test_the_crises_of_the_data_are_told_and_the_others_named(goog_engine: Served) -> None:
    done = validated(goog_engine, "robustness", {})
    rows = {row["crisis"]: row for row in rows_of(goog_engine, done, "crises")}

    assert list(rows) == ["financial_2007_2009", "flash_crash_2010", "debt_ceiling_2011"]
    assert rows["financial_2007_2009"]["bars"] == 356
    told = checks_of(done)["robustness.crises"].detail
    assert "dotcom_2000_2002" in told
    assert "pandemic_2020" in told
    regimes = rows_of(goog_engine, done, "regimes")
    assert sum(row["bars"] for row in regimes) == 2148 - 64


def test_a_run_without_costs_has_no_break_even_and_is_not_waved_through(
    goog_engine: Served,
) -> None:
    done = validated(goog_engine, "robustness", {}, commission={"valueRatio": 0.0})
    judged = checks_of(done)["robustness.break_even_cost"]

    assert judged.verdict == judged.VERDICT_NOT_APPLICABLE
    assert not done.result.passed
    assert statistics_of(done)["break_even_cost_multiple"] == "UNDEFINED_NO_COSTS"
    assert rows_of(goog_engine, done, "cost_ladder") == []


@pytest.mark.parametrize(("bound", "passes"), [(0.01, True), (1000.0, False)])
def test_the_bound_of_a_study_is_the_callers(
    goog_engine: Served, bound: float, passes: bool
) -> None:
    done = validated(goog_engine, "robustness", {"minBreakEvenMultiple": bound})
    judged = checks_of(done)["robustness.break_even_cost"]

    assert (judged.verdict == judged.VERDICT_PASSED) == passes == done.result.passed
    assert judged.bound == bound
