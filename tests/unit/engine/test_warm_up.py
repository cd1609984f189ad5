"""Bars before the window: seen by signals and sizes, and never traded in."""

import numpy as np
import pytest

from aurelius_engine.domain.errors import WarmUpMissing
from aurelius_engine.domain.market_table import MarketTable
from tests.unit.engine.runs import market, simulated, time_text

TREND = {"strategy": {"trendFollowing": {"fastBars": 2, "slowBars": 5}}}


def waves(symbols: int = 1) -> MarketTable:
    days = range(60)
    return market(
        {
            f"S{k}": [10.0 + (day * (3 + k) % 17) * 0.5 + 0.02 * day for day in days]
            for k in range(symbols)
        }
    )


def windowed(first: int, warm: int, **spec: object) -> dict[str, object]:
    return {**TREND, "startTime": time_text(first), "warmUpBars": warm, **spec}


def test_a_warm_window_decides_at_its_first_close_what_the_whole_run_holds_there() -> None:
    whole = simulated(TREND, waves())
    warm = simulated(windowed(20, 20), waves())
    cold = simulated(windowed(20, 0), waves())

    assert warm.panel.times.tolist() == whole.panel.times[20:].tolist()
    assert warm.equity.size == 41
    changes = whole.orders.submitted[whole.orders.submitted > 20] - 20
    later = warm.orders.submitted[warm.orders.submitted > 0]
    assert later.tolist() == changes.tolist()
    held = np.count_nonzero(whole.orders.submitted <= 20) % 2 == 1
    assert (warm.orders.submitted[0] == 0) == held
    assert cold.orders.submitted[0] > 3


def test_nothing_before_the_window_moves_the_account() -> None:
    warm = simulated(windowed(20, 15), waves())

    assert int(warm.orders.submitted.min()) >= 0
    assert warm.equity[0] == 1000.0
    assert warm.equity[1] == 1000.0


def test_more_warm_up_than_a_strategy_needs_changes_nothing() -> None:
    some, more = (simulated(windowed(30, bars), waves()) for bars in (4, 25))

    assert some.orders.submitted.tolist() == more.orders.submitted.tolist()
    assert some.equity.tolist() == more.equity.tolist()


def test_a_schedule_counts_from_the_window() -> None:
    spec = windowed(
        20,
        20,
        rebalance={"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 7},
        sizing={"equalWeight": {}},
    )
    run = simulated(spec, waves(2))

    assert {step % 7 for step in run.orders.submitted.tolist()} == {0}


def test_data_without_the_bars_is_refused_with_both_numbers() -> None:
    with pytest.raises(WarmUpMissing) as refused:
        simulated(windowed(20, 21), waves())

    assert refused.value.facts == {"found": 21, "allowed": "at most 20"}
