"""Metrics against the libraries that people know, the papers' numbers, and by hand."""

import contextlib
import io
import math
import random
import warnings
from typing import Any

import mpmath
import numpy as np
import pytest

from aurelius_engine.domain.fixed_math import fixed_normal_cdf
from aurelius_engine.domain.lane_sums import BLOCK, LANES, add_block, sum_of
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import Outcome, compute_metrics, summary
from aurelius_engine.domain.metrics.ratio_definitions import sharpe_variance
from aurelius_engine.domain.metrics.tails import tail_facts
from tests.unit.engine.made_runs import Book, run_with_equity

with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
    warnings.simplefilter("ignore")
    import empyrical
    import pandas
    import quantstats.stats as quantstats


def values(equity: list[float], benchmark: list[float] | None = None) -> dict[str, Outcome]:
    return {
        metric.id: value
        for metric, value in compute_metrics(
            run_with_equity(equity),
            periods_per_year=252.0,
            risk_free_ratio=0.0,
            benchmark=None if benchmark is None else np.array(benchmark),
        )
    }


@pytest.fixture(scope="module")
def goog_closes(goog: MarketTable) -> list[float]:
    closes: list[float] = goog.close.tolist()
    return closes


def agree(ours: dict[str, Outcome], want: dict[str, float]) -> None:
    for name, value in want.items():
        assert isinstance(ours[name], float), name
        assert abs(float(ours[name]) - value) <= 1e-13 + 1e-11 * abs(value), name


def test_metrics_agree_with_empyrical_where_the_definition_is_the_same(
    goog_closes: list[float],
) -> None:
    equity = np.array(goog_closes)
    r = equity[1:] / equity[:-1] - 1.0

    agree(
        values(goog_closes),
        {
            "annual_return_ratio": empyrical.annual_return(r),
            "annual_volatility_ratio": empyrical.annual_volatility(r),
            "sharpe_ratio": empyrical.sharpe_ratio(r),
            "sortino_ratio": empyrical.sortino_ratio(r),
            "downside_deviation_ratio": empyrical.downside_risk(r),
            "max_drawdown_ratio": -empyrical.max_drawdown(r),
            "calmar_ratio": empyrical.calmar_ratio(r),
            "omega_ratio": empyrical.omega_ratio(r),
            "tail_ratio": empyrical.tail_ratio(r),
            "value_at_risk_95_ratio": -empyrical.value_at_risk(r),
            "value_at_risk_99_ratio": -empyrical.value_at_risk(r, 0.01),
            "conditional_value_at_risk_95_ratio": -empyrical.conditional_value_at_risk(r),
            "conditional_value_at_risk_99_ratio": -empyrical.conditional_value_at_risk(r, 0.01),
        },
    )


def test_metrics_agree_with_quantstats_where_the_definition_is_the_same(
    goog_closes: list[float],
) -> None:
    equity = np.array(goog_closes)
    days = pandas.date_range("2004-01-01", periods=equity.size - 1, freq="D")
    r = pandas.Series(equity[1:] / equity[:-1] - 1.0, index=days)
    n = r.size

    want = {
        "annual_return_ratio": quantstats.cagr(r),
        "annual_volatility_ratio": quantstats.volatility(r),
        "sharpe_ratio": quantstats.sharpe(r),
        "sortino_ratio": quantstats.sortino(r),
        "max_drawdown_ratio": -quantstats.max_drawdown(r),
        "calmar_ratio": quantstats.calmar(r),
        "omega_ratio": quantstats.omega(r),
        "gain_to_pain_ratio": quantstats.gain_to_pain_ratio(r),
        "tail_ratio": quantstats.tail_ratio(r),
        "conditional_value_at_risk_95_ratio": -quantstats.conditional_value_at_risk(
            r, method="historical"
        ),
        # Theirs is over n - 1.
        "ulcer_index_ratio": quantstats.ulcer_index(r) * math.sqrt((n - 1) / n),
        # Theirs are corrected for the bias of a normal sample; g1 and g2 are ours.
        "skewness": quantstats.skew(r) * (n - 2) / math.sqrt(n * (n - 1)),
        "excess_kurtosis": (quantstats.kurtosis(r) * (n - 2) * (n - 3) / (n - 1) - 6) / (n + 1),
    }

    agree(values(goog_closes), {name: float(value) for name, value in want.items()})


def test_metrics_beside_a_benchmark_agree_with_both_libraries(goog_closes: list[float]) -> None:
    chance = random.Random(3)
    benchmark = [100.0]
    while len(benchmark) < len(goog_closes) - 1:
        benchmark.append(benchmark[-1] * (1.0 + chance.gauss(3e-4, 0.01)))
    marks = np.array(goog_closes[1:])
    r, b = marks[1:] / marks[:-1] - 1.0, np.diff(benchmark) / np.array(benchmark[:-1])
    days = pandas.date_range("2004-01-01", periods=r.size, freq="D")
    theirs = quantstats.greeks(pandas.Series(r, days), pandas.Series(b, days))
    ratio = quantstats.information_ratio(pandas.Series(r, days), pandas.Series(b, days))

    agree(
        values(goog_closes, benchmark),
        {
            "beta": empyrical.beta_aligned(r, b),
            "alpha_ratio": float(theirs["alpha"]),
            "information_ratio": float(ratio) * math.sqrt(252.0),
            "tracking_error_ratio": float(np.std(r - b, ddof=1)) * math.sqrt(252.0),
            "correlation": float(np.corrcoef(r, b)[0, 1]),
        },
    )
    assert values(goog_closes, benchmark)["beta"] == pytest.approx(float(theirs["beta"]))


def test_probabilistic_sharpe_ratios_are_those_of_the_papers() -> None:
    # Two years of months: Sharpe ratio 0.458, skewness -2.448, kurtosis 10.164.
    variance = sharpe_variance(0.458, -2.448, 10.164, 24)

    assert round(fixed_normal_cdf(0.458 / math.sqrt(variance)), 3) == 0.913
    assert 0.987 <= fixed_normal_cdf(0.458 * math.sqrt(24)) < 0.988


def test_a_run_by_hand() -> None:
    ours = values([100.0, 110.0, 99.0, 99.0, 121.0, 60.5])

    assert ours["max_drawdown_ratio"] == 0.5
    assert ours["drawdown_count"] == 2.0
    assert ours["longest_drawdown_bars"] == 2.0
    assert ours["average_drawdown_ratio"] == pytest.approx(0.3, rel=1e-15)
    assert ours["drawdown_recovery_bars"] == "UNDEFINED_NOT_RECOVERED"
    assert ours["underwater_ratio"] == pytest.approx(0.6, rel=1e-15)
    assert ours["positive_bar_ratio"] == 0.4
    assert ours["best_bar_ratio"] == pytest.approx(22 / 99, rel=1e-15)
    assert ours["worst_bar_ratio"] == -0.5


def test_recovery_runs_from_the_lowest_bar_to_the_first_that_made_it_good() -> None:
    assert values([100.0, 90.0, 80.0, 85.0, 100.0, 99.0])["drawdown_recovery_bars"] == 2.0


def test_the_summary_of_a_sweep_has_the_bits_of_the_registry() -> None:
    work, sums = np.empty(BLOCK), np.empty(2 * LANES)
    for seed, bars in enumerate((1, 2, 63, 64, 65, 500, 2047, 2048, 2049, 5000)):
        chance = random.Random(seed)
        equity = [1000.0]
        for _ in range(bars):
            equity.append(equity[-1] * (1.0 + chance.gauss(0.0, 0.01)))
        ours = {
            metric.id: value
            for metric, value in compute_metrics(
                run_with_equity(equity),
                periods_per_year=252.0,
                risk_free_ratio=0.02,
                benchmark=None,
            )
        }

        total, sharpe, drawdown = summary(np.array(equity), 252.0, 0.02, work, sums)

        assert total == ours["total_return_ratio"]
        assert drawdown == ours["max_drawdown_ratio"]
        assert sharpe == ours["sharpe_ratio"] if bars > 1 else math.isnan(sharpe)


def test_the_summary_of_an_unmoved_and_of_a_lost_account_has_no_sharpe_ratio() -> None:
    work, sums = np.empty(BLOCK), np.empty(2 * LANES)

    still = summary(np.full(10, 7.0), 252.0, 0.0, work, sums)
    lost = summary(np.array([1.0, 0.5, -0.5, 2.0]), 252.0, 0.0, work, sums)

    assert (still[0], still[2], lost[0]) == (0.0, 0.0, 1.0)
    assert np.isnan([still[1], lost[1], lost[2]]).all()


@pytest.mark.parametrize("shape", ["usual", "ties", "periodic", "falling"])
@pytest.mark.parametrize("bars", [127, 128, 1000, 20_000])
def test_tails_are_exact_whatever_the_sample_shows(shape: str, bars: int) -> None:
    draw = np.random.default_rng(bars)
    moves = draw.standard_t(3, bars) * 0.01
    if shape == "ties":
        moves = np.round(moves, 2)
    if shape == "periodic":  # of many bars, the sample sees only what is rare
        places = np.arange(bars) // max(bars // 1024, 8)
        sampled = np.arange(bars) % max(bars // 1024, 8) == 0
        moves = np.where(sampled, np.where(places % 2 == 0, 0.1, -0.1), np.clip(moves, -0.09, 0.09))
    if shape == "falling":
        moves = -np.linspace(0.0, 0.001, bars)
    equity = np.concatenate(([1e6], 1e6 * np.cumprod(1.0 + np.clip(moves, -0.5, 0.5))))
    r = np.diff(equity) / equity[:-1]
    ordered = np.sort(r)

    found = tail_facts(equity)

    for name, q in (("low_1", 0.01), ("low_5", 0.05), ("high_5", 0.95)):
        want = float(np.quantile(r, q))
        assert abs(getattr(found, name) - want) <= 1e-15 + 1e-14 * abs(want), name
    for name, q in (("mean_low_1", 1), ("mean_low_5", 5)):
        lowest = ordered[: (bars - 1) * q // 100 + 1]
        assert getattr(found, name) == pytest.approx(math.fsum(lowest) / lowest.size, rel=1e-14)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 2048, 10_001])
def test_sums_keep_what_plain_sums_lose(size: int) -> None:
    draw = np.random.default_rng(size)
    terms = draw.standard_normal(size) * 10.0 ** draw.integers(-6, 12, size)
    terms[size // 2 :][::-1][: size // 2] = -terms[: size // 2]  # little is left of the sum
    terms += draw.standard_normal(size) * 1e-9
    sums = np.zeros(2 * LANES)

    for start in range(0, size, BLOCK):
        add_block(terms[start : start + BLOCK], min(BLOCK, size - start), sums)

    want = math.fsum(terms)
    assert abs(sum_of(sums) - want) <= math.ulp(want) + 1e-26 * float(np.abs(terms).sum())


def test_the_normal_distribution_is_that_of_more_digits() -> None:
    points = [*np.linspace(-36.9, 9.0, 4001).tolist(), 0.0, 0.67448975, -0.67448975, 5.65685424]

    with mpmath.workdps(40):
        for x in points:
            want = mpmath.ncdf(mpmath.mpf(x))
            assert abs(mpmath.mpf(fixed_normal_cdf(x)) - want) <= 2.0**-49 * want, x
    assert fixed_normal_cdf(-math.inf) == 0.0
    assert fixed_normal_cdf(math.inf) == 1.0
    with pytest.raises(ValueError, match="NaN"):
        fixed_normal_cdf(math.nan)


def test_capacity_is_the_equity_at_which_fills_are_one_per_cent_of_volume() -> None:
    book = Book([[10.0]] * 4, 1000.0, volume=500.0)
    book.fill(1, 0, 20.0, 10.0)
    book.fill(2, 0, -20.0, 10.0)

    ours = traded(book)

    assert ours["mean_participation_ratio"] == 0.04
    assert ours["capacity_equity"] == pytest.approx(250.0, rel=1e-15)


def test_costs_and_round_trips_by_hand() -> None:
    book = Book([[10.0], [12.0], [9.0], [9.0]], 1000.0)
    book.fill(0, 0, 10.0, 10.0, fee=1.0, reference=9.9)
    book.fill(1, 0, -10.0, 12.0, fee=1.0, reference=12.1)
    book.fill(2, 0, 10.0, 9.0)
    book.fill(3, 0, -10.0, 8.0)

    ours = traded(book)

    assert ours["commission_total"] == 2.0
    assert ours["slippage_total"] == pytest.approx(2.0, rel=1e-13)
    assert ours["trade_count"] == 2.0
    assert ours["win_rate_ratio"] == 0.5
    assert ours["profit_factor_ratio"] == 1.8
    assert ours["payoff_ratio"] == 1.8
    assert ours["expectancy_ratio"] == 0.4
    assert ours["average_trade_profit"] == 4.0
    assert ours["best_trade_ratio"] == 0.18
    assert ours["worst_trade_ratio"] == pytest.approx(-1 / 9, rel=1e-15)
    assert ours["mean_holding_bars"] == 1.0
    assert ours["max_consecutive_losses"] == 1.0
    assert ours["exposure_ratio"] == 0.5
    assert (ours["closed_profit"], ours["open_profit"], ours["unexplained_profit"]) == (8.0, 0, 0)


def traded(book: Book) -> dict[str, Any]:
    outcomes = compute_metrics(
        book.run(), periods_per_year=252.0, risk_free_ratio=0.0, benchmark=None
    )
    return {metric.id: value for metric, value in outcomes}
