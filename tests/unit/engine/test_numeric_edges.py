"""Numbers at the edge of what a float64 holds, and results that rounding must not decide."""

from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain.errors import AccountingBreach
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics.registry import EQUITY_METRICS, compute_equity_metrics
from aurelius_engine.domain.results import RunResult
from tests.unit.engine import runs

FREE = {"valueRatio": 0.0, "perUnit": 0.0, "minimum": 0.0}
HOLD = {"buyAndHold": {}}
YESTERDAY = {"tsMomentum": {"lookbackBars": 1}}


def market(**prices: list[float]) -> MarketTable:
    """Bars of one price each."""
    return runs.market(prices)


def run(table: MarketTable, **spec: Any) -> Any:
    return runs.simulated({"strategy": HOLD, **spec}, table)


def result(table: MarketTable, **spec: Any) -> RunResult:
    return runs.executed({"strategy": HOLD, **spec}, table)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("price", np.geomspace(1e-9, 1e-2, 300).tolist())
def test_more_whole_units_than_a_float_can_count_singly_are_sized(price: float) -> None:
    done = run(
        market(A=[price] * 3),
        strategy=HOLD,
        units="UNITS_INTEGER",
        initialCash=1e15,
        commission=FREE | {"valueRatio": 0.002},
    )

    assert done.orders.state[0] == 1
    assert 0.0 <= done.cash[-1] < 1.0


@pytest.mark.timeout(60)
@pytest.mark.parametrize("cash", [1e-300, 1e-310, 1e-320, 5e-324])
@pytest.mark.parametrize("price", [0.1, 3.0, 1e12])
def test_an_account_of_almost_nothing_ends(cash: float, price: float) -> None:
    rates = FREE | {"valueRatio": 0.002}
    done = run(market(A=[price] * 3), strategy=HOLD, initialCash=cash, commission=rates)

    assert done.cash.min() >= 0.0


def test_a_negative_zero_in_a_specification_changes_no_bit() -> None:
    table = market(A=[10, 11, 12, 11, 10, 9])
    signed = dict.fromkeys(FREE, -0.0)

    one = result(table, strategy=YESTERDAY, riskFreeRatio=0.0)
    other = result(table, strategy=YESTERDAY, riskFreeRatio=-0.0, commission=signed)

    assert len(one.tables["fills"][0].data) == 2
    assert one.digest == other.digest


def test_positions_that_offset_each_other_are_exposure() -> None:
    table = market(A=[10, 11, 16, 16, 16, 16], B=[10, 9, 8, 8, 8, 8])

    done = result(
        table,
        strategy=YESTERDAY,
        direction="DIRECTION_LONG_SHORT",
        initialCash=1000.0,
    )

    assert done.tables["equity"][3].data.tolist() == [0.0] * 7, "long and short are worth 0"
    exposure = {metric.id: value for metric, value in done.metrics}["exposure_ratio"]
    assert exposure == 2 / 6


@pytest.mark.parametrize("price", [0.1, 0.11, 0.7, 1.1, 12.34])
@pytest.mark.parametrize(
    "strategy",
    [
        {"trendFollowing": {"fastBars": 1, "slowBars": 3}},
        {"trendFollowing": {"fastBars": 2, "slowBars": 7}},
        {"meanReversion": {"lookbackBars": 5, "entryZscore": 0.5, "exitZscore": 0.1}},
        {"meanReversion": {"lookbackBars": 7, "entryZscore": 0.5, "exitZscore": 0.0}},
    ],
)
def test_a_price_that_never_moves_gives_no_signal(strategy: dict[str, Any], price: float) -> None:
    table = market(A=[price] * 30)

    done = run(table, strategy=strategy, direction="DIRECTION_LONG_SHORT")

    assert done.orders.state.size == 0


def test_what_rounding_left_of_the_cash_buys_nothing() -> None:
    shorted = [10.0, 9.0, 9.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0]
    done = run(
        market(A=shorted),
        strategy=YESTERDAY,
        direction="DIRECTION_LONG_SHORT",
        initialCash=1000.0,
        commission=FREE | {"valueRatio": 0.002},
    )

    value = np.abs(done.fills.quantity) * done.fills.price
    assert done.equity[-1] < 0.0, "the short could not be bought back in full"
    assert value.min() > 1e-6


@pytest.mark.parametrize("top", [1e3, 1e8, 1e12])
def test_a_fortune_won_and_lost_is_no_breach(top: float) -> None:
    rise = [1, 1.1, 1.2, 2, top, top * 1.1, top, top * 0.9, top * 0.91, top * 0.95]
    fall = [top * 0.96, 1.0, 0.9, 0.95, 0.97, 0.9, 0.9]

    done = run(
        market(A=rise + fall),
        strategy=YESTERDAY,
        initialCash=1000.0,
        commission=FREE | {"valueRatio": 0.002},
    )

    assert done.equity.max() > top


def test_a_minimum_commission_is_not_paid_for_dust() -> None:
    rates = FREE | {"minimum": 15.0}

    done = run(
        market(A=[10, 10, 10]),
        strategy=HOLD,
        initialCash=np.nextafter(15.0, 16.0).item(),
        commission=rates,
    )

    assert done.fills.step.size == 0
    assert done.orders.state[0] == 3, "rejected"


def test_an_account_that_only_rounding_moves_has_no_risk() -> None:
    done = result(
        market(A=[7.0] * 10, B=[8.0] * 10, C=[9.0] * 10),
        strategy=HOLD,
        sizing={"equityFraction": {"ratio": 0.35}},
        initialCash=1000.0,
        riskFreeRatio=-0.01,
    )

    values = {metric.id: value for metric, value in done.metrics}
    assert values["final_equity"] == pytest.approx(1000.0, rel=1e-12)
    assert values["sharpe_ratio"] == "UNDEFINED_NO_RISK"
    assert values["calmar_ratio"] == "UNDEFINED_NO_DRAWDOWN"


@pytest.mark.timeout(60)
def test_guards_of_more_units_than_a_float_holds_end_in_a_breach() -> None:
    split = (1e6, 0.0, 1e200)
    bars = [10, 10, (10, 10, 10, 10, *split), (10, 10, 1e-300, 10, *split), 10]
    bracket = {"stopLossRatio": 0.001, "trailingStopRatio": 0.001}
    bought = runs.listed(
        {"step": 0, "quantity": 1, "type": "MARKET"},
        corporateActions="CORPORATE_ACTIONS_APPLIED",
        orders={"bracket": bracket},
    )

    with pytest.raises(AccountingBreach):
        runs.simulated(bought, runs.market({"X": bars}))


def test_returns_whose_squares_no_float_holds_leave_ratios_undefined() -> None:
    equity = np.array([1e-150, 1e150, 1e-150, 1e150])
    days = runs.FIRST_NS + np.arange(3) * runs.DAY_NS

    found = compute_equity_metrics(
        EQUITY_METRICS, equity, days, periods_per_year=252.0, risk_free_ratio=0.0
    )

    values = dict(zip([metric.id for metric in EQUITY_METRICS], found, strict=True))
    assert values["probabilistic_sharpe_2012_ratio"] == "UNDEFINED_OVERFLOW"
    assert all(isinstance(value, str) or np.isfinite(value) for value in found)
