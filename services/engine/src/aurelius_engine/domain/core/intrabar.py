"""Which order inside a bar comes first. docs/specs/execution.md 4.9."""

import math

from aurelius_engine.compilation import compiled_without_memory
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.bar import is_buy, slips, stops_first, touched, trail_to
from aurelius_engine.domain.core.fills import fill
from aurelius_engine.domain.core.layout import Run


@compiled_without_memory
def inside_phase(r: Run, step: int) -> None:
    """Fills inside the bars of a step, in the order that the specification assumes."""
    path = int(at.rules(r)[at.R_INTRABAR_PATH])
    if path == codes.STOPS_FIRST:
        stops_first(r, step)
        return
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        symbol = at.lists(r)[at.BUSY, place]
        if not math.isnan(at.open(r)[step, symbol]):
            _walk(r, step, symbol, path == codes.HIGH_FIRST)


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


@compiled_without_memory
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
