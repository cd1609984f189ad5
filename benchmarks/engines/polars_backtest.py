"""polars-backtest: the portfolio, traded and marked at one price a day, the open."""

from collections.abc import Callable
from importlib.metadata import version as version_of

import numpy as np
import polars as pl
import polars_backtest
import workloads as w


def version() -> str:
    """Returns the version measured."""
    return "polars-backtest " + version_of("polars-backtest")


def _portfolio(data: w.Arrays) -> Callable[[], dict[str, float]]:
    steps, symbols = data["close"].shape
    dates = np.repeat(data["time"].astype("datetime64[ns]").astype("datetime64[D]"), symbols)
    frame = pl.DataFrame(
        {
            "date": dates,
            "symbol": [f"S{i:03d}" for i in range(symbols)] * steps,
            "price": data["open"].reshape(-1),
        }
    )

    def run() -> dict[str, float]:
        at, weights = w.momentum_weights(data["close"])
        held = np.zeros((steps, symbols))
        for first, last, row in zip(at, (*at[1:], steps), weights, strict=True):
            held[first:last] = row
        report = polars_backtest.backtest_with_report(
            frame.with_columns(weight=pl.Series(held.reshape(-1))),
            trade_at_price="price",
            position="weight",
            resample=None,
            fee_ratio=w.PORTFOLIO_FEE,
            tax_ratio=0.0,
        )
        found = report.get_stats()
        return {
            "final": w.CASH * (1.0 + float(found["total_return"][0])),
            "sharpe": float(found["daily_sharpe"][0]),
            "drawdown": -float(found["max_drawdown"][0]),
        }

    return run


PREPARE = {"W4": _portfolio}
