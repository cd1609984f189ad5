"""Bars with the quote or the book in force before each of them."""

from collections.abc import Sequence

import numpy as np

from aurelius_engine.domain.market_table import BARS, BOOK_COLUMNS, LEVEL, MarketTable
from tests.unit.engine.runs import DAY_NS, FIRST_NS

# Levels of a side, best first: a price and a size each.
Side = Sequence[tuple[float, float]]
# A price for all four or (open, high, low, close); the bids; the asks.
Quoted = tuple[float | tuple[float, float, float, float], Side, Side]


def quoted(
    bars: dict[str, Sequence[Quoted | None]], *, levels: int, volume: float = 1e6
) -> MarketTable:
    """Returns a table of one bar a day with `levels` levels; those not given show nothing."""
    rows: list[tuple[float, ...]] = []
    keys: list[tuple[int, str]] = []
    for symbol, days in bars.items():
        for day, bar in enumerate(days):
            if bar is None:
                continue
            prices = bar[0] if isinstance(bar[0], tuple) else (bar[0],) * 4
            shown = []
            for level in range(levels):
                for side in bar[1:]:
                    shown += side[level] if level < len(side) else (0.0, 0.0)
            rows.append((*prices, volume, *shown))
            keys.append((FIRST_NS + day * DAY_NS, symbol))
    names = (*BARS, *BOOK_COLUMNS[: levels * len(LEVEL)])
    columns = np.array(rows, dtype=np.float64).T
    return MarketTable.build(
        time=np.array([time for time, _ in keys], dtype=np.int64),
        symbol=[symbol for _, symbol in keys],
        bars=dict(zip(names, columns, strict=True)),
    )
