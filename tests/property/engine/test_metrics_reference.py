"""The registry against a second implementation in 60 digits, on runs of every kind."""

import random
from collections.abc import Mapping

import mpmath
import numpy as np
import pytest

from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.lane_sums import BLOCK
from aurelius_engine.domain.metrics import REGISTRY, compute_metrics
from tests.property.engine.metrics_reference import Want, beside, of_activity, of_returns
from tests.unit.engine.made_runs import chance_book, run_with_equity

COUNTED = (
    {
        metric.id
        for metric in REGISTRY
        if metric.unit == "count"
        or "trade" in metric.id
        or "month" in metric.id
        or metric.id.endswith("profit")
    }
    | {"win_rate_ratio", "profit_factor_ratio", "payoff_ratio", "expectancy_ratio"}
    | {
        "mean_holding_bars",
        "max_consecutive_losses",
        "interest_total",
        "cash_in_lieu_total",
    }
)
NEAR_ONE = {"skewness", "excess_kurtosis", "annual_return_ratio"}


def check(run: Simulation, periods: float, rate: float, benchmark: list[float] | None) -> None:
    closes = None if benchmark is None else np.array(benchmark)
    found = {
        metric.id: value
        for metric, value in compute_metrics(
            run, periods_per_year=periods, risk_free_ratio=rate, benchmark=closes
        )
    }
    want: Mapping[str, Want]
    with mpmath.workdps(60):
        want = of_returns(run, periods, rate) | of_activity(run, periods)
        if benchmark is not None:
            want |= beside(run, benchmark, periods, rate)
        for name, value in want.items():
            ours = found[name]
            if isinstance(value, str) or isinstance(ours, str):
                assert ours == value, name
                continue
            # What is a difference of moments, or of numbers near 1, is so to their rounding.
            least = 1e-14 if name not in NEAR_ONE else 1e-12
            error = abs(mpmath.mpf(ours) - value)
            assert error <= least or error <= 1e-12 * abs(value), (name, ours, value)
    missing = {metric.id for metric in REGISTRY if metric.condition.startswith("benchmark")}
    assert set(found) - set(want) - COUNTED == (missing if benchmark is None else set())


def walk(chance: random.Random, bars: int, ties: bool) -> list[float]:
    equity = [chance.choice([1.0, 1e5, 12345.678])]
    for _ in range(bars):
        move = chance.choice([-0.01, 0.0, 0.0, 0.02]) if ties else chance.gauss(5e-4, 0.02)
        equity.append(equity[-1] * (1.0 + move))
    return equity


@pytest.mark.parametrize("seed", range(30))
def test_metrics_of_marks_agree_with_the_second_implementation(seed: int) -> None:
    chance = random.Random(seed)
    bars = chance.choice([1, 2, 3, 20, 21, 100, 101, 127, 128, 400])
    equity = walk(chance, bars, ties=seed % 3 == 0)
    benchmark = None
    if bars > 20 and seed % 2:
        benchmark = [chance.uniform(9.0, 11.0) for _ in range(bars)]
        benchmark[: seed % 5] = [float("nan")] * (seed % 5)

    check(
        run_with_equity(equity),
        chance.choice([252.0, 365.0, 98280.0 if bars >= 100 else 52.0]),
        chance.choice([0.0, 0.03]),
        benchmark,
    )


@pytest.mark.parametrize("seed", range(10))
def test_metrics_of_trading_agree_with_the_second_implementation(seed: int) -> None:
    chance = random.Random(seed)

    run = chance_book(chance, chance.choice([1, 30, 120]), chance.choice([1, 3])).run()

    check(run, 252.0, 0.02, None)


def test_a_run_longer_than_the_blocks_agrees_with_the_second_implementation() -> None:
    chance, equity = random.Random(7), [100.0]
    # Falls that last for whole blocks, made good or not, between rises to new heights.
    for bars, drift in ((900, 2e-3), (5000, -2e-4), (1100, 2e-3), (1500, 0.0), (2300, -1e-3)):
        for _ in range(bars):
            equity.append(equity[-1] * (1.0 + chance.gauss(drift, 1e-3)))
    assert len(equity) > 5 * BLOCK

    check(run_with_equity(equity), 252.0, 0.01, None)
    check(run_with_equity(equity[: 7 * BLOCK // 2]), 252.0, 0.0, None)
