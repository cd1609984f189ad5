"""The execution-ambiguity envelope of five-minute bars, beside the minutes that they are of."""

from itertools import pairwise
from typing import Any

import numpy as np

from aurelius_engine.domain.market_table import BARS, MarketTable
from tests.unit.engine.runs import FIRST_NS, executed
from tests.unit.engine.test_execution_ambiguity import rows, studied

MINUTE_NS = 60_000_000_000
PARTS, COUNT, MARKETS = 5, 60, 40
Prices = list[tuple[float, float, float, float]]


def minutes(seed: int) -> Prices:
    """Bars that go straight from open to close, each from where the one before ended."""
    moves = np.random.default_rng(seed).normal(0.0, 0.012, PARTS * COUNT)
    walk = [100.0, *(100.0 * np.cumprod(1.0 + moves)).tolist()]
    return [(a, max(a, b), min(a, b), b) for a, b in pairwise(walk)]


def fives(fine: Prices) -> Prices:
    """The same prices, five minutes a bar."""
    parts = [fine[start : start + PARTS] for start in range(0, len(fine), PARTS)]
    return [
        (part[0][0], max(bar[1] for bar in part), min(bar[2] for bar in part), part[-1][3])
        for part in parts
    ]


def table_of(bars: Prices, length: int) -> MarketTable:
    columns = np.array([(*bar, 1e6) for bar in bars]).T
    return MarketTable.build(
        time=FIRST_NS + np.arange(len(bars)) * length * MINUTE_NS,
        symbol=["X"] * len(bars),
        bars=dict(zip(BARS, columns, strict=True)),
    )


def spec_of(interval: str, minute: int) -> dict[str, Any]:
    """A bracketed purchase each quarter of an hour, sent in a minute of five."""
    orders = [
        {
            "symbol": "X",
            "type": "ORDER_TYPE_MARKET",
            "quantity": 1,
            "time": f"{np.datetime64(FIRST_NS + (PARTS * bar + minute) * MINUTE_NS, 'ns')}"[:19]
            + "Z",
        }
        for bar in range(0, COUNT - 1, 3)
    ]
    return {
        "strategy": {"orderList": {"orders": orders}},
        "orders": {"bracket": {"stopLossRatio": 0.01, "takeProfitRatio": 0.01}},
        "barInterval": f"BAR_INTERVAL_{interval}",
    }


def test_the_interval_of_five_minutes_has_the_truth_of_the_minutes_in_it() -> None:
    inside = wide = 0
    for seed in range(MARKETS):
        fine = minutes(seed)
        found = studied(spec_of("FIVE_MINUTES", 0), table_of(fives(fine), PARTS))
        gains = rows(found.tables["envelope"])["total_return_ratio"]
        truth = executed(spec_of("MINUTE", PARTS - 1), table_of(fine, 1))
        gained = {one.id: value for one, value in truth.metrics}["total_return_ratio"]
        assert isinstance(gained, float)
        wide += gains["lowest"] < gains["highest"]
        inside += gains["lowest"] - 1e-9 <= gained <= gains["highest"] + 1e-9

    assert inside >= 0.95 * MARKETS
    assert wide >= 0.75 * MARKETS
