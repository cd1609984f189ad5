"""The order of rows, and what is in other rows, never reaches a result."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.market_table import MarketTable
from tests.unit.engine.runs import executed, simulated

DAY = 86_400_000_000_000
Walk = tuple[np.ndarray, list[str], dict[str, np.ndarray]]


def walk_of(seed: int) -> Walk:
    """Bars of one to three symbols, each with a bar on some of the days.

    Drawn by a seed: to let hypothesis draw each price takes longer than to run them.
    """
    chance = random.Random(seed)
    time, symbol, rows = [], [], []
    for name in chance.choice([["A"], ["A", "B"], ["C", "é", "a"]]):
        for day in chance.sample(range(41), chance.randint(4, 30)):
            low = chance.choice([1.0, 50.0, chance.uniform(1.0, 50.0)])
            high = low + chance.choice([0.0, chance.uniform(0.0, 20.0)])
            opened, closed = (
                chance.choice([low, high, min(chance.uniform(low, high), high)]) for _ in range(2)
            )
            volume = chance.choice([0.0, 1e9, chance.uniform(0.0, 1e3), chance.uniform(0.0, 1e9)])
            rows.append((opened, high, low, closed, volume))
            time.append(day * DAY)
            symbol.append(name)
    names = ("open", "high", "low", "close", "volume")
    bars = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    return np.array(time, dtype=np.int64), symbol, bars


WALKS = st.integers(0, 2**32 - 1).map(walk_of)
SPECS = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(
            [
                {"buyAndHold": {}},
                {"tsMomentum": {"lookbackBars": 2}},
                {"trendFollowing": {"fastBars": 1, "slowBars": 3}},
                {"meanReversion": {"lookbackBars": 3, "entryZscore": 0.5, "exitZscore": 0.1}},
                {"breakout": {"entryBars": 2, "exitBars": 1}},
                {"formula": {"text": "delta(close, 1) / close"}},
            ]
        ),
        "direction": st.sampled_from(["DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"]),
        "units": st.sampled_from(["UNITS_FRACTIONAL", "UNITS_INTEGER"]),
        "sizing": st.sampled_from(
            [
                {"equityFraction": {}},
                {"equityFraction": {"ratio": 0.35}},
                {"signalWeights": {"normalisation": "NORMALISATION_GROSS"}},
                {"inverseVolatility": {"lookbackBars": 3}},
            ]
        ),
        "rebalance": st.sampled_from(
            [{}, {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 3}]
        ),
        "orders": st.sampled_from(
            [
                {},
                {"entry": {"type": "ORDER_TYPE_LIMIT", "limitOffsetRatio": 0.1}},
                {
                    "entry": {"type": "ORDER_TYPE_STOP_LIMIT", "stopOffsetRatio": 0.05},
                    "exit": {"type": "ORDER_TYPE_ON_CLOSE"},
                    "bracket": {"stopLossRatio": 0.2, "trailingStopRatio": 0.3},
                },
                {"bracket": {"stopLossRatio": 0.1, "takeProfitRatio": 0.5}},
            ]
        ),
        "limits": st.sampled_from(
            [{}, {"maxGrossRatio": 2}, {"maxParticipationRatio": 0.1, "maxPositionRatio": 0.5}]
        ),
        "financing": st.sampled_from([{}, {"borrowFeeRatio": 0.1, "marginInterestRatio": 0.1}]),
        "slippage": st.sampled_from([{}, {"fixedRatio": 0.01, "volumeShareRatio": 0.1}]),
        "fillRule": st.sampled_from(["FILL_RULE_NEXT_OPEN", "FILL_RULE_SAME_CLOSE"]),
        "commission": st.fixed_dictionaries(
            {
                "valueRatio": st.sampled_from([0.0, 0.002, 0.3]),
                "perUnit": st.sampled_from([0.0, 0.01]),
                "minimum": st.sampled_from([0.0, 15.0]),
            }
        ),
        "initialCash": st.sampled_from([100.0, 1e6]),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(walk=WALKS, spec=SPECS, shuffle=st.randoms(use_true_random=False))
def test_rows_in_any_order_give_one_hash_and_one_result(
    walk: Walk, spec: dict[str, Any], shuffle: Any
) -> None:
    time, symbol, bars = walk
    order = list(range(len(time)))
    shuffle.shuffle(order)
    one = MarketTable.build(time=time, symbol=symbol, bars=bars)
    other = MarketTable.build(
        time=time[order],
        symbol=[symbol[i] for i in order],
        bars={name: values[order] for name, values in bars.items()},
    )

    assert one.data_hash() == other.data_hash()
    assert executed(spec, one).digest == executed(spec, other).digest


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(walk=WALKS, spec=SPECS)
def test_orders_are_accounted_for_and_fills_stay_in_their_bars(
    walk: Walk, spec: dict[str, Any]
) -> None:
    time, symbol, bars = walk
    table = MarketTable.build(time=time, symbol=symbol, bars=bars)

    run = simulated(spec, table)  # its accounts are checked inside

    orders, fills, panel = run.orders, run.fills, run.panel
    filled = np.zeros(orders.state.size)
    np.add.at(filled, fills.order, fills.quantity)
    assert filled == pytest.approx(orders.filled, rel=1e-12, abs=1e-300)
    assert np.all(orders.filled[orders.state == codes.REJECTED] == 0.0)
    assert np.all(orders.filled[orders.state == codes.FILLED] != 0.0)
    assert np.all((orders.ended < 0) == (orders.state == codes.OPEN))
    traded = fills.rule != codes.SYMBOL_END
    at = fills.step[traded], fills.symbol[traded]
    assert np.all(fills.reference_price[traded] >= panel.low[at])
    assert np.all(fills.reference_price[traded] <= panel.high[at])
    worse = (fills.price - fills.reference_price) * np.sign(fills.quantity)
    assert np.all(worse >= 0.0), "nobody is paid for trading"
    cap = spec["limits"].get("maxParticipationRatio")
    if cap is not None:
        taken: dict[tuple[int, int], float] = {}
        for step, place, units in zip(*at, fills.quantity[traded].tolist(), strict=True):
            taken[step, place] = taken.get((step, place), 0.0) + abs(units)
        for (step, place), units in taken.items():
            assert units <= cap * panel.volume[step, place] * (1 + 1e-9)  # lots: spec 3.6


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(walk=WALKS, spec=SPECS, cut=st.integers(5, 40))
def test_nothing_after_a_time_reaches_what_was_before_it(
    walk: Walk, spec: dict[str, Any], cut: int
) -> None:
    time, symbol, bars = walk
    poisoned = {name: values.copy() for name, values in bars.items()}
    late = time >= cut * DAY
    for values in poisoned.values():
        values[late] *= 3.0
    tables = [MarketTable.build(time=time, symbol=symbol, bars=b) for b in (bars, poisoned)]

    honest, changed = (simulated(spec, table) for table in tables)

    steps = int(np.searchsorted(honest.panel.times, cut * DAY))
    assert honest.equity[: steps + 1].tobytes() == changed.equity[: steps + 1].tobytes()
    for done in (honest, changed):
        assert np.all(np.diff(done.fills.step) >= 0)
    before = [done.orders.submitted < steps for done in (honest, changed)]
    sent = [
        (done.orders.symbol[early].tolist(), done.orders.kind[early].tolist())
        for done, early in zip((honest, changed), before, strict=True)
    ]
    assert sent[0] == sent[1]
