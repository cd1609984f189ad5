"""Whether two tables are of the same history, whatever their symbols and times are called."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.market_table import MarketTable

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]
# A table with at least this part of another's prints is its kin.
KIN = 0.3
# Returns are rounded to this before they are hashed: vendors round prices otherwise.
ROUNDED_TO = 1e-5
# A print is of as many changes as tell so much, and of no more than so many.
TELLING_BITS, MOST_CHANGES = 48, 64
_NONE = np.uint64(0)
_ALL = slice(None)


def prints_of(table: MarketTable, rows: Ints | slice = _ALL) -> Keys:
    """Returns hashes of the latest changes of the close at each bar, rising and distinct.

    A change is a return, rounded, that is not 0. At a bar that changes the close, the latest
    changes of its symbol that together tell TELLING_BITS are hashed: a change of n roundings
    tells as many bits as n has. Neither the name of a symbol, nor times, nor the scale of
    prices, nor where the data begins and ends say anything in it.

    Args:
        table: The bars.
        rows: Those that are looked at, rising; all without it.
    """
    found = _found(table, rows)
    found.sort()
    return found[: _distinct(found)]


def same_bars(one: MarketTable, rows: Ints, other: MarketTable) -> tuple[Ints, Ints]:
    """Returns the times that the same bars have in two tables, those of the other one rising.

    Bars are the same if they have one print, which those of the first have at one time alone.

    Args:
        one: A table.
        rows: Its bars that are asked about, rising.
        other: Another table.
    """
    keys, times = _once(_found(one, rows), one.time[rows])
    if keys.size == 0:
        return times, times
    prints = _found(other)
    place = np.minimum(np.searchsorted(keys, prints), keys.size - 1)
    known = keys[place] == prints
    at, mine = other.time[known], times[place[known]]
    new = np.ones(at.size, np.bool_)
    np.not_equal(at[1:], at[:-1], out=new[1:])
    return mine[new], at[new]


def _found(table: MarketTable, rows: Ints | slice = _ALL) -> Keys:
    """Returns the print of each row, 0 for none."""
    codes = table.symbol.data[rows].astype(np.int32, copy=False)
    found: Keys = _prints(codes, table.close[rows], len(table.symbols))
    return found


def _once(prints: Keys, time: Ints) -> tuple[Keys, Ints]:
    """Returns the prints, rising, that the rows of one time have, and that time."""
    order = np.argsort(prints, kind="stable")
    rising, at = prints[order], time[order]
    new = np.ones(rising.size + 1, np.bool_)
    np.not_equal(rising[1:], rising[:-1], out=new[1:-1])
    first, last = np.flatnonzero(new[:-1]), np.flatnonzero(new[1:])
    once = first[(at[first] == at[last]) & (rising[first] != _NONE)]
    return rising[once], at[once]


@compiled
def _distinct(rising: Keys) -> int:
    """Puts each key but 0 once at the beginning of rising ones, and returns how many there are."""
    count = 0
    last = _NONE
    for place in range(rising.size):
        if rising[place] != last:
            last = rising[place]
            rising[count] = last
            count += 1
    return count


@compiled
def _prints(symbol: NDArray[np.int32], close: Floats, symbols: int) -> Keys:
    last = np.zeros(symbols)
    recent = np.zeros((symbols, MOST_CHANGES), np.int64)
    count = np.zeros(symbols, np.int64)
    found = np.zeros(symbol.size, np.uint64)
    for row in range(symbol.size):
        name = symbol[row]
        before = last[name]
        last[name] = close[row]
        if before <= 0.0:
            continue
        change = (close[row] - before) / before
        step = np.int64(np.floor(change / ROUNDED_TO + 0.5))
        if step == 0:
            continue
        recent[name, count[name] % MOST_CHANGES] = step
        count[name] += 1
        found[row] = _print(recent[name], count[name])
    return found


@compiled
def _print(recent: NDArray[np.int64], count: int) -> np.uint64:
    """Returns the hash of the latest of `count` changes, or 0 if they tell too little."""
    mixed = np.uint64(0)
    bits = 0
    for back in range(1, min(count, MOST_CHANGES) + 1):
        step = recent[(count - back) % MOST_CHANGES]
        mixed = _mixed(mixed, np.uint64(step))
        size = abs(step)
        while size > 0:
            bits += 1
            size >>= 1
        if bits >= TELLING_BITS:
            return mixed
    return np.uint64(0)


@compiled
def _mixed(one: np.uint64, other: np.uint64) -> np.uint64:
    """Returns a well-spread hash of two numbers (Steele, Lea and Flood, SplitMix, 2014)."""
    value = one * np.uint64(0x9E3779B97F4A7C15) + other * np.uint64(0xC2B2AE3D27D4EB4F)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def containment(one: Keys, other: Keys) -> float:
    """Returns the greater of the parts that two tables have of each other's prints.

    Args:
        one: All prints of a table.
        other: Those of another.
    """
    if one.size == 0 or other.size == 0:
        return 0.0
    return shared(one, other) / min(one.size, other.size)


@compiled
def shared(one: Keys, other: Keys) -> int:
    """Returns how many prints two tables have in common; each are rising and distinct."""
    count = i = j = 0
    while i < one.size and j < other.size:
        if one[i] < other[j]:
            i += 1
        elif one[i] > other[j]:
            j += 1
        else:
            count += 1
            i += 1
            j += 1
    return count


def encoded(prints: Keys) -> memoryview:
    """Returns prints as they are kept: little-endian."""
    return prints.astype("<u8", copy=False).view(np.uint8).data


def decoded(kept: bytes | memoryview) -> Keys:
    """Returns the prints that were kept."""
    return np.frombuffer(kept, dtype="<u8").astype(np.uint64, copy=False)
