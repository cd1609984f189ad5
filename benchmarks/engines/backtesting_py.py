"""backtesting.py: one run with all of its statistics."""

from collections.abc import Callable
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
import pandas as pd
import workloads as w
from backtesting import Strategy
from backtesting.lib import FractionalBacktest


def version() -> str:
    """Returns the version measured."""
    return "backtesting.py " + version_of("backtesting")


def frame_of(data: w.Arrays) -> Any:
    """Returns the bars as backtesting.py wants them."""
    bars = {name.title(): data[name] for name in w.BARS}
    return pd.DataFrame(bars, index=pd.DatetimeIndex(data["time"]))


def average(close: Any, bars: int) -> Any:
    """Returns averages that are equal, so neutral, one bar before they exist."""
    values = w.averages(np.asarray(close), bars)
    values[: w.SLOW - 2] = np.nan
    values[w.SLOW - 2] = 0.0
    return values


class Cross(Strategy):  # type: ignore[misc]
    """Long while the fast average is above the slow one."""

    def init(self) -> None:
        """Computes the averages."""
        self.fast = self.I(average, self.data.Close, w.FAST)
        self.slow = self.I(average, self.data.Close, w.SLOW)

    def next(self) -> None:
        """Decides at a close."""
        if self.fast[-1] > self.slow[-1] and not self.position:
            self.buy()
        elif self.fast[-1] < self.slow[-1] and self.position:
            self.position.close()


def _one(data: w.Arrays) -> Callable[[], dict[str, float]]:
    frame = frame_of(data)

    def run() -> dict[str, float]:
        found = FractionalBacktest(
            frame, Cross, cash=w.CASH, commission=w.FEE, fractional_unit=1e-9
        ).run()
        still = len(found["_strategy"].trades)
        return {
            "final": float(found["Equity Final [$]"]),
            "fills": 2 * int(found["# Trades"]) + still,
            "sharpe": float(found["Sharpe Ratio"]),
            "drawdown": -float(found["Max. Drawdown [%]"]) / 100.0,
        }

    return run


PREPARE = {"W1": _one, "W2": _one}
