"""Metrics against numbers worked out another way, and against empyrical."""

import math
import warnings
from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain.fixed_math import fixed_exp, fixed_log
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import REGISTRY
from aurelius_engine.domain.results import RunResult, result_of
from aurelius_engine.domain.simulation import simulate
from aurelius_engine.domain.spec import spec_from_document


def result(document: dict[str, Any], table: MarketTable) -> RunResult:
    spec = spec_from_document(document)
    return result_of(simulate(spec, table), spec, periods_per_year=252.0)


def values(done: RunResult) -> dict[str, float | str]:
    return {metric.id: value for metric, value in done.metrics}


def test_ratios_agree_with_empyrical_where_the_definition_is_the_same(
    goog_trend: dict[str, Any], goog: MarketTable
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import empyrical
    done = result(goog_trend, goog)
    equity = done.tables["equity"][4].data
    returns = equity[1:] / equity[:-1] - 1.0

    ours = values(done)

    want = {
        "sharpe_ratio": empyrical.sharpe_ratio(returns),
        "sortino_ratio": empyrical.sortino_ratio(returns),
        "annual_volatility_ratio": empyrical.annual_volatility(returns),
        "annual_return_ratio": empyrical.annual_return(returns),
        "max_drawdown_ratio": -empyrical.max_drawdown(returns),
        "calmar_ratio": empyrical.calmar_ratio(returns),
    }
    for name, value in want.items():
        assert abs(float(ours[name]) - value) <= 1e-11 + 1e-12 * abs(value), name


def test_sortino_is_not_a_multiple_of_sharpe(goog_trend: dict[str, Any], goog: MarketTable) -> None:
    one = values(result(goog_trend, goog))
    other = values(result(goog_trend | {"strategy": {"buyAndHold": {}}}, goog))

    ratios = [float(v["sortino_ratio"]) / float(v["sharpe_ratio"]) for v in (one, other)]

    assert ratios[0] != pytest.approx(ratios[1], rel=1e-3)


def test_without_trades_statistics_are_undefined_with_a_reason(
    goog_trend: dict[str, Any], goog: MarketTable
) -> None:
    done = values(result(goog_trend | {"strategy": {"buyAndHold": {}}}, goog))

    assert done["trade_count"] == 0.0
    assert done["win_rate_ratio"] == "UNDEFINED_NO_TRADES"
    assert done["profit_factor_ratio"] == "UNDEFINED_NO_TRADES"


def test_a_flat_run_has_no_risk_to_divide_by(goog_trend: dict[str, Any], goog: MarketTable) -> None:
    never = {"meanReversion": {"lookbackBars": 20, "entryZscore": 50.0, "exitZscore": 0.5}}

    done = values(result(goog_trend | {"strategy": never}, goog))

    assert done["sharpe_ratio"] == "UNDEFINED_NO_RISK"
    assert done["calmar_ratio"] == "UNDEFINED_NO_DRAWDOWN"
    assert done["total_return_ratio"] == 0.0


def test_metric_ids_are_unique_and_documented() -> None:
    ids = [metric.id for metric in REGISTRY]

    assert len(ids) == len(set(ids))
    assert all(metric.formula and metric.unit and metric.divisor for metric in REGISTRY)


@pytest.mark.parametrize("x", np.geomspace(1e-300, 1e300, 601).tolist())
def test_fixed_log_is_within_two_units_in_the_last_place(x: float) -> None:
    want = math.log(x)

    assert abs(fixed_log(x) - want) <= 2 * math.ulp(want)


@pytest.mark.parametrize("x", np.linspace(-699.0, 699.0, 601).tolist())
def test_fixed_exp_is_within_four_units_in_the_last_place(x: float) -> None:
    want = math.exp(x)

    assert abs(fixed_exp(x) - want) <= 4 * math.ulp(want)


def test_a_loss_beyond_what_a_year_can_hold_is_a_whole_loss(goog_trend: dict[str, Any]) -> None:
    prices = np.array([100.0, 100.0, 0.01])
    bars = {"open": np.array([100.0, 100.0, 100.0]), "close": prices}
    bars |= {"high": np.full(3, 100.0), "low": np.full(3, 0.01), "volume": np.ones(3)}
    table = MarketTable.build(time=np.arange(3, dtype=np.int64), symbol=["A"] * 3, bars=bars)

    done = values(result(goog_trend | {"strategy": {"buyAndHold": {}}}, table))

    assert done["annual_return_ratio"] == -1.0
    assert done["calmar_ratio"] == pytest.approx(-1.0, rel=1e-3)
