"""The rows of a table symbol by symbol, and the time of day where the venue is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled, compiled_without_memory

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

MINUTE_NS = 60_000_000_000
DAY_NS = 1440 * MINUTE_NS


class Rows(NamedTuple):
    """Row `order[k]` for k in [starts[s], starts[s + 1]) is of symbol s, by rising time."""

    order: Codes
    starts: Ints


def rows_by_symbol(codes: Codes, symbols: int) -> Rows:
    """Returns the rows of each symbol of a table sorted by (time, symbol)."""
    order, starts = _by_symbol(codes, symbols)
    return Rows(order=order, starts=starts)


@compiled
def _by_symbol(codes: Codes, symbols: int) -> tuple[Codes, Ints]:
    starts = np.zeros(symbols + 1, np.int64)
    for i in range(codes.size):
        starts[codes[i] + 1] += 1
    for s in range(symbols):
        starts[s + 1] += starts[s]
    order, places = np.empty(codes.size, np.int32), starts.copy()
    for i in range(codes.size):
        order[places[codes[i]]] = i
        places[codes[i]] += 1
    return order, starts


class Clock(NamedTuple):
    """The local day of rising times.

    Attributes:
        pairs: Shape (n, 2): from when an offset holds, and the offset, in ns.
        state: Place of the offset, until when the day holds, the day, the offset.
        dated: Whether midnight UTC names the day that begins there, as in daily data.
    """

    pairs: Ints
    state: Ints
    dated: bool


def clock_of(pairs: Ints, *, dated: bool) -> Clock:
    """Returns a clock for the offsets of a zone, (from, offset) in ns."""
    return Clock(pairs=pairs, state=np.zeros(4, np.int64), dated=dated)


@compiled_without_memory
def reset(clock: Clock) -> None:
    """Lets the times begin anew."""
    clock.state[0] = 0
    clock.state[1] = np.iinfo(np.int64).min


@compiled_without_memory
def local(clock: Clock, time: int) -> tuple[int, int]:
    """Returns the local day of a time and the minute of that day. Times must not fall."""
    if clock.dated and time % DAY_NS == 0:
        return time // DAY_NS, 0
    state, pairs = clock.state, clock.pairs
    if time >= state[1]:
        place, last = state[0], pairs.shape[0] - 1
        while place < last and time >= pairs[place + 1, 0]:
            place += 1
        offset = pairs[place, 1]
        day = (time + offset) // DAY_NS
        until = (day + 1) * DAY_NS - offset
        if place < last:
            until = min(until, pairs[place + 1, 0])
        state[0], state[1], state[2], state[3] = place, until, day, offset
    return state[2], (time + state[3] - state[2] * DAY_NS) // MINUTE_NS
