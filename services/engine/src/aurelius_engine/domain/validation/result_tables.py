"""The tables of a result as the run checks read them."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.table_hash import Column
from aurelius_engine.domain.validation.recomputation import Stored

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def columns_of(table: Table) -> Mapping[str, Column]:
    """Returns the columns of a table by name."""
    return {column.name: column for column in table}


def rows_of_bars(market: MarketTable, times: Ints, symbols: Column) -> Ints:
    """Returns the market row of each (time, symbol), -1 where there is no bar.

    Args:
        market: Checked and sorted.
        times: Shape (n,), ns UTC.
        symbols: As long.
    """
    names = {name: code for code, name in enumerate(market.symbols)}
    wanted = np.array([names[name] for name in symbols.values or ()], dtype=np.int64)
    codes = wanted[symbols.data.astype(np.int64)] if len(times) else np.zeros(0, dtype=np.int64)
    clock = np.unique(market.time)
    width = len(market.symbols)
    keys = np.searchsorted(clock, market.time) * width + market.symbol.data
    at = np.searchsorted(clock, times)
    known = (at < clock.size) & (clock[np.minimum(at, clock.size - 1)] == times)
    asked = at * width + codes
    rows = np.minimum(np.searchsorted(keys, asked), keys.size - 1)
    found: Ints = np.where(known & (keys[rows] == asked), rows, -1)
    return found


def stored_of(tables: Mapping[str, Table], market: MarketTable, benchmark: Floats) -> Stored:
    """Returns what the tables of a result say.

    Args:
        tables: By id.
        market: What was traded.
        benchmark: What the benchmark was worth at each bar; empty without one.
    """
    equity, fills = columns_of(tables["equity"]), columns_of(tables["fills"])
    flows, orders = columns_of(tables["flows"]), columns_of(tables["orders"])
    trades = columns_of(tables["trades"])
    times = equity["time"].data[1:].astype(np.int64)
    when = fills["time"].data.astype(np.int64)
    rows = rows_of_bars(market, when, fills["symbol"])
    volumes = [float(market.volume[row]) if row >= 0 else math.nan for row in rows.tolist()]
    marks = equity["equity"].data.astype(np.float64)
    before = marks[np.searchsorted(times, when)]
    names = ("quantity", "price", "reference_price", "commission")
    return Stored(
        times=times.tolist(),
        equity=marks.tolist(),
        gross=equity["gross_value"].data.tolist(),
        net=equity["position_value"].data.tolist(),
        fills=list(zip(*(fills[name].data.tolist() for name in names), strict=True)),
        volumes=[None if math.isnan(volume) else volume for volume in volumes],
        before=before.tolist(),
        flows=list(zip(flows["kind"].texts(), flows["amount"].data.tolist(), strict=True)),
        states=orders["state"].texts(),
        trades=list(
            zip(
                trades["profit"].data.tolist(),
                trades["entry_value"].data.tolist(),
                trades["entry_time"].data.tolist(),
                trades["exit_time"].data.tolist(),
                strict=True,
            )
        ),
        benchmark=benchmark.tolist(),
    )
