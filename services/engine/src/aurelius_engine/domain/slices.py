"""A part of a table, as data of its own. docs/specs/identity.md section 3."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.table_hash import Column, coded_column, table_hash


def slice_hash(table: MarketTable, symbols: Sequence[str], start: int, end: int) -> str:
    """Returns the data hash that the rows of symbols in a window have as a table of their own.

    Args:
        table: Checked and sorted.
        symbols: Of the table; empty means all.
        start: The first time, inclusive, in ns since 1970.
        end: The time after the last, exclusive.
    """
    return table_hash(slice_columns(table, symbols, start, end))


def slice_columns(
    table: MarketTable, symbols: Sequence[str], start: int, end: int
) -> tuple[Column, ...]:
    """Returns the columns of the rows of symbols in a window; see `slice_hash`."""
    low, high = np.searchsorted(table.time, [start, end], side="left").tolist()
    rows: slice | np.ndarray[tuple[int], np.dtype[np.int64]] = slice(low, high)
    if symbols and tuple(symbols) != table.symbols:
        wanted = [code for code, name in enumerate(table.symbols) if name in symbols]
        rows = low + np.flatnonzero(np.isin(table.symbol.data[low:high], wanted))
    columns = []
    for column in table.columns():
        if column.values is None:
            columns.append(replace(column, data=column.data[rows]))
        else:
            places = column.data[rows].astype(np.int64)
            columns.append(coded_column(column.name, places, column.values))
    return tuple(columns)
