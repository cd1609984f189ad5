"""The semantics of a run, on bars small enough to follow by hand."""

from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain import errors
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.simulation import simulate
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.trades import round_trips
from tests.unit.engine.runs import DAY_NS, document, market, simulated

GAP = None
HOLD = {"buyAndHold": {}}
YESTERDAY = {"tsMomentum": {"lookbackBars": 1}}
TREND = {"trendFollowing": {"fastBars": 10, "slowBars": 20}}
SHORT = "DIRECTION_LONG_SHORT"


def closes(**prices: list[Any]) -> MarketTable:
    """Bars that open at the close before them; the first opens at its close."""
    days: dict[str, list[Any]] = {}
    for name, line in prices.items():
        days[name] = []
        for i, price in enumerate(line):
            before = line[i - 1] if i and line[i - 1] is not None else price
            bar = None
            if price is not None:
                bar = (before, max(before, price), min(before, price), price)
            days[name].append(bar)
    return market(days)


def run(table: MarketTable, **spec: Any) -> Simulation:
    return simulated({"strategy": HOLD, **spec}, table)


def states(done: Simulation) -> list[str]:
    return [codes.STATE_NAMES[int(state)] for state in done.orders.state]


def reasons(done: Simulation) -> list[str]:
    return [codes.REASON_NAMES[int(reason)] for reason in done.orders.reason]


def test_an_order_fills_at_the_open_after_the_close_that_decided_it() -> None:
    done = run(closes(A=[10, 12, 15]))

    assert done.fills.step.tolist() == [1]
    assert done.fills.price.tolist() == [10.0]
    assert done.equity.tolist() == [1000, 1000, 1200, 1500]


def test_n_bars_give_n_plus_one_marks(goog: MarketTable) -> None:
    done = run(goog, strategy=TREND, calendar="XNYS")

    assert done.equity.size == len(goog.time) + 1


def test_an_order_decided_at_the_last_close_stays_open() -> None:
    done = run(closes(A=[10]))

    assert done.fills.step.size == 0
    assert states(done) == ["open"]


def test_all_in_leaves_no_cash_and_never_less(goog: MarketTable) -> None:
    done = run(goog, strategy=TREND, calendar="XNYS", commission={"valueRatio": 0.002})

    bought = done.fills.step[done.fills.quantity > 0]
    assert bought.size > 40
    assert done.cash.min() >= 0.0
    assert done.cash[bought + 1].max() < 1e-6


def test_whole_units_are_whole_and_affordable(goog: MarketTable) -> None:
    done = run(
        goog,
        strategy=TREND,
        calendar="XNYS",
        initialCash=1_000_000,
        commission={"valueRatio": 0.002},
        units="UNITS_INTEGER",
    )

    assert np.all(done.fills.quantity == np.round(done.fills.quantity))
    assert done.cash.min() >= 0.0
    bought = done.fills.quantity > 0
    assert np.all(done.cash[done.fills.step[bought] + 1] < done.fills.price[bought] * 1.002)


@pytest.mark.parametrize(
    "commission",
    [
        {"valueRatio": 0.01},
        {"perUnit": 0.1},
        {"minimum": 25.0},
        {"perOrder": 7.0},
        {"perOrder": 7.0, "valueRatio": 0.01, "perUnit": 0.1, "minimum": 3.0},
    ],
)
def test_each_commission_model_charges_what_it_says(commission: dict[str, float]) -> None:
    done = run(closes(A=[10, 10, 10]), units="UNITS_INTEGER", commission=commission)

    (units,), (charged,) = done.fills.quantity.tolist(), done.fills.commission.tolist()

    def cost(of: float) -> float:
        rates = of * 10 * commission.get("valueRatio", 0) + of * commission.get("perUnit", 0)
        return max(rates + commission.get("perOrder", 0), commission.get("minimum", 0))

    assert charged == cost(units)
    assert 1000.0 - units * 10 - charged >= 0.0
    assert 1000.0 - (units + 1) * 10 - cost(units + 1) < 0.0


def test_the_commission_falls_with_the_value_traded_in_a_month() -> None:
    table = closes(A=[10.0] * 40)
    tiers = [{"fromValue": 1500, "valueRatio": 0.001}]
    listed = [{"time": f"2010-01-{day:02d}T00:00:00Z", "symbol": "A"} for day in range(1, 32)]
    orders = [
        {**row, "quantity": 50 if i % 2 == 0 else -50, "type": "ORDER_TYPE_MARKET"}
        for i, row in enumerate(listed)
    ]
    done = run(
        table,
        strategy={"orderList": {"orders": orders}},
        commission={"valueRatio": 0.01, "tiers": tiers},
    )
    # 500 a fill: the fourth of January has 1500 behind it; February begins anew.
    assert done.fills.commission[:3].tolist() == [5.0, 5.0, 5.0]
    assert set(done.fills.commission[3:30].tolist()) == {0.5}
    assert done.fills.commission[30] == 5.0


def test_capital_is_shared_equally_by_the_symbols() -> None:
    done = run(closes(A=[10, 10, 10], B=[50, 50, 50]))

    assert (done.fills.quantity * done.fills.price).tolist() == [500, 500]


def test_a_symbol_without_a_bar_keeps_its_last_mark_and_its_order_waits() -> None:
    done = run(closes(A=[10, GAP, 10, 12], B=[1, 1, 1, 1]))

    assert dict(zip(done.fills.symbol.tolist(), done.fills.step.tolist(), strict=True)) == {
        0: 2,
        1: 1,
    }
    assert done.equity[-1] == pytest.approx(1100, rel=1e-12)


def test_symbols_of_two_exchanges_share_one_clock() -> None:
    done = run(closes(A=[10, GAP, 11, GAP, 12, 12], B=[20, 21, GAP, 22, GAP, 22]))

    assert done.panel.times.size == 6
    assert done.equity.size == 7
    assert np.all(np.isfinite(done.equity))


def test_a_short_earns_what_the_price_loses() -> None:
    done = run(closes(A=[10.0, 9.0, 8.0, 4.0]), strategy=YESTERDAY, direction=SHORT)

    # decided at 9, sold short at the next open, which is 9; marked at 4
    assert done.fills.quantity[0] == pytest.approx(-1000 / 9)
    assert done.equity[-1] == pytest.approx(1000 + 5 * 1000 / 9)


def test_a_short_is_bought_back_whatever_it_costs() -> None:
    done = run(closes(A=[10.0, 9.0, 8.0, 40.0, 41.0, 42.0]), strategy=YESTERDAY, direction=SHORT)

    assert done.held[0] == 0.0
    assert done.equity[-1] < 0.0, "the debt stays on the account"
    assert "no_equity" in reasons(done), "and nothing is opened with it"


def test_an_exit_that_cannot_pay_its_minimum_happens_all_the_same() -> None:
    done = run(
        closes(A=[10, 11, 11, 0.5, 0.4, 0.4]),
        strategy=YESTERDAY,
        initialCash=100,
        commission={"minimum": 20},
    )

    assert done.held[0] == 0.0
    assert states(done) == ["filled", "filled"]


def test_a_turn_pays_its_minimum_once() -> None:
    done = run(
        closes(A=[10, 11, 12, 11, 10, 10]),
        strategy=YESTERDAY,
        direction=SHORT,
        commission={"minimum": 15},
    )

    turn = done.fills.quantity[1]
    assert turn < -done.fills.quantity[0]
    assert done.fills.commission.tolist()[:2] == [15.0, 15.0]
    # the short side is worth all that closing freed, less the one minimum
    assert done.equity[done.fills.step[1] + 1] > 0.0
    assert done.gross_value[done.fills.step[1] + 1] <= done.equity[done.fills.step[1] + 1] * 1.1


def test_round_trips_reconcile_with_equity(goog: MarketTable) -> None:
    done = run(
        goog,
        strategy=TREND,
        calendar="XNYS",
        startTime="2004-08-19T00:00:00Z",
        endTime="2012-11-01T00:00:00Z",
        commission={"valueRatio": 0.002},
    )

    assert done.held[0] == 0.0
    assert round_trips(done).profit.sum() == pytest.approx(done.equity[-1] - 1000, rel=1e-9)


def test_too_long_a_look_back_is_refused_with_both_numbers() -> None:
    with pytest.raises(errors.LookbackTooLong) as refused:
        run(closes(A=[10.0] * 19), strategy=TREND)

    assert refused.value.facts["found"] == 20
    assert refused.value.facts["allowed"] == "at most 19 of A" or (
        refused.value.facts["allowed"] == "at most 19"
    )


def test_a_late_listing_does_not_refuse_the_others() -> None:
    done = run(closes(A=[10.0 + i for i in range(30)], B=[GAP] * 25 + [10.0] * 5), strategy=TREND)

    assert set(done.fills.symbol.tolist()) == {0}


def test_a_window_without_bars_and_an_unknown_symbol_are_refused(goog: MarketTable) -> None:
    new_york = {"calendar": "XNYS", "strategy": TREND}
    with pytest.raises(errors.WindowEmpty):
        run(goog, **new_york, startTime="2030-01-01T00:00:00Z")
    with pytest.raises(errors.SymbolUnknown):
        run(goog, **new_york, symbols=["MSFT"])
    times = {"startTime": "2010-01-01T00:00:00Z", "endTime": "2009-01-01T00:00:00Z"}
    with pytest.raises(errors.WindowReversed):
        run(goog, **new_york, **times)


def test_a_cancelled_run_stops(goog: MarketTable) -> None:
    spec = spec_from_document(document({"strategy": TREND, "calendar": "XNYS"}))
    with pytest.raises(errors.RunCancelled):
        simulate(spec, goog, periods_per_year=252.0, should_stop=lambda: True)


def test_a_price_too_small_to_divide_by_ends() -> None:
    done = run(closes(A=[1e-310, 1e-310, 1e-310]))

    assert done.fills.step.size == 0
    assert states(done) == ["rejected"]


def test_a_run_is_asked_to_stop_before_and_after_its_blocks() -> None:
    asked: list[int] = []
    spec = spec_from_document(document({"strategy": HOLD}))

    def stop_at(last: int) -> None:
        def should_stop() -> bool:
            asked.append(1)
            return len(asked) == last

        simulate(spec, closes(A=[1, 2]), periods_per_year=365.0, should_stop=should_stop)

    stop_at(0)
    times = len(asked)
    for last in range(1, times + 1):
        asked.clear()
        with pytest.raises(errors.RunCancelled):
            stop_at(last)
    assert times >= 3


def test_a_window_that_memory_cannot_hold_is_refused_before_it_is_laid_out() -> None:
    names, bars = 8193, 8193  # one bar a symbol, each at a time of its own
    price = np.full(bars, 10.0)
    table = MarketTable.build(
        time=np.arange(bars, dtype=np.int64) * DAY_NS,
        symbol=[f"S{i}" for i in range(names)],
        bars=dict.fromkeys(("open", "high", "low", "close", "volume"), price),
    )

    with pytest.raises(errors.WindowTooLarge) as refused:
        run(table)

    assert refused.value.facts["found"] == names * bars
    assert refused.value.facts["allowed"] == "at most 67108864"


def test_a_tolerance_leaves_small_drifts_alone() -> None:
    table = closes(A=[10, 10, 10.4, 10.8, 14, 14, 14], B=[10] * 7)
    every = {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 1}
    loose = run(table, rebalance={**every, "toleranceRatio": 0.05})
    tight = run(table, rebalance=every)

    assert tight.fills.step.size > loose.fills.step.size
    # A drifts past 5 % of equity only at its jump to 14.
    assert set(loose.fills.step.tolist()) == {1, 5}


def test_orders_in_are_filled_cancelled_rejected_or_open(goog: MarketTable) -> None:
    done = run(
        goog,
        strategy=TREND,
        calendar="XNYS",
        direction=SHORT,
        orders={
            "entry": {"type": "ORDER_TYPE_LIMIT", "limitOffsetRatio": 0.01},
            "bracket": {"stopLossRatio": 0.05, "takeProfitRatio": 0.1, "trailingStopRatio": 0.08},
        },
        limits={"maxParticipationRatio": 0.001},
        commission={"valueRatio": 0.001},
    )

    found = states(done)
    assert len(found) == sum(found.count(name) for name in set(codes.STATE_NAMES.values()))
    assert found.count("filled") > 50
    assert found.count("cancelled") > 50
    ended = [reason for state, reason in zip(found, reasons(done), strict=True)]
    assert all(
        (state in ("filled", "open")) == (reason == "")
        for state, reason in zip(found, ended, strict=True)
    )
