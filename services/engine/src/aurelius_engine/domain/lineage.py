"""Whether two tables are of the same history, whatever their symbols and windows are called."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.market_table import MarketTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
# At most so many prints are kept of a table: those whose hash is lowest.
MOST_PRINTS = 4096
# A table with at least this part of another's prints, where both could have them, is its kin.
KIN = 0.3
# Returns are rounded to this before they are hashed: vendors round prices otherwise.
ROUNDED_TO = 1e-5
_NONE = np.uint64(0)


def prints_of(table: MarketTable) -> Keys:
    """Returns hashes of (time, return of the close) of a table's bars, rising and distinct.

    A return says nothing of the symbol's name, of the scale of prices, or of where the data
    begins and ends. Of more than MOST_PRINTS the lowest hashes are kept.
    """
    found = _prints(
        table.time, table.symbol.data.astype(np.int32, copy=False), table.close, len(table.symbols)
    )
    return np.unique(found[found != _NONE])[:MOST_PRINTS]


@compiled
def _prints(time: Ints, symbol: NDArray[np.int32], close: Floats, symbols: int) -> Keys:
    last = np.zeros(symbols)
    found = np.zeros(time.size, np.uint64)
    for row in range(time.size):
        before = last[symbol[row]]
        if before > 0.0:
            change = (close[row] - before) / before
            step = np.int64(np.floor(change / ROUNDED_TO + 0.5))
            if step != 0:  # a bar without a change is found everywhere
                found[row] = _mixed(np.uint64(time[row]), np.uint64(step))
        last[symbol[row]] = close[row]
    return found


@compiled
def _mixed(one: np.uint64, other: np.uint64) -> np.uint64:
    """Returns a well-spread hash of two numbers (Steele, Lea and Flood, SplitMix, 2014)."""
    value = one * np.uint64(0x9E3779B97F4A7C15) + other * np.uint64(0xC2B2AE3D27D4EB4F)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def containment(one: Keys, other: Keys) -> float:
    """Returns the greater of the parts that two tables have of each other's prints.

    Only hashes that both tables could have kept are compared.
    """
    if one.size == 0 or other.size == 0:
        return 0.0
    edges = [keys[-1] for keys in (one, other) if keys.size == MOST_PRINTS]
    if edges:
        one, other = (keys[keys <= min(edges)] for keys in (one, other))
    if one.size == 0 or other.size == 0:
        return 0.0
    both = np.intersect1d(one, other, assume_unique=True).size
    return both / min(one.size, other.size)
