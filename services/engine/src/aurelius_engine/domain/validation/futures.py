"""Market data whose rows after a time are gone, or are other numbers."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.market_table import BOOK_COLUMNS, PRICES, MarketTable
from aurelius_engine.domain.streams import Stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def truncated(table: MarketTable, time: int) -> MarketTable:
    """Returns the rows up to a time.

    A symbol that has no bar at that time but has later ones keeps the first of them, flat at
    its last close, without volume and quotes: that it lives on is not news of its price, and the
    engine would else take it for ended.

    Args:
        table: Checked and sorted.
        time: In ns since 1970, a time of the table.
    """
    end = int(np.searchsorted(table.time, time, side="right"))
    halted = _halted(table, end, time)
    return _taken(table, np.concatenate((np.arange(end), halted)), frozen_from=end)


def poisoned(table: MarketTable, time: int, stream: Stream) -> MarketTable:
    """Returns the table with other prices, volumes and actions in every row after a time.

    Each later bar is scaled by a factor of its own in [0.5, 2), its volume by another, its
    dividend by a third, and a third of the splits are other splits; memberships turn over,
    and delistings bring nothing. What was bid and asked is scaled with the bar, the sizes
    with its volume. The rows stay valid.

    Args:
        table: Checked and sorted.
        time: In ns since 1970.
        stream: Of random numbers; five a row are drawn.
    """
    end = int(np.searchsorted(table.time, time, side="right"))
    draws = stream.random((5, len(table.time) - end))
    factor = 0.5 + 1.5 * draws[0]
    changes: dict[str, Floats] = {}
    for name in PRICES:
        changes[name] = _after(getattr(table, name), end, getattr(table, name)[end:] * factor)
    changes["volume"] = _after(table.volume, end, table.volume[end:] * (0.5 + draws[1]))
    if table.dividend is not None:
        later = table.dividend[end:] * draws[2] + np.where(draws[3] < 0.05, 0.01, 0.0)
        changes["dividend"] = _after(table.dividend, end, later)
    if table.split_ratio is not None:
        later = np.where(draws[4] < 1.0 / 3.0, 0.5 + np.floor(draws[4] * 9.0), 1.0)
        changes["split_ratio"] = _after(table.split_ratio, end, later)
    if table.member is not None:
        changes["member"] = _after(table.member, end, 1.0 - table.member[end:])
    if table.delisting_return is not None:
        changes["delisting_return"] = _after(
            table.delisting_return, end, np.where(table.delisting_return[end:] != 0.0, -1.0, 0.0)
        )
    for name, values in zip(BOOK_COLUMNS, table.book, strict=False):
        scale = factor if "price" in name else 0.5 + draws[1]
        changes[name] = _after(values, end, values[end:] * scale)
    return MarketTable.of_floats(
        time=table.time, symbol=table.symbol, floats=table.floats() | changes
    )


def _after(values: Floats, end: int, later: Floats) -> Floats:
    return np.concatenate((values[:end], later))


def _halted(table: MarketTable, end: int, time: int) -> Ints:
    """Returns the first later row of each symbol that traded before, and not at the time."""
    codes = table.symbol.data
    seen = np.unique(codes[:end])
    now = codes[np.searchsorted(table.time, time, side="left") : end]
    later, first = np.unique(codes[end:], return_index=True)
    waiting = np.isin(later, np.setdiff1d(seen, now))
    return np.sort(first[waiting] + end)


def _taken(table: MarketTable, rows: Ints, *, frozen_from: int) -> MarketTable:
    """Returns rows of a table; those from a place on flat at their symbol's last close."""
    columns = {name: values[rows] for name, values in table.floats().items()}
    codes = table.symbol.data[rows]
    for place in range(frozen_from, len(rows)):
        last = int(np.flatnonzero(codes[:frozen_from] == codes[place])[-1])
        for name in PRICES:
            columns[name][place] = table.close[last]
    for name in columns:
        if name not in PRICES:
            columns[name][frozen_from:] = 1.0 if name == "split_ratio" else 0.0
    symbol = replace(table.symbol, data=codes)
    return MarketTable.of_floats(time=table.time[rows], symbol=symbol, floats=columns)
