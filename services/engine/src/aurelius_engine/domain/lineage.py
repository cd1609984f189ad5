"""Whether two tables are of the same history, whatever their symbols and times are called."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.market_table import MarketTable

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
# At most so many prints make a sketch: those whose hash is lowest.
SKETCH_PRINTS = 4096
# A table with at least this part of another's prints, where both could have them, is its kin.
KIN = 0.3
# Returns are rounded to this before they are hashed: vendors round prices otherwise.
ROUNDED_TO = 1e-5
# A print is of as many changes as tell so much, and of no more than so many.
TELLING_BITS, MOST_CHANGES = 48, 64
_NONE = np.uint64(0)
_SIFTED = 4  # of large tables, so many times as many as are kept are sorted


def prints_of(table: MarketTable) -> Keys:
    """Returns hashes of the latest changes of the close at each bar, rising and distinct.

    A change is a return, rounded, that is not 0. At a bar that changes the close, the latest
    changes of its symbol that together tell TELLING_BITS are hashed: a change of n roundings
    tells as many bits as n has. Neither the name of a symbol, nor times, nor the scale of
    prices, nor where the data begins and ends say anything in it.
    """
    return _distinct(_found(table))


def sketch_of(table: MarketTable) -> Keys:
    """Returns the lowest SKETCH_PRINTS of a table's prints: what is kept to compare it later."""
    found = _found(table)
    if found.size > _SIFTED * SKETCH_PRINTS:  # hashes are spread evenly: the lowest lie below
        bound = np.iinfo(np.uint64).max // found.size * _SIFTED * SKETCH_PRINTS
        lowest = _distinct(found[found <= np.uint64(bound)])
        if lowest.size >= SKETCH_PRINTS:
            return lowest[:SKETCH_PRINTS].copy()
    return _distinct(found)[:SKETCH_PRINTS].copy()


def _found(table: MarketTable) -> Keys:
    codes = table.symbol.data.astype(np.int32, copy=False)
    found: Keys = _prints(codes, table.close, len(table.symbols))
    telling: Keys = found[found != _NONE]
    return telling


def _distinct(keys: Keys) -> Keys:
    """Returns keys rising and once each: NumPy's own way is ten times slower."""
    rising = np.sort(keys)
    first = np.ones(rising.size, np.bool_)
    np.not_equal(rising[1:], rising[:-1], out=first[1:])
    return rising[first]


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

    Only hashes that both sketches could have kept are compared.

    Args:
        one: The sketch of a table.
        other: That of another.
    """
    edges = [keys[-1] for keys in (one, other) if keys.size >= SKETCH_PRINTS]
    if edges:
        one, other = (keys[keys <= min(edges)] for keys in (one, other))
    if one.size == 0 or other.size == 0:
        return 0.0
    return shared(one, other) / min(one.size, other.size)


def shared(one: Keys, other: Keys) -> int:
    """Returns how many prints two tables have in common."""
    return int(np.intersect1d(one, other, assume_unique=True).size)


def encoded(sketch: Keys) -> bytes:
    """Returns a sketch as it is kept: little-endian."""
    return sketch.astype("<u8").tobytes()


def decoded(kept: bytes) -> Keys:
    """Returns the sketch of what was kept."""
    return np.frombuffer(kept, dtype="<u8").astype(np.uint64)
