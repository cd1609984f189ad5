"""The accounts once more, from the written fills and flows alone, and what breaks."""

import math
from typing import NamedTuple

import numpy as np

from aurelius_engine.compilation import compiled, compiled_without_memory, prefetch
from aurelius_engine.domain.core import codes, quotes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.layout import Floats, Ints, Run

# What is found wrong.
SOUND, CASH_DIFFERS, VALUE_DIFFERS, EQUITY_DIFFERS, FILL_OUTSIDE_BAR, ORDER_LOST = range(6)
_TOLERANCE = 1e-9
# Fills from one that is looked at to one whose prices are not there yet.
_AHEAD = 6
# What breaks, the step or the order, the number found and the one that the rest says.
Breach = tuple[int, int, float, float]


class Book(NamedTuple):
    """What the audit has booked so far.

    Shapes (n_symbols,): `held` units, `last` closes, `active` the symbols with a position
    and `place_of` their places there or -1. `counts` are the active symbols, the fills and
    the flows; `amounts` the cash and the most that was at stake.
    """

    held: Floats
    last: Floats
    active: Ints
    place_of: Ints
    counts: Ints
    amounts: Floats


def no_breach() -> Breach:
    """Returns what the audit of nothing finds."""
    return SOUND, -1, 0.0, 0.0


def new_book(symbols: int, initial_cash: float) -> Book:
    """Returns the book before the first step."""
    return Book(
        held=np.zeros(symbols),
        last=np.zeros(symbols),
        active=np.zeros(symbols, np.int64),
        place_of=np.full(symbols, -1),
        counts=np.zeros(3, np.int64),
        amounts=np.array([initial_cash, abs(initial_cash)]),
    )


@compiled_without_memory
def audit_marks(r: Run, book: Book, step: int, end: int) -> Breach:
    """Rebuilds cash and positions from event to event and compares steps [step, end).

    Returns:
        What breaks first, or SOUND; the step; the number found and the number that the
        fills and flows give.
    """
    held, last, active, place_of = book.held, book.last, book.active, book.place_of
    count, fill, flow = book.counts[0], book.counts[1], book.counts[2]
    cash, scale = book.amounts[0], book.amounts[1]
    while step < end:
        flow, cash = _take_flows(r, step, flow, cash, held)
        first = fill
        fill, count, cash, scale = _take_fills(
            r, step, fill, cash, scale, held, active, place_of, count
        )
        for row in range(first, fill):
            if _outside(r, row, step):
                return FILL_OUTSIDE_BAR, step, at.fill_floats(r)[row, at.FILL_REFERENCE], math.nan
            if _outside_book(r, row, step):
                return FILL_OUTSIDE_BAR, step, at.fill_floats(r)[row, at.FILL_PRICE], math.nan
        after = _next_event(r, fill, flow, end)
        wrong, scale = _compare_marks(r, step, after, held, last, active, count, cash, scale)
        if wrong < after:
            return _what_differs(r, wrong, held, last, active, count, cash)
        count = _drop_closed(held, active, place_of, count)
        step = after
    book.counts[0], book.counts[1], book.counts[2] = count, fill, flow
    book.amounts[0], book.amounts[1] = cash, scale
    return SOUND, -1, 0.0, 0.0


@compiled
def audit(r: Run, steps: int, initial_cash: float) -> Breach:
    """Audits a whole run: `audit_marks`, then `audit_orders`."""
    symbols = at.positions(r).shape[1]
    book = Book(
        np.zeros(symbols),
        np.zeros(symbols),
        np.zeros(symbols, np.int64),
        np.full(symbols, -1),
        np.zeros(3, np.int64),
        np.array([initial_cash, abs(initial_cash)]),
    )
    found = audit_marks(r, book, 0, steps)
    return found if found[0] != SOUND else audit_orders(r)


@compiled_without_memory
def _take_flows(r: Run, step: int, flow: int, cash: float, held: Floats) -> tuple[int, float]:
    """Books the flows of a step; returns the next flow and the cash."""
    flows, ints, floats = at.counters(r)[at.FLOW_COUNT], at.flow_ints(r), at.flow_floats(r)
    while flow < flows and ints[flow, at.FLOW_STEP] == step:
        symbol = ints[flow, at.FLOW_SYMBOL]
        cash += floats[flow, at.FLOW_AMOUNT]
        if symbol >= 0:
            held[symbol] += floats[flow, at.FLOW_UNITS]
        flow += 1
    return flow, cash


@compiled_without_memory
def _take_fills(
    r: Run,
    step: int,
    fill: int,
    cash: float,
    scale: float,
    held: Floats,
    active: Ints,
    place_of: Ints,
    count: int,
) -> Breach:
    """Books the fills of a step; returns the next fill, the active symbols, cash and scale."""
    fills, ints, floats = at.counters(r)[at.FILL_COUNT], at.fill_ints(r), at.fill_floats(r)
    while fill < fills and ints[fill, at.FILL_STEP] == step:
        symbol, quantity = ints[fill, at.FILL_SYMBOL], floats[fill, at.FILL_QUANTITY]
        value = quantity * floats[fill, at.FILL_PRICE]
        cash -= value + floats[fill, at.FILL_COMMISSION]
        scale = max(scale, abs(value))
        held[symbol] += quantity
        if place_of[symbol] < 0:
            active[count], place_of[symbol] = symbol, count
            count += 1
        fill += 1
        _expect(r, fill + _AHEAD)
    return fill, count, cash, scale


@compiled_without_memory
def _expect(r: Run, fill: int) -> None:
    """Has the range of the bar of a later fill fetched."""
    if fill < at.counters(r)[at.FILL_COUNT]:
        step, symbol = at.fill_ints(r)[fill, at.FILL_STEP], at.fill_ints(r)[fill, at.FILL_SYMBOL]
        place = step * at.low(r).shape[1] + symbol
        prefetch(at.low(r), place)
        prefetch(at.high(r), place)


@compiled_without_memory
def _next_event(r: Run, fill: int, flow: int, steps: int) -> int:
    after = steps
    if fill < at.counters(r)[at.FILL_COUNT]:
        after = min(after, at.fill_ints(r)[fill, at.FILL_STEP])
    if flow < at.counters(r)[at.FLOW_COUNT]:
        after = min(after, at.flow_ints(r)[flow, at.FLOW_STEP])
    return int(after)


@compiled_without_memory
def _compare_marks(
    r: Run,
    first: int,
    end: int,
    held: Floats,
    last: Floats,
    active: Ints,
    count: int,
    cash: float,
    scale: float,
) -> tuple[int, float]:
    """Compares the marks of steps [first, end), between which nothing happened.

    Returns:
        The first step that differs, or `end`; and the most that was at stake until then:
        the rounding of large sums outlives them.
    """
    # Slices: the compiler sees that no index is below 0.
    cashes, values = at.cash(r)[first + 1 : end + 1], at.position_value(r)[first + 1 : end + 1]
    equities = at.equity(r)[first + 1 : end + 1]
    size = abs(cash)
    symbol = active[0] if count == 1 else 0
    closes, price, units = at.close(r)[first:end, symbol], last[symbol], held[symbol]
    for i in range(end - first):
        value = 0.0
        if count == 1:
            price = price if math.isnan(closes[i]) else closes[i]
            value = units * price
        elif count > 1:
            value = _value_of(at.close(r), first + i, held, last, active, count)
        scale = max(scale, size + abs(value))
        away = abs(cashes[i] - cash) + abs(values[i] - value)
        away += abs(equities[i] - (cash + value))
        if not away <= _TOLERANCE * scale:
            end = first + i
            break
    if count == 1:
        last[symbol] = price
    return end, scale


@compiled_without_memory
def _value_of(
    close: Floats, step: int, held: Floats, last: Floats, active: Ints, count: int
) -> float:
    """Values positions at their last closes, which are those of a step where it has them."""
    value = 0.0
    for place in range(count):
        symbol = active[place]
        price = close[step, symbol]
        if not math.isnan(price):
            last[symbol] = price
        value += held[symbol] * last[symbol]
    return value


@compiled_without_memory
def _what_differs(
    r: Run, step: int, held: Floats, last: Floats, active: Ints, count: int, cash: float
) -> Breach:
    """Names the mark that is furthest from what the fills and flows give."""
    value = 0.0
    for place in range(count):
        value += held[active[place]] * last[active[place]]
    by_cash = abs(at.cash(r)[step + 1] - cash)
    by_value = abs(at.position_value(r)[step + 1] - value)
    by_equity = abs(at.equity(r)[step + 1] - (cash + value))
    if not by_cash < max(by_value, by_equity):
        return CASH_DIFFERS, step, at.cash(r)[step + 1], cash
    if not by_value < by_equity:
        return VALUE_DIFFERS, step, at.position_value(r)[step + 1], value
    return EQUITY_DIFFERS, step, at.equity(r)[step + 1], cash + value


@compiled_without_memory
def _drop_closed(held: Floats, active: Ints, place_of: Ints, count: int) -> int:
    """Takes the symbols without a position off the list and returns how many are left."""
    place = 0
    while place < count:
        symbol = active[place]
        if held[symbol] == 0.0:
            count -= 1
            active[place] = active[count]
            place_of[active[place]], place_of[symbol] = place, -1
        else:
            place += 1
    return count


@compiled_without_memory
def _outside(r: Run, row: int, step: int) -> bool:
    """Whether a fill's price before costs was not traded in its bar."""
    if at.fill_ints(r)[row, at.FILL_RULE] == codes.SYMBOL_END:
        return False
    symbol = at.fill_ints(r)[row, at.FILL_SYMBOL]
    price = at.fill_floats(r)[row, at.FILL_REFERENCE]
    return not (at.low(r)[step, symbol] <= price <= at.high(r)[step, symbol])


@compiled_without_memory
def _outside_book(r: Run, row: int, step: int) -> bool:
    """Whether a fill that the book priced has a price, or units, that the book did not show."""
    if not quotes.prices(r, at.fill_ints(r)[row, at.FILL_RULE]):
        return False
    symbol, units = at.fill_ints(r)[row, at.FILL_SYMBOL], at.fill_floats(r)[row, at.FILL_QUANTITY]
    buys, price = units > 0.0, at.fill_floats(r)[row, at.FILL_PRICE]
    best, worst = quotes.best(r, step, symbol, buys), quotes.worst(r, step, symbol, buys)
    low, high = min(best, worst), max(best, worst)
    inside = low - _TOLERANCE * low <= price <= high + _TOLERANCE * high
    shown = quotes.shown(r, step, symbol, buys)
    return not (inside and abs(units) <= shown + _TOLERANCE * shown)


@compiled
def audit_orders(r: Run) -> Breach:
    """Checks that each order's fills are what its state says."""
    orders = at.counters(r)[at.ORDER_COUNT]
    sums = np.zeros(orders)
    for row in range(at.counters(r)[at.FILL_COUNT]):
        sums[at.fill_ints(r)[row, at.FILL_ORDER]] += at.fill_floats(r)[row, at.FILL_QUANTITY]
    still_open = 0
    for order in range(orders):
        filled, state = (
            at.order_floats(r)[order, at.FILLED_UNITS],
            at.order_ints(r)[order, at.STATE],
        )
        wrong = not abs(filled - sums[order]) <= _TOLERANCE * max(1.0, abs(filled))
        wrong = wrong or (state == codes.FILLED and filled == 0.0)
        wrong = wrong or (state == codes.REJECTED and filled != 0.0)
        still_open += 1 if state == codes.OPEN else 0
        if wrong:
            return ORDER_LOST, order, filled, sums[order]
    if still_open != at.counters(r)[at.OPEN_COUNT]:
        return ORDER_LOST, orders, float(at.counters(r)[at.OPEN_COUNT]), float(still_open)
    return SOUND, -1, 0.0, 0.0
