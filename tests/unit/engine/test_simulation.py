"""The semantics of a run, on bars small enough to follow by hand."""

from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain import errors
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.simulation import Simulation, check_accounts, simulate
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.trades import round_trips

DAY = 86_400_000_000_000


def market(**closes: list[float]) -> MarketTable:
    """Bars that open at the close before them; the first opens at its close."""
    time, symbol, opens, close = [], [], [], []
    for name, prices in closes.items():
        for i, price in enumerate(prices):
            if np.isnan(price):
                continue
            time.append(i * DAY)
            symbol.append(name)
            opens.append(prices[i - 1] if i and not np.isnan(prices[i - 1]) else price)
            close.append(price)
    o, c = np.array(opens), np.array(close)
    bars = {"open": o, "high": np.maximum(o, c), "low": np.minimum(o, c), "close": c}
    bars["volume"] = np.full(len(c), 1000.0)
    return MarketTable.build(time=np.array(time, dtype=np.int64), symbol=symbol, bars=bars)


def run(document: dict[str, Any], table: MarketTable, **changes: Any) -> Simulation:
    return simulate(spec_from_document(document | changes), table)


FREE = {"valueRatio": 0.0, "perUnit": 0.0, "minimum": 0.0}
HOLD = {"buyAndHold": {}}


def test_an_order_fills_at_the_open_after_the_close_that_decided_it(
    goog_trend: dict[str, Any],
) -> None:
    done = run(goog_trend, market(A=[10, 12, 15]), strategy=HOLD, commission=FREE)

    assert done.fills[:, 0].tolist() == [1.0]
    assert done.fills[0, 4] == 10.0
    assert done.equity[:, 2].tolist() == [1e6, 1e6, 1.2e6, 1.5e6]


def test_n_bars_give_n_plus_one_marks(goog_trend: dict[str, Any], goog: MarketTable) -> None:
    done = run(goog_trend, goog)

    assert len(done.equity) == len(goog.time) + 1


def test_an_order_decided_at_the_last_close_stays_open(goog_trend: dict[str, Any]) -> None:
    done = run(goog_trend, market(A=[10.0]), strategy=HOLD)

    assert done.fills.shape[0] == 0
    assert done.orders[:, 3].tolist() == [0.0]


def test_all_in_leaves_no_cash_and_never_less(
    goog_trend: dict[str, Any], goog: MarketTable
) -> None:
    done = run(goog_trend, goog)

    bought = done.fills[done.fills[:, 3] > 0, 0].astype(int)
    assert done.equity[:, 0].min() >= 0.0
    assert done.equity[bought + 1, 0].max() < 1e-6


def test_integer_units_are_whole_and_affordable(
    goog_trend: dict[str, Any], goog: MarketTable
) -> None:
    done = run(goog_trend, goog, units="UNITS_INTEGER")

    assert np.all(done.fills[:, 3] == np.round(done.fills[:, 3]))
    assert done.equity[:, 0].min() >= 0.0
    bought = done.fills[done.fills[:, 3] > 0]
    cash = done.equity[bought[:, 0].astype(int) + 1, 0]
    assert np.all(cash < bought[:, 4] * 1.002)


@pytest.mark.parametrize(
    ("commission", "fee"),
    [
        ({"valueRatio": 0.01, "perUnit": 0.0, "minimum": 0.0}, 0.01 * 990.0),
        ({"valueRatio": 0.0, "perUnit": 0.1, "minimum": 0.0}, 0.1 * 99.0),
        ({"valueRatio": 0.0, "perUnit": 0.0, "minimum": 25.0}, 25.0),
    ],
)
def test_each_commission_model_charges_what_it_says(
    goog_trend: dict[str, Any], commission: dict[str, float], fee: float
) -> None:
    done = run(
        goog_trend,
        market(A=[10, 10, 10]),
        strategy=HOLD,
        units="UNITS_INTEGER",
        initialCash=1000.0,
        commission=commission,
    )

    quantity, price, charged = done.fills[0, 3:6]
    assert price == 10.0
    assert charged == max(
        quantity * 10 * commission["valueRatio"] + quantity * commission["perUnit"],
        commission["minimum"],
    )
    assert charged <= fee
    assert 1000.0 - quantity * 10 - charged >= 0.0
    assert 1000.0 - (quantity + 1) * 10 - charged < 0.0


def test_capital_is_shared_equally_by_the_symbols(goog_trend: dict[str, Any]) -> None:
    done = run(goog_trend, market(A=[10, 10, 10], B=[50, 50, 50]), strategy=HOLD, commission=FREE)

    assert (done.fills[:, 3] * done.fills[:, 4]).tolist() == [5e5, 5e5]


def test_a_symbol_without_a_bar_keeps_its_last_mark_and_its_order_waits(
    goog_trend: dict[str, Any],
) -> None:
    gap = float("nan")
    done = run(
        goog_trend, market(A=[10, gap, 10, 12], B=[1, 1, 1, 1]), strategy=HOLD, commission=FREE
    )

    first = {int(place): int(step) for step, _, place, *_ in done.fills.tolist()}
    assert first == {0: 2, 1: 1}
    assert done.equity[-1, 2] == pytest.approx(1_100_000.0, rel=1e-12)


def test_a_short_earns_what_the_price_loses(goog_trend: dict[str, Any]) -> None:
    falling = [10.0, 9.0, 8.0, 4.0]
    done = run(
        goog_trend,
        market(A=falling),
        strategy={"tsMomentum": {"lookbackBars": 1}},
        direction="DIRECTION_LONG_SHORT",
        commission=FREE,
    )

    # decided at 9, sold short at the next open, which is 9; marked at 4
    assert done.fills[0, 3] == pytest.approx(-1e6 / 9)
    assert done.equity[-1, 2] == pytest.approx(1e6 + 5 * 1e6 / 9)


def test_a_short_that_cash_cannot_cover_is_bought_back_as_far_as_it_goes(
    goog_trend: dict[str, Any],
) -> None:
    done = run(
        goog_trend,
        market(A=[10.0, 9.0, 8.0, 40.0, 41.0, 42.0]),
        strategy={"tsMomentum": {"lookbackBars": 1}},
        direction="DIRECTION_LONG_SHORT",
        commission=FREE,
    )

    assert done.equity[:, 0].min() >= 0.0
    assert done.held[0] < 0.0


def test_round_trips_reconcile_with_equity(goog_trend: dict[str, Any], goog: MarketTable) -> None:
    window = {"startTime": "2004-08-19T00:00:00Z", "endTime": "2012-11-01T00:00:00Z"}
    done = run(goog_trend, goog, **window)

    assert done.held[0] == 0.0
    profit = sum(trade.profit for trade in round_trips(done))
    assert profit == pytest.approx(done.equity[-1, 2] - 1e6, rel=1e-9)


@pytest.mark.parametrize("direction", ["DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"])
def test_every_pair_of_templates_differs(
    goog_trend: dict[str, Any], goog: MarketTable, direction: str
) -> None:
    templates = [
        HOLD,
        {"tsMomentum": {"lookbackBars": 126}},
        {"trendFollowing": {"fastBars": 20, "slowBars": 100}},
        {"meanReversion": {"lookbackBars": 20, "entryZscore": 2.0, "exitZscore": 0.5}},
        {"breakout": {"entryBars": 55, "exitBars": 20}},
    ]

    finals = [
        run(goog_trend, goog, strategy=t, direction=direction).equity[-1, 2] for t in templates
    ]

    assert len(set(finals)) == len(templates)


def test_too_long_a_look_back_is_refused_with_both_numbers(
    goog_trend: dict[str, Any],
) -> None:
    with pytest.raises(errors.LookbackTooLong) as refused:
        run(goog_trend, market(A=[10.0] * 19))

    assert refused.value.facts["found"] == 20
    assert refused.value.facts["allowed"] == "at most 19"


def test_a_window_without_bars_and_an_unknown_symbol_are_refused(
    goog_trend: dict[str, Any], goog: MarketTable
) -> None:
    with pytest.raises(errors.WindowEmpty):
        run(goog_trend, goog, startTime="2030-01-01T00:00:00Z")
    with pytest.raises(errors.SymbolUnknown):
        run(goog_trend, goog, symbols=["MSFT"])
    with pytest.raises(errors.WindowReversed):
        run(goog_trend, goog, startTime="2010-01-01T00:00:00Z", endTime="2009-01-01T00:00:00Z")


def test_accounts_that_do_not_add_up_are_a_breach(
    goog_trend: dict[str, Any], goog: MarketTable
) -> None:
    done = run(goog_trend, goog)
    done.equity[1000, 2] += 5.0

    with pytest.raises(errors.AccountingBreach) as breach:
        check_accounts(done, 1e6)

    assert breach.value.facts["step"] == 999


def test_a_cancelled_run_stops(goog_trend: dict[str, Any], goog: MarketTable) -> None:
    with pytest.raises(errors.RunCancelled):
        simulate(spec_from_document(goog_trend), goog, lambda: True)


def test_a_short_that_is_larger_than_its_share_is_not_enlarged(goog_trend: dict[str, Any]) -> None:
    done = run(
        goog_trend,
        market(A=[10, 9, 8, 25, 24, 23, 22], B=[10, 11, 12, 13, 14, 15, 16]),
        strategy={"tsMomentum": {"lookbackBars": 1}},
        direction="DIRECTION_LONG_SHORT",
        commission=FREE,
        initialCash=1000.0,
    )

    bought_back = done.fills[(done.fills[:, 2] == 0) & (done.fills[:, 0] == 4)]
    assert len(bought_back) == 1
    sold_again = (done.fills[:, 2] == 0) & (done.fills[:, 0] > 4) & (done.fills[:, 3] < 0)
    assert not sold_again.any()
    mine = done.orders[done.orders[:, 1] == 0]
    assert mine[-1, 2] == -1
    assert mine[-1, 3] == 2, "there was nothing to do"


def test_an_order_that_another_leaves_no_cash_for_is_rejected_at_its_open(
    goog_trend: dict[str, Any],
) -> None:
    late = [10.0, 10.0, 10.0, 10.0, 11.0, 12.0, 13.0]
    done = run(
        goog_trend,
        market(A=[10, 11, 100, 101, 102, 103, 104], B=late, C=late),
        strategy={"tsMomentum": {"lookbackBars": 1}},
        commission=FREE,
        initialCash=900.0,
    )

    (order_of_c,) = done.orders[done.orders[:, 1] == 2]
    assert order_of_c[3] == 3, "rejected"
    assert order_of_c[5] == 5, "at the open after the close that decided it"


def test_a_price_too_small_to_divide_by_ends(goog_trend: dict[str, Any]) -> None:
    done = run(goog_trend, market(A=[1e-310, 1e-310, 1e-310]), strategy=HOLD)

    assert done.fills.shape[0] == 0
    assert done.orders[0, 3] == 3


def test_a_run_is_asked_to_stop_between_symbols_and_after_its_last_block(
    goog_trend: dict[str, Any],
) -> None:
    asked: list[int] = []

    def stop_at(last: int) -> None:
        def should_stop() -> bool:
            asked.append(1)
            return len(asked) == last

        simulate(spec_from_document(goog_trend | {"strategy": HOLD}), market(A=[1, 2]), should_stop)

    stop_at(0)
    times = len(asked)
    for last in range(1, times + 1):
        asked.clear()
        with pytest.raises(errors.RunCancelled):
            stop_at(last)
    assert times >= 3


def test_a_window_that_memory_cannot_hold_is_refused_before_it_is_laid_out(
    goog_trend: dict[str, Any],
) -> None:
    names, bars = 8193, 8193  # one bar a symbol, each at a time of its own
    price = np.full(bars, 10.0)
    table = MarketTable.build(
        time=np.arange(bars, dtype=np.int64) * DAY,
        symbol=[f"S{i}" for i in range(names)],
        bars=dict.fromkeys(("open", "high", "low", "close", "volume"), price),
    )

    with pytest.raises(errors.WindowTooLarge) as refused:
        run(goog_trend, table, strategy=HOLD)

    assert refused.value.facts["found"] == names * bars
    assert refused.value.facts["allowed"] == "at most 67108864"
