"""vectorbt with its numba engine: total return, Sharpe ratio and drawdown of each run."""

from collections.abc import Callable
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
import workloads as w

ENGINE = "numba"


def version() -> str:
    """Returns the version measured."""
    return "vectorbt " + version_of("vectorbt") + " (numba)"


def _series(data: w.Arrays, name: str) -> Any:
    index = pd.DatetimeIndex(data["time"])
    values = data[name]
    return pd.Series(values, index) if values.ndim == 1 else pd.DataFrame(values, index)


def _numbers(portfolio: Any) -> dict[str, float]:
    return {
        "final": float(portfolio.final_value()),
        "fills": int(portfolio.orders.count()),
        "sharpe": float(portfolio.sharpe_ratio()),
        "drawdown": -float(portfolio.max_drawdown()),
    }


def _later(wanted: Any) -> Any:
    shifted = np.zeros_like(wanted)
    shifted[1:] = wanted[:-1]
    return shifted


def _one(data: w.Arrays) -> Callable[[], dict[str, float]]:
    vbt.settings["engine"] = ENGINE
    vbt.settings.caching["enabled"] = False
    close, opens = _series(data, "close"), _series(data, "open")
    freq = pd.Timedelta(int(data["time"][1] - data["time"][0]))

    def run() -> dict[str, float]:
        fast = vbt.MA.run(close, w.FAST).ma.to_numpy()
        slow = vbt.MA.run(close, w.SLOW).ma.to_numpy()
        wanted, known = fast > slow, ~np.isnan(slow)
        portfolio = vbt.Portfolio.from_signals(
            close,
            _later(wanted),
            _later(known & ~wanted),
            price=opens,
            fees=w.FEE,
            init_cash=w.CASH,
            freq=freq,
        )
        return _numbers(portfolio)

    return run


def _sweep(data: w.Arrays) -> Callable[[], dict[str, float]]:
    vbt.settings["engine"] = ENGINE
    vbt.settings.caching["enabled"] = False
    close, opens = _series(data, "close"), _series(data, "open")

    def run() -> dict[str, float]:
        fasts = vbt.MA.run(close, list(w.FAST_WINDOWS)).ma.to_numpy()
        slows = vbt.MA.run(close, list(w.SLOW_WINDOWS)).ma.to_numpy()
        fast = np.repeat(fasts, len(w.SLOW_WINDOWS), axis=1)
        slow = np.tile(slows, len(w.FAST_WINDOWS))
        wanted, known = fast > slow, ~np.isnan(slow)
        del fast, slow
        portfolio = vbt.Portfolio.from_signals(
            close,
            _later(wanted),
            _later(known & ~wanted),
            price=opens,
            fees=w.FEE,
            init_cash=w.CASH,
            freq="1D",
        )
        returns = portfolio.total_return()
        _ = portfolio.sharpe_ratio(), portfolio.max_drawdown()
        return {"mean_final": float(w.CASH * (1.0 + returns.mean()))}

    return run


def _portfolio(data: w.Arrays) -> Callable[[], dict[str, float]]:
    vbt.settings["engine"] = ENGINE
    vbt.settings.caching["enabled"] = False
    close, opens = _series(data, "close"), _series(data, "open")

    def run() -> dict[str, float]:
        steps, weights = w.momentum_weights(data["close"])
        size = np.full(data["close"].shape, np.nan)
        inside = steps + 1 < size.shape[0]
        size[steps[inside] + 1] = weights[inside]
        portfolio = vbt.Portfolio.from_orders(
            close,
            size,
            size_type="targetpercent",
            price=opens,
            val_price=opens,
            fees=w.PORTFOLIO_FEE,
            init_cash=w.CASH,
            group_by=True,
            cash_sharing=True,
            call_seq="auto",
            freq="1D",
        )
        return _numbers(portfolio)

    return run


PREPARE = {"W1": _one, "W2": _one, "W3": _sweep, "W4": _portfolio}
