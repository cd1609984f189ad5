"""Which order inside a bar comes first. docs/specs/execution.md 4.9."""

import math

from aurelius_engine.compilation import compiled_apart, compiled_without_memory
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.bar import is_buy, slips, stops_first, touched, trail_to
from aurelius_engine.domain.core.book import insert_sorted, remove_sorted
from aurelius_engine.domain.core.fills import fill
from aurelius_engine.domain.core.layout import DUST, Run


@compiled_apart
def inside_phase(r: Run, step: int) -> None:
    """Fills inside the bars of a step, in the order that the specification assumes."""
    path = int(at.rules(r)[at.R_INTRABAR_PATH])
    if path == codes.STOPS_FIRST:
        stops_first(r, step)
        return
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        symbol = at.lists(r)[at.BUSY, place]
        if not math.isnan(at.open(r)[step, symbol]):
            _trade_inside(r, step, symbol, path)


@compiled_apart
def _trade_inside(r: Run, step: int, symbol: int, path: int) -> None:
    """Walks through a symbol's bar: once, or both ways and then the one that is looked for."""
    compares = path == codes.ADVERSE or path == codes.FAVOURABLE
    high_first = path != codes.LOW_FIRST
    first_worth, first_held, scale = 0.0, 0.0, 0.0
    if compares:
        _keep(r, symbol)
    close = at.close(r)[step, symbol]
    for turn in range(3):
        _walk(r, step, symbol, high_first)
        if not compares or turn == 2:
            return
        cash, held = at.account(r)[at.CASH], at.positions(r)[at.HELD, symbol]
        worth = cash + held * close
        if turn == 0:
            first_worth, first_held, high_first = worth, held, False
            scale = (abs(cash) + abs(held * close)) * DUST
        else:
            less = worth < first_worth - scale
            more = worth > first_worth + scale
            if less or more or abs(held - first_held) * close > scale:
                at.positions(r)[at.AMBIGUOUS, symbol] += 1.0
            if less if path == codes.ADVERSE else more:
                return
            high_first = True
        _restore(r, symbol)


@compiled_without_memory
def _keep(r: Run, symbol: int) -> None:
    """Copies what a walk changes to the end of the logs of orders, where a step leaves room."""
    ints, floats = at.order_ints(r), at.order_floats(r)
    row, grouped = ints.shape[0] - 1, 0
    for place in range(at.counters(r).size):
        ints[row, place] = at.counters(r)[place]
    for place in range(at.account(r).size):
        floats[row, place] = at.account(r)[place]
    for place in range(at.positions(r).shape[0]):
        floats[row - 1, place] = at.positions(r)[place, symbol]
    order = at.lists(r)[at.HEAD, symbol]
    while order >= 0:
        grouped = max(grouped, ints[order, at.GROUP])
        order = ints[order, at.NEXT]
    ints[row - 1, 0], ints[row - 1, 1] = at.lists(r)[at.TAIL, symbol], grouped
    _copy_orders(r, symbol, True)


@compiled_without_memory
def _restore(r: Run, symbol: int) -> None:
    """Takes a walk back. That bar is still counted as ambiguous, if it was."""
    ints, floats = at.order_ints(r), at.order_floats(r)
    row, counted = ints.shape[0] - 1, at.positions(r)[at.AMBIGUOUS, symbol]
    holding, count = at.lists(r)[at.HOLDING], at.counters(r)[at.HELD_COUNT]
    holds, held = at.positions(r)[at.HELD, symbol] != 0.0, floats[row - 1, at.HELD] != 0.0
    if holds and not held:
        remove_sorted(holding, count, symbol)
    elif held and not holds:
        insert_sorted(holding, count, symbol)
    for place in range(at.counters(r).size):
        at.counters(r)[place] = ints[row, place]
    for place in range(at.account(r).size):
        at.account(r)[place] = floats[row, place]
    for place in range(at.positions(r).shape[0]):
        at.positions(r)[place, symbol] = floats[row - 1, place]
    at.positions(r)[at.AMBIGUOUS, symbol] = counted
    at.lists(r)[at.TAIL, symbol] = ints[row - 1, 0]
    _copy_orders(r, symbol, False)


@compiled_without_memory
def _copy_orders(r: Run, symbol: int, keeps: bool) -> None:
    """Copies the orders of a symbol, of all if one is in a group, to the end or back."""
    ints, floats = at.order_ints(r), at.order_floats(r)
    row = ints.shape[0] - 2
    grouped = ints[row, 1] > 0
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        other = at.lists(r)[at.BUSY, place]
        order = at.lists(r)[at.HEAD, other] if other == symbol or grouped else -1
        while order >= 0:
            row -= 1
            source, copy = (order, row) if keeps else (row, order)
            for column in range(ints.shape[1]):
                ints[copy, column] = ints[source, column]
            for column in range(floats.shape[1]):
                floats[copy, column] = floats[source, column]
            order = ints[order, at.NEXT]


@compiled_without_memory
def _walk(r: Run, step: int, symbol: int, high_first: bool) -> None:
    """Lets the price go through the bar in three legs: fills what it reaches, moves trails."""
    here = at.open(r)[step, symbol]
    for leg in range(3):
        last = at.close(r)[step, symbol]
        if leg < 2:
            rises = (leg == 0) == high_first
            last = at.high(r)[step, symbol] if rises else at.low(r)[step, symbol]
        _leg(r, step, symbol, here, last)
        here = last
        order = at.lists(r)[at.HEAD, symbol]
        while order >= 0:
            ints = at.order_ints(r)[order]
            if ints[at.KIND] == codes.TRAILING_STOP and ints[at.STATE] == codes.OPEN:
                trail_to(r, order, symbol, here)
            order = ints[at.NEXT]


@compiled_apart
def _leg(r: Run, step: int, symbol: int, here: float, last: float) -> None:
    """Fills what the price reaches from `here` to `last`: the nearest first, then the earliest.

    Each fill may send guards and end others, so the next one is looked for after it.
    """
    rises = last >= here
    done = -1  # of the orders at `here`, those up to this one had their turn
    while True:
        found, nearest = -1, math.nan
        order = at.lists(r)[at.HEAD, symbol]
        while order >= 0:
            price = _reached(r, order, here, last)
            if not math.isnan(price) and (price != here or order > done):
                nearer = price < nearest if rises else price > nearest
                if found < 0 or nearer:
                    found, nearest = order, price
            order = at.order_ints(r)[order, at.NEXT]
        if found < 0:
            return
        here, done = nearest, found
        rule, reference = touched(r, found, here, at.TRIGGERED_EARLIER)
        if rule >= 0:
            fill(r, found, step, reference, rule, slips(rule), at.FROM_INSIDE)


@compiled_without_memory
def _reached(r: Run, order: int, here: float, last: float) -> float:
    """The price between `here` and `last` at which an open order may fill, NaN for none."""
    ints = at.order_ints(r)[order]
    kind = ints[at.KIND]
    without = kind == codes.MARKET or kind == codes.ON_OPEN or kind == codes.ON_CLOSE
    if without or ints[at.STATE] != codes.OPEN:
        return math.nan
    limits = kind == codes.LIMIT or ints[at.TRIGGERED] != at.WAITING
    price = at.order_floats(r)[order, at.LIMIT_PRICE if limits else at.STOP_PRICE]
    if is_buy(r, order) != limits:  # waits for the price to rise
        return here if here >= price else (price if last >= price else math.nan)
    return here if here <= price else (price if last <= price else math.nan)
