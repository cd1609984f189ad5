"""The order of rows, and what is in other rows, never reaches a result."""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import result_of
from aurelius_engine.domain.simulation import simulate
from aurelius_engine.domain.spec import spec_from_document

DAY = 86_400_000_000_000


@st.composite
def walks(draw: st.DrawFn) -> tuple[np.ndarray, list[str], dict[str, np.ndarray]]:
    """Bars of one to three symbols, each with a bar on some of the days."""
    time, symbol, rows = [], [], []
    for name in draw(st.sampled_from([["A"], ["A", "B"], ["C", "é", "a"]])):
        days = draw(st.lists(st.integers(0, 40), min_size=4, max_size=30, unique=True))
        for day in days:
            low = draw(st.floats(1.0, 50.0))
            high = low + draw(st.floats(0.0, 20.0))
            inside = st.floats(low, high)
            rows.append((draw(inside), high, low, draw(inside), draw(st.floats(0.0, 1e9))))
            time.append(day * DAY)
            symbol.append(name)
    names = ("open", "high", "low", "close", "volume")
    bars = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    return np.array(time, dtype=np.int64), symbol, bars


SPECS = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(
            [
                {"buyAndHold": {}},
                {"tsMomentum": {"lookbackBars": 2}},
                {"trendFollowing": {"fastBars": 1, "slowBars": 3}},
                {"meanReversion": {"lookbackBars": 3, "entryZscore": 0.5, "exitZscore": 0.1}},
                {"breakout": {"entryBars": 2, "exitBars": 1}},
            ]
        ),
        "direction": st.sampled_from(["DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"]),
        "units": st.sampled_from(["UNITS_FRACTIONAL", "UNITS_INTEGER"]),
        "equityFractionRatio": st.sampled_from([1.0, 0.35]),
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


def digest(document: dict[str, Any], table: MarketTable) -> str:
    spec = spec_from_document(document)
    return result_of(simulate(spec, table), spec, periods_per_year=252.0).digest


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(walk=walks(), spec=SPECS, shuffle=st.randoms(use_true_random=False))
def test_rows_in_any_order_give_one_hash_and_one_result(
    walk: tuple[np.ndarray, list[str], dict[str, np.ndarray]], spec: dict[str, Any], shuffle: Any
) -> None:
    time, symbol, bars = walk
    document = spec | {"symbols": [], "calendar": "XNYS", "calendarVersion": "", "riskFreeRatio": 0}
    order = list(range(len(time)))
    shuffle.shuffle(order)
    one = MarketTable.build(time=time, symbol=symbol, bars=bars)
    other = MarketTable.build(
        time=time[order],
        symbol=[symbol[i] for i in order],
        bars={name: values[order] for name, values in bars.items()},
    )

    assert one.data_hash() == other.data_hash()
    assert digest(document, one) == digest(document, other)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(walk=walks(), spec=SPECS)
def test_cash_is_never_below_zero_and_orders_are_accounted_for(
    walk: tuple[np.ndarray, list[str], dict[str, np.ndarray]], spec: dict[str, Any]
) -> None:
    time, symbol, bars = walk
    document = spec | {"symbols": [], "calendar": "XNYS", "calendarVersion": "", "riskFreeRatio": 0}
    table = MarketTable.build(time=time, symbol=symbol, bars=bars)

    run = simulate(spec_from_document(document), table)  # its accounts are checked inside

    assert run.equity[:, 0].min() >= 0.0
    filled = np.zeros(len(run.orders))
    np.add.at(filled, run.fills[:, 1].astype(int), run.fills[:, 3])
    assert filled.tolist() == run.orders[:, 4].tolist()
    assert np.all(run.orders[run.orders[:, 3] == 3.0, 4] == 0.0), "a rejected order has no fill"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(walk=walks(), spec=SPECS, cut=st.integers(5, 40))
def test_nothing_after_a_time_reaches_what_was_before_it(
    walk: tuple[np.ndarray, list[str], dict[str, np.ndarray]], spec: dict[str, Any], cut: int
) -> None:
    time, symbol, bars = walk
    document = spec | {"symbols": [], "calendar": "XNYS", "calendarVersion": "", "riskFreeRatio": 0}
    poisoned = {name: values.copy() for name, values in bars.items()}
    late = time >= cut * DAY
    for values in poisoned.values():
        values[late] *= 3.0
    tables = [MarketTable.build(time=time, symbol=symbol, bars=b) for b in (bars, poisoned)]

    honest, changed = (simulate(spec_from_document(document), table) for table in tables)

    steps = int(np.searchsorted(honest.panel.times, cut * DAY))
    assert honest.equity[: steps + 1].tobytes() == changed.equity[: steps + 1].tobytes()
