"""What was held, rebuilt from the stored fills and splits alone, and its worth at each mark."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.table_hash import Column
from aurelius_engine.domain.validation.result_tables import columns_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What the fills and splits of a result leave.

    Attributes:
        net: Long less short at each mark's last closes, quote currency, (n,).
        gross: Long plus short, (n,).
        unit_gap: The most by which the stored positions are others, as a part of themselves or
            of one unit; infinite if they are not a row for each fill and split.
    """

    net: Floats
    gross: Floats
    unit_gap: float


def holdings_of(tables: Mapping[str, Table], market: MarketTable, times: Ints) -> Holdings:
    """Rebuilds what was held.

    Args:
        tables: Of a result, by id.
        market: What was traded.
        times: Of the marks, rising, (n,).
    """
    positions, fills, flows = (columns_of(tables[name]) for name in ("positions", "fills", "flows"))
    split = np.array([kind == "split" for kind in flows["kind"].texts()], dtype=np.bool_)
    when = np.concatenate((flows["time"].data[split], fills["time"].data)).astype(np.int64)
    change = np.concatenate((flows["units"].data[split], fills["quantity"].data))
    # At one time splits come first: the engine applies them before it fills.
    order = np.argsort(when, kind="stable")
    symbol = np.concatenate(
        (_codes(flows["symbol"], market)[split], _codes(fills["symbol"], market))
    )[order]
    when, change = when[order], change[order]
    stored = positions["quantity"].data
    if not np.array_equal(positions["time"].data.astype(np.int64), when) or not np.array_equal(
        _codes(positions["symbol"], market), symbol
    ):
        return Holdings(net=np.zeros(times.size), gross=np.zeros(times.size), unit_gap=math.inf)
    net, gross, gap = np.zeros(times.size), np.zeros(times.size), 0.0
    bars = _rows_by_code(market.symbol.data.astype(np.int64))
    for code, rows in _rows_by_code(symbol).items():
        units = np.add.accumulate(change[rows])
        away = np.abs(units - stored[rows]) / np.maximum(1.0, np.abs(stored[rows]))
        gap = max(gap, math.inf if bool(np.isnan(away).any()) else float(np.max(away)))
        held = _last(units, np.searchsorted(when[rows], times, side="right"))
        close = market.close[bars[code]]
        value = held * _last(close, np.searchsorted(market.time[bars[code]], times, side="right"))
        net += value
        gross += np.abs(value)
    return Holdings(net=net, gross=gross, unit_gap=gap)


def _codes(column: Column, market: MarketTable) -> Ints:
    """Returns the place of each row's symbol in the market, -1 for none."""
    places = {name: code for code, name in enumerate(market.symbols)}
    known = np.array([places.get(name, -1) for name in column.values or ()], dtype=np.int64)
    return known[column.data.astype(np.int64)] if column.data.size else np.zeros(0, np.int64)


def _rows_by_code(codes: Ints) -> dict[int, Ints]:
    """Returns the rows of each code, in their order."""
    order = np.argsort(codes, kind="stable")
    found, first = np.unique(codes[order], return_index=True)
    parts = np.split(order, first)[1:]  # before the first there is none
    return dict(zip(found.tolist(), parts, strict=True))


def _last(values: Floats, count: Ints) -> Floats:
    """Returns the last of so many values, 0 of none."""
    found: Floats = np.concatenate(([0.0], values))[count]
    return found
