"""GOOG, SMA 10/20: an independent engine agrees, and so does plain arithmetic.

The peer waits one bar after its last undefined indicator value; ours decides on
the first bar whose averages exist. The peer is therefore given averages that are
equal, so neutral, one bar before they exist: the same first decision.
"""

import contextlib
import io
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.simulation import simulate
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.trades import round_trips


@pytest.fixture
def ours(goog_trend: dict[str, Any], goog: MarketTable) -> Simulation:
    return simulate(spec_from_document(goog_trend), goog, periods_per_year=252.0)


def test_the_backtesting_package_agrees(ours: Simulation, goog_frame: Any) -> None:
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        from backtesting import Strategy
        from backtesting.lib import FractionalBacktest
        from backtesting.test import SMA

        def average(close: Any, bars: int) -> Any:
            values = np.array(SMA(close, bars), dtype=float)
            values[18] = 0.0
            values[:18] = np.nan
            return values

        class Cross(Strategy):  # type: ignore[misc]
            def init(self) -> None:
                close = self.data.Close
                self.fast, self.slow = self.I(average, close, 10), self.I(average, close, 20)

            def next(self) -> None:
                if self.fast[-1] > self.slow[-1] and not self.position:
                    self.buy()
                elif self.fast[-1] < self.slow[-1] and self.position:
                    self.position.close()

        peer = FractionalBacktest(
            goog_frame, Cross, cash=1e6, commission=0.002, fractional_unit=1e-9
        ).run()

    assert round_trips(ours).closed == peer["# Trades"]
    assert ours.equity[-1] == pytest.approx(peer["Equity Final [$]"], rel=1e-9)


def test_exact_arithmetic_agrees(ours: Simulation, goog: MarketTable) -> None:
    close = [Fraction(x) for x in goog.close.tolist()]
    opens = [Fraction(x) for x in goog.open.tolist()]
    rate = Fraction(0.002)
    cash, units, want, trades = Fraction(1_000_000), Fraction(0), False, 0
    for i in range(len(close)):
        if want and not units:
            units, cash = cash / (opens[i] * (1 + rate)), Fraction(0)
            units = units.limit_denominator(10**18)
        elif not want and units:
            cash, units, trades = cash + units * opens[i] * (1 - rate), Fraction(0), trades + 1
            cash = cash.limit_denominator(10**18)
        if i >= 19:
            want = sum(close[i - 9 : i + 1]) * 2 > sum(close[i - 19 : i + 1])

    assert trades == round_trips(ours).closed
    assert ours.equity[-1] == pytest.approx(float(cash + units * close[-1]), rel=1e-12)
