"""The quote or the book in force before each bar. docs/specs/data_events.md section 5."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain import errors
from aurelius_engine.domain.events.schema import MarketEventType, fields_of
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.market_table import BOOK_COLUMNS, BOOK_LEVELS_MAX, LEVEL, MarketTable
from aurelius_engine.domain.table_hash import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SOURCES = (MarketEventType.BOOK_UPDATE, MarketEventType.QUOTE)
_BID, _ASK = 0, 1


def with_book(bars: MarketTable, opened: Ints, events: EventTables) -> MarketTable:
    """Returns bars with what could be traded at before the first trade of each.

    Args:
        bars: Made of trades of `events`.
        opened: Shape (n_bars,), when the first trade of each was, ns UTC.
        events: With book updates, which give 10 levels, or else quotes, which give one.

    Raises:
        DerivationRefused: There is neither.
    """
    source = next((kind for kind in SOURCES if kind in events.tables), None)
    if source is None:
        raise errors.DerivationRefused(
            "the source has neither quotes nor a book",
            found=", ".join(kind.value for kind in events.types),
            allowed=" or ".join(kind.value for kind in SOURCES),
        )
    names = [field.name for field in fields_of(source)]
    column = dict(zip(names, events.tables[source], strict=True))
    code = _codes_in(bars.symbol, column["symbol"])
    # Both are sorted by symbol and then by time; events of one time stay in their order.
    of_bars = np.lexsort((opened, bars.symbol.data))
    of_events = np.argsort(code, kind="stable")
    of_events = of_events[np.searchsorted(code[of_events], 0) :]
    sorted_bars = (bars.symbol.data[of_bars].astype(np.int64), opened[of_bars])
    sorted_events = (code[of_events], column["event_time"].data[of_events].astype(np.int64))
    if source is MarketEventType.QUOTE:
        quotes = np.column_stack([column[name].data[of_events] for name in LEVEL]).astype(
            np.float64
        )
        shown = _quotes_before(*sorted_bars, *sorted_events, quotes)
    else:
        shown = _books_before(
            *sorted_bars,
            *sorted_events,
            sides_of(column["side"])[of_events],
            column["price"].data[of_events].astype(np.float64, copy=False),
            column["size"].data[of_events].astype(np.float64, copy=False),
            BOOK_LEVELS_MAX,
        )
    book = np.empty_like(shown)
    book[of_bars] = shown
    levels = {
        name: book[:, place].copy() for place, name in enumerate(BOOK_COLUMNS[: book.shape[1]])
    }
    return MarketTable.taking(time=bars.time, symbol=bars.symbol, bars={**bars.floats(), **levels})


def sides_of(column: Column) -> Ints:
    """Returns 0 where a book update is of the bid side, and 1 where it is of the ask side."""
    own = np.array([_BID if text == "bid" else _ASK for text in column.values or ()], np.int64)
    sides: Ints = own[column.data]
    return sides


def _codes_in(bars: Column, events: Column) -> Ints:
    """Returns the code that each event's symbol has among the bars'; -1 for none."""
    places = {text: place for place, text in enumerate(bars.values or ())}
    own = np.array([places.get(text, -1) for text in events.values or ()], np.int64)
    codes: Ints = own[events.data]
    return codes


@compiled
def _quotes_before(
    bar_code: Ints, bar_time: Ints, code: Ints, time: Ints, quotes: Floats
) -> Floats:
    """Returns the last quote of each bar's symbol before its time; zeros of a crossed one."""
    shown = np.zeros((bar_code.size, 4))
    at = 0
    for i in range(bar_code.size):
        while at < code.size and _is_before(code[at], time[at], bar_code[i], bar_time[i]):
            at += 1
        if at > 0 and code[at - 1] == bar_code[i]:
            bid, ask = quotes[at - 1, 0], quotes[at - 1, 2]
            if bid <= ask or ask == 0.0:
                for place in range(4):
                    shown[i, place] = quotes[at - 1, place]
    return shown


@compiled
def _books_before(
    bar_code: Ints,
    bar_time: Ints,
    code: Ints,
    time: Ints,
    side: Ints,
    price: Floats,
    size: Floats,
    levels: int,
) -> Floats:
    """Returns the best levels of each bar's symbol before its time; zeros of a crossed book."""
    shown = np.zeros((bar_code.size, 4 * levels))
    # The prices that rest, by side, the best last; asks are negated.
    keys, sizes = np.empty((2, code.size)), np.empty((2, code.size))
    counts = np.zeros(2, np.int64)
    at = 0
    for i in range(bar_code.size):
        if i == 0 or bar_code[i] != bar_code[i - 1]:
            counts[:] = 0
        while at < code.size and _is_before(code[at], time[at], bar_code[i], bar_time[i]):
            if code[at] == bar_code[i]:
                set_level(keys, sizes, counts, side[at], price[at], size[at])
            at += 1
        if is_crossed(keys, counts):
            continue
        for level in range(levels):
            for own in range(2):
                if level < counts[own]:
                    row = counts[own] - 1 - level
                    shown[i, 4 * level + 2 * own] = abs(keys[own, row])
                    shown[i, 4 * level + 2 * own + 1] = sizes[own, row]
    return shown


@compiled
def is_crossed(keys: Floats, counts: Ints) -> bool:
    """Returns whether the best bid is above the best ask; see `set_level`."""
    if counts[0] == 0 or counts[1] == 0:
        return False
    return bool(keys[0, counts[0] - 1] > -keys[1, counts[1] - 1])


@compiled
def _is_before(code: int, time: int, bar_code: int, bar_time: int) -> bool:
    return code < bar_code or (code == bar_code and time < bar_time)


@compiled
def set_level(
    keys: Floats, sizes: Floats, counts: Ints, side: int, price: float, size: float
) -> None:
    """Sets what rests at a price of a side; 0 takes the price out.

    Args:
        keys: Shape (2, room): the prices that rest, of bids and of negated asks, rising.
        sizes: Shape (2, room): the units at each.
        counts: Shape (2,): how many prices there are.
        side: 0 for a bid, 1 for an ask.
        price: Above 0.
        size: At least 0.
    """
    key = price if side == 0 else -price
    count = counts[side]
    place = count  # the best prices change most often, so it is sought from there
    while place > 0 and keys[side, place - 1] >= key:
        place -= 1
    there = place < count and keys[side, place] == key
    if size > 0.0:
        if not there:
            for row in range(count, place, -1):
                keys[side, row], sizes[side, row] = keys[side, row - 1], sizes[side, row - 1]
            counts[side] = count + 1
        keys[side, place], sizes[side, place] = key, size
    elif there:
        for row in range(place, count - 1):
            keys[side, row], sizes[side, row] = keys[side, row + 1], sizes[side, row + 1]
        counts[side] = count - 1
