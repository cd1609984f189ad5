"""Whether two sets of data tell prices of one history, whatever their interval and names."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.fixed_math import fixed_log, log_kernel
from aurelius_engine.domain.lineage import ROUNDED_TO
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.price_series import (
    PriceSeries,
    at_closes,
    distinct_times,
    series_of,
    windows_of,
)
from aurelius_engine.domain.time_zones import DAY_NS, Zone

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
# Two histories are one if chance makes what they share with a probability of 2 to minus this.
MARGIN_BITS = 30.0
# How many changes are compared at once: twice as many, and half as many more, until it tells.
_POWERS = tuple(range(1, 15))
LENGTHS = tuple(length for n in _POWERS for length in (2 << n, 3 << n))
# Prices move by multiples of this of the first one, as far as it is told what is rare.
_UNIT = 0.97e-6
_MOST = 1e15
_LN_2 = 0.6931471805599453


class Moves:
    """The changes of prices that are not 0, symbol by symbol.

    A word is a hash of so many changes up to a place, each a rounded return.
    """

    def __init__(self, series: PriceSeries) -> None:
        """Takes prices."""
        self._step, self._moved, self._start = _changes(series.code, series.price, series.symbols)

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self._step.size)

    def words(self, length: int) -> Keys:
        """Returns the word at each change, 0 where there are fewer changes up to it."""
        return self._shortest if length == LENGTHS[0] else self._words(length)

    @cached_property
    def _shortest(self) -> Keys:
        """What every comparison begins with."""
        return self._words(LENGTHS[0])

    def _words(self, length: int) -> Keys:
        if length == 1:
            return _hashed(self._step)
        half = length // 3 if length % 3 == 0 else length // 2
        early = self._words(half)
        late = early if 2 * half == length else _joined(early, early, half, self._start)
        return _joined(late, early, length - half, self._start)

    def told(self, length: int) -> Floats:
        """Returns how many bits the word at each change tells: how rare it is in this series."""
        total = self._surprise_up_to
        found = np.zeros(self.count)
        found[length - 1 :] = total[length:] - total[: total.size - length]
        return found

    @cached_property
    def _surprise_up_to(self) -> Floats:
        """Sums of the surprises of the changes before each place, and of all."""
        first = self._start == np.arange(self.count)
        _, value = np.unique(_of_symbol(self._start, self._moved), return_inverse=True)
        before = np.where(first, self.count, np.insert(value[:-1], 0, 0))
        _, pair = np.unique(before * (self.count + 1) + value, return_inverse=True)
        return _surprises(self._start, value.astype(np.int64), before, pair.astype(np.int64))


def shared_moves(sealed: Moves, other: Moves) -> int:
    """Returns how many changes of `other` are within a run that is one of `sealed` too.

    Runs that chance explains are none: of n and m changes, words of the sealed data that
    tell fewer than log2(n m) + MARGIN_BITS.
    """
    if sealed.count == 0 or other.count == 0:
        return 0
    needed = (fixed_log(sealed.count) + fixed_log(other.count)) / _LN_2 + MARGIN_BITS
    mine, theirs = np.arange(sealed.count), np.arange(other.count)
    for length in LENGTHS:  # what is not shared is in no longer word that is
        ours, others = _met(sealed.words(length)[mine], other.words(length)[theirs])
        mine, theirs = mine[ours], theirs[others]
        if mine.size == 0 or theirs.size == 0:
            break
        if (sealed.told(length)[mine] >= needed).any():
            return int(theirs.size)
    return 0


def _met(ours: Keys, theirs: Keys) -> tuple[Ints, Ints]:
    """Returns where each has words that the other has too; 0 is no word."""
    if ours.size > theirs.size:
        found, others = _met(theirs, ours)
        return others, found
    near = np.flatnonzero(_perhaps_of(theirs, ours))  # to sort all of a large table takes long
    mine = np.flatnonzero(np.isin(ours, theirs[near]) & (ours != 0))
    return mine, near[np.isin(theirs[near], ours[mine])]


class History:
    """The prices of a set of data, ready to be compared."""

    def __init__(self, data: MarketTable | EventTables, zone: Zone) -> None:
        """Takes data and the time zone of its venue."""
        self._zone = zone
        self._series = [(each, Moves(each)) for each in series_of(data) if each.time.size]

    def shared_with(self, other: "History") -> int:
        """Returns how many changes of `other` are those of this sealed data; 0 is none but chance.

        They are compared as they are; the finer of both at the times of the coarser, whatever
        rule ends its bars; and both by the hour and the day.
        """
        for mine, moves in self._series:
            for theirs, their_moves in other._series:
                pairs = self._pairs(mine, moves, theirs, their_moves)
                found = next(filter(None, (shared_moves(*pair) for pair in pairs)), 0)
                if found:
                    return found
        return 0

    def _pairs(
        self, mine: PriceSeries, moves: Moves, theirs: PriceSeries, their_moves: Moves
    ) -> Iterator[tuple[Moves, Moves]]:
        """Returns what to compare of two series, one pair by one."""
        yield moves, their_moves
        for each in _at_times_of(theirs, mine, self._zone):
            yield moves, Moves(each)
        for each in _at_times_of(mine, theirs, self._zone):
            yield Moves(each), their_moves
        for each, their_each in _by_the_clock(mine, theirs, self._zone):
            yield Moves(each), Moves(their_each)


def _at_times_of(fine: PriceSeries, coarse: PriceSeries, zone: Zone) -> Iterator[PriceSeries]:
    """Returns what a series is as bars of the times of another, where both overlap."""
    first = max(int(fine.time[0]), int(coarse.time[0])) - DAY_NS
    last = min(int(fine.time[-1]), int(coarse.time[-1])) + DAY_NS
    times = distinct_times(coarse, first, last)
    if times.size > 1:
        made = _as_bars(fine, times, zone)
        yield from (each for each in made if 0 < each.time.size < fine.time.size)


def _as_bars(fine: PriceSeries, times: Ints, zone: Zone) -> Iterator[PriceSeries]:
    for windows in windows_of(times):
        yield fine.last_within(windows)
    if not (times % DAY_NS).any():  # they are dates, and not in UTC
        shown = fine.shown_in(zone)
        for windows in windows_of(times):
            yield shown.last_within(windows)
        yield from at_closes(shown, times)


def _by_the_clock(
    one: PriceSeries, other: PriceSeries, zone: Zone
) -> Iterator[tuple[PriceSeries, PriceSeries]]:
    """Returns the last prices of hours and of dates of two series, if they have more prices."""
    shown, their_shown = one.shown_in(zone), other.shown_in(zone)
    for length in (DAY_NS // 24, DAY_NS):
        for later in (0, 1):
            mine = shown.last_of_each(length, later=later)
            theirs = their_shown.last_of_each(length, later=later)
            if mine.time.size < one.time.size or theirs.time.size < other.time.size:
                yield mine, theirs


@compiled
def _changes(symbol: NDArray[np.int32], price: Floats, symbols: int) -> tuple[Ints, Ints, Ints]:
    """Returns of each change the rounded return and difference, and where its symbol's begin."""
    first, last = np.zeros(symbols), np.zeros(symbols)
    code, row_step = np.empty(symbol.size, np.int32), np.empty(symbol.size, np.int64)
    row_moved, begin = np.empty(symbol.size, np.int64), np.zeros(symbols + 1, np.int64)
    count = 0
    for row in range(symbol.size):
        name = symbol[row]
        before = last[name]
        last[name] = price[row]
        if before <= 0.0:
            first[name] = price[row]
            continue
        change = price[row] - before
        rounded = np.floor(change / before / ROUNDED_TO + 0.5)
        if rounded != 0.0:
            code[count], row_step[count] = name, _whole(rounded)
            row_moved[count] = _whole(np.floor(change / (first[name] * _UNIT) + 0.5))
            begin[name + 1] += 1
            count += 1
    for name in range(symbols):
        begin[name + 1] += begin[name]
    step, moved = np.empty(count, np.int64), np.empty(count, np.int64)
    start, next_place = np.empty(count, np.int64), begin.copy()
    for change_row in range(count):  # symbol by symbol, in the order of time
        name = code[change_row]
        place = next_place[name]
        next_place[name] += 1
        step[place], moved[place] = row_step[change_row], row_moved[change_row]
        start[place] = begin[name]
    return step, moved, start


@compiled
def _perhaps_of(words: Keys, few: Keys) -> NDArray[np.bool_]:
    """Returns which words have the lowest bits of one of `few`, and are not 0."""
    size = np.uint64(64)
    while size < np.uint64(16 * few.size):
        size <<= np.uint64(1)
    marked = np.zeros(np.int64(size), np.bool_)
    for place in range(few.size):
        marked[few[place] & (size - np.uint64(1))] = True
    found = np.empty(words.size, np.bool_)
    for place in range(words.size):
        found[place] = words[place] != 0 and marked[words[place] & (size - np.uint64(1))]
    return found


@compiled
def _whole(number: float) -> np.int64:
    return np.int64(min(max(number, -_MOST), _MOST))


@compiled
def _hashed(step: Ints) -> Keys:
    found = np.empty(step.size, np.uint64)
    for place in range(step.size):
        found[place] = _mixed(np.uint64(1), np.uint64(step[place]))
    return found


@compiled
def _of_symbol(start: Ints, moved: Ints) -> Keys:
    """Returns a key of each symbol's each value."""
    found = np.empty(moved.size, np.uint64)
    for place in range(moved.size):
        found[place] = _mixed(np.uint64(start[place]), np.uint64(moved[place]))
    return found


@compiled
def _joined(late: Keys, early: Keys, lag: int, start: Ints) -> Keys:
    """Returns the words of `late` with those of `early`, which end `lag` changes before."""
    found = np.zeros(late.size, np.uint64)
    for place in range(late.size):
        if place - lag >= start[place] and early[place - lag] != 0:
            found[place] = _mixed(late[place], early[place - lag])
    return found


@compiled
def _mixed(one: np.uint64, other: np.uint64) -> np.uint64:
    """Returns a well-spread hash of two numbers (Steele, Lea and Flood, SplitMix, 2014)."""
    value = one * np.uint64(0x9E3779B97F4A7C15) + other * np.uint64(0xC2B2AE3D27D4EB4F)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def _surprises(start: Ints, value: Ints, before: Ints, pair: Ints) -> Floats:
    """Returns sums of minus the logarithm to base 2 of the probability of each change.

    It is how often the change follows the one before it elsewhere in the same symbol. How
    often it is there at all stands in with the weight of one, for what is too rare to count;
    of what is there once, as often as what is there once or twice says (Good, 1953, The
    population frequencies of species, Biometrika 40, 237).
    """
    size = value.size
    alone, after, both = np.zeros(size + 1), np.zeros(size + 1), np.zeros(size + 1)
    total, ones, twos = np.zeros(size), np.zeros(size), np.zeros(size)
    for place in range(size):
        alone[value[place]] += 1.0
        after[before[place]] += 1.0
        both[pair[place]] += 1.0
        total[start[place]] += 1.0
    for place in range(size):
        ones[start[place]] += alone[value[place]] == 1.0
        twos[start[place]] += alone[value[place]] == 2.0
    found = np.zeros(size + 1)
    for place in range(size):
        symbol, often = start[place], alone[value[place]]
        if often == 1.0:
            often = min(1.0, (twos[symbol] + 2.0) / ones[symbol])
        likely = (both[pair[place]] - 1.0 + often / total[symbol]) / after[before[place]]
        found[place + 1] = found[place] - log_kernel(likely) / _LN_2
    return found
