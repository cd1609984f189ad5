"""Prices adjusted for the corporate actions that were known at a time, and for no later one.

docs/specs/data_universe.md section 1. Back-adjusted: the last bar of each symbol keeps its
prices, and earlier ones are made comparable with it. Dividends by the factor of CRSP, one
less the dividend over the close before, in units after the splits of the same bar.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain import errors
from aurelius_engine.domain.market_table import BOOK_COLUMNS, PRICES, MarketTable

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Adjustment = Literal["RAW", "SPLITS", "SPLITS_AND_DIVIDENDS"]


def adjusted_as_of(table: MarketTable, as_of_ns: int, adjustment: Adjustment) -> MarketTable:
    """Returns what a table said at a time, with prices adjusted for what was known then.

    The view of a table is that of the table cut at the time: rows and actions after it
    change nothing. An action is known from the time of its bar on, a delisting return once
    a later bar of any symbol is there.

    Args:
        table: As traded.
        as_of_ns: In ns since 1970.
        adjustment: RAW: the rows alone. SPLITS: prices and dividends divided, volumes
            multiplied, by later splits. SPLITS_AND_DIVIDENDS: prices reduced by later
            dividends too. What was adjusted for is gone from the columns of actions.

    Raises:
        DataColumnMissing: It is to be adjusted, and the data has no actions.
        WindowEmpty: There is no bar up to the time.
        AdjustmentImpossible: A dividend is not below the close before it.
    """
    end = int(np.searchsorted(table.time, as_of_ns, side="right"))
    if end == 0:
        raise errors.WindowEmpty(
            f"there is no bar up to {as_of_ns}",
            found=str(as_of_ns),
            allowed=f"at least {int(table.time[0])}",
        )
    known = _known(table, end)
    if adjustment == "RAW":
        return known
    if known.split_ratio is None or known.dividend is None:
        raise errors.DataColumnMissing(
            "the data has no corporate actions",
            found=adjustment,
            allowed="data with the columns dividend and split_ratio",
            column="split_ratio",
        )
    total = adjustment == "SPLITS_AND_DIVIDENDS"
    prices, units, bad = _factors(
        known.symbol.data.astype(np.int32, copy=False),
        known.close,
        known.split_ratio,
        known.dividend if total else np.zeros_like(known.dividend),
        len(known.symbols),
    )
    if bad >= 0:
        paid = float(known.dividend[bad] * known.split_ratio[bad])
        raise _impossible(known, bad, paid)
    changes = {name: getattr(known, name) * prices for name in PRICES}
    changes["volume"] = known.volume / units
    changes["split_ratio"] = np.ones_like(known.split_ratio)
    changes["dividend"] = np.zeros_like(known.dividend) if total else known.dividend * units
    for name, values in zip(BOOK_COLUMNS, known.book, strict=False):
        changes[name] = values * prices if "price" in name else values / units
    return MarketTable.of_floats(
        time=known.time, symbol=known.symbol, floats=known.floats() | changes
    )


def _known(table: MarketTable, end: int) -> MarketTable:
    """Returns the first rows, with the symbols that occur in them and what was known then."""
    time = table.time[:end]
    floats = {name: values[:end] for name, values in table.floats().items()}
    returned = floats.get("delisting_return")
    if returned is not None:
        floats["delisting_return"] = np.where(time == table.time[end - 1], 0.0, returned)
    codes = table.symbol.data[:end]
    used = np.flatnonzero(np.bincount(codes, minlength=len(table.symbols)))
    if used.size < len(table.symbols):
        place = np.zeros(len(table.symbols), dtype=np.int32)
        place[used] = np.arange(used.size, dtype=np.int32)
        codes = place[codes]
    values = tuple(table.symbols[code] for code in used.tolist())
    symbol = replace(table.symbol, data=codes, values=values)
    return MarketTable.of_floats(time=time, symbol=symbol, floats=floats)


def _impossible(table: MarketTable, row: int, paid: float) -> errors.AdjustmentImpossible:
    code, rows = table.symbol.data[row], table.symbol.data[:row]
    before = float(table.close[np.flatnonzero(rows == code)[-1]])
    return errors.AdjustmentImpossible(
        f"a dividend of {table.symbols[int(code)]} is not below the close before it",
        symbol=table.symbols[int(code)],
        found=repr(paid),
        allowed=f"below {before!r}",
    )


@compiled
def _factors(
    codes: Codes, close: Floats, split_ratio: Floats, dividend: Floats, symbols: int
) -> tuple[Floats, Floats, int]:
    """Returns what each row's prices, and its units, are multiplied and divided by.

    The third is the first row, from the end, whose dividend leaves no price; -1 for none.
    """
    prices, units = np.empty(codes.size), np.empty(codes.size)
    price, unit = np.ones(symbols), np.ones(symbols)
    later = np.full(symbols, -1)  # the row of the next bar
    for i in range(codes.size - 1, -1, -1):
        s = codes[i]
        j = later[s]
        if j >= 0:
            left = 1.0 - dividend[j] * split_ratio[j] / close[i]
            if not left > 0.0:
                return prices, units, j
            price[s] = price[s] * left / split_ratio[j]
            unit[s] = unit[s] / split_ratio[j]
        prices[i], units[i] = price[s], unit[s]
        later[s] = i
    return prices, units, -1
