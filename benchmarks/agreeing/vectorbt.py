"""vectorbt, by its numba engine."""

from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
from engines.vectorbt import version as version

vbt.settings["engine"] = "numba"


def _series(data: dict[str, Any], name: str) -> Any:
    return pd.Series(data[name][:, 0], pd.DatetimeIndex(data["time"]))


def _sides(data: dict[str, Any]) -> tuple[Any, Any]:
    """Returns where the averages begin to say long, and where they begin not to."""
    close = _series(data, "close")
    fast, slow = (vbt.MA.run(close, bars).ma.to_numpy() for bars in (10, 20))
    wanted, known = fast > slow, ~np.isnan(slow)
    before, first = np.zeros_like(wanted), np.zeros_like(wanted)
    before[1:], first[1:] = wanted[:-1], ~known[:-1]
    up = wanted & ~before
    down = known & ~wanted & (before | first)
    return up, down


def _later(signals: Any) -> Any:
    shifted = np.zeros_like(signals)
    shifted[1:] = signals[:-1]
    return shifted


def _answer(data: dict[str, Any], portfolio: Any) -> dict[str, Any]:
    fills = []
    for row in portfolio.orders.records.sort_values("idx", kind="stable").itertuples():
        units = row.size if row.side == 0 else -row.size
        name, time = data["symbols"][row.col], int(data["time"][row.idx])
        fills.append((time, name, float(units), float(row.price), float(row.fees)))
    value = portfolio.value()
    return {"fills": fills, "final_equity": float(np.asarray(value)[-1])}


def _same_close(data: dict[str, Any]) -> dict[str, Any]:
    up, down = _sides(data)
    close = _series(data, "close")
    return _answer(
        data,
        vbt.Portfolio.from_signals(close, up, down, fees=0.001, init_cash=1e6, freq="1D"),
    )


def _long_short(data: dict[str, Any]) -> dict[str, Any]:
    up, down = map(_later, _sides(data))
    none = np.zeros_like(up)
    portfolio = vbt.Portfolio.from_signals(
        _series(data, "close"),
        up,
        none,
        down,
        none,
        size=100.0,
        price=_series(data, "open"),
        upon_opposite_entry="reverse",
        fees=0.001,
        init_cash=1e6,
        freq="1D",
    )
    return _answer(data, portfolio)


def _bracket(data: dict[str, Any]) -> dict[str, Any]:
    up, down = _sides(data)
    portfolio = vbt.Portfolio.from_signals(
        _series(data, "close"),
        up,
        down,
        open=_series(data, "open"),
        high=_series(data, "high"),
        low=_series(data, "low"),
        sl_stop=0.04,
        tp_stop=0.08,
        init_cash=1e6,
        freq="1D",
    )
    return _answer(data, portfolio)


def _target_weights(data: dict[str, Any]) -> dict[str, Any]:
    index = pd.DatetimeIndex(data["time"])
    close, opens = pd.DataFrame(data["close"], index), pd.DataFrame(data["open"], index)
    size = np.full(close.shape, np.nan)
    size[1::21] = 0.3
    portfolio = vbt.Portfolio.from_orders(
        close,
        size,
        size_type="targetpercent",
        price=opens,
        val_price=opens,
        init_cash=1e6,
        group_by=True,
        cash_sharing=True,
        call_seq="auto",
        freq="1D",
    )
    return _answer(data, portfolio)


CASES = {
    "vectorbt_same_close": _same_close,
    "vectorbt_long_short": _long_short,
    "vectorbt_bracket": _bracket,
    "vectorbt_target_weights": _target_weights,
}
