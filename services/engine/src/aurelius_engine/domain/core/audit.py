"""The accounts once more, from the written fills and flows alone, and what breaks."""

import math

import numpy as np

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.layout import Floats, Run

# What is found wrong.
SOUND, CASH_DIFFERS, VALUE_DIFFERS, EQUITY_DIFFERS, FILL_OUTSIDE_BAR, ORDER_LOST = range(6)
_TOLERANCE = 1e-9


@compiled
def audit(r: Run, steps: int, initial_cash: float) -> tuple[int, int, float, float]:
    """Rebuilds cash and positions step by step and compares them with the marks.

    Returns:
        What breaks first, or SOUND; the step (of a lost order: its number); the number
        found and the number that the fills and flows give.
    """
    held, last = np.zeros(at.positions(r).shape[1]), np.zeros(at.positions(r).shape[1])
    active, place_of = (
        np.empty(at.positions(r).shape[1], np.int64),
        np.full(at.positions(r).shape[1], -1),
    )
    count, fill, flow = 0, 0, 0
    cash, scale = initial_cash, abs(initial_cash)
    fills, flows = at.counters(r)[at.FILL_COUNT], at.counters(r)[at.FLOW_COUNT]
    for step in range(steps):
        first = fill
        while flow < flows and at.flow_ints(r)[flow, at.FLOW_STEP] == step:
            symbol = at.flow_ints(r)[flow, at.FLOW_SYMBOL]
            cash += at.flow_floats(r)[flow, at.FLOW_AMOUNT]
            if symbol >= 0:
                held[symbol] += at.flow_floats(r)[flow, at.FLOW_UNITS]
            flow += 1
        while fill < fills and at.fill_ints(r)[fill, at.FILL_STEP] == step:
            symbol = at.fill_ints(r)[fill, at.FILL_SYMBOL]
            quantity, price = (
                at.fill_floats(r)[fill, at.FILL_QUANTITY],
                at.fill_floats(r)[fill, at.FILL_PRICE],
            )
            cash -= quantity * price + at.fill_floats(r)[fill, at.FILL_COMMISSION]
            scale = max(scale, abs(quantity * price))
            held[symbol] += quantity
            if place_of[symbol] < 0:
                active[count], place_of[symbol] = symbol, count
                count += 1
            fill += 1
        value, place = 0.0, 0
        while place < count:
            symbol = active[place]
            price = at.close(r)[step, symbol]
            if not math.isnan(price):
                last[symbol] = price
            value += held[symbol] * last[symbol]
            if held[symbol] == 0.0:
                count -= 1
                active[place] = active[count]
                place_of[active[place]], place_of[symbol] = place, -1
            else:
                place += 1
        # Of the most that was at stake so far: the rounding of large sums outlives them.
        scale = max(scale, abs(cash) + abs(value))
        within = _TOLERANCE * scale
        if not abs(at.cash(r)[step + 1] - cash) <= within:
            return CASH_DIFFERS, step, at.cash(r)[step + 1], cash
        if not abs(at.position_value(r)[step + 1] - value) <= within:
            return VALUE_DIFFERS, step, at.position_value(r)[step + 1], value
        if not abs(at.equity(r)[step + 1] - (cash + value)) <= within:
            return EQUITY_DIFFERS, step, at.equity(r)[step + 1], cash + value
        for row in range(first, fill):
            if _outside(at.fill_ints(r)[row, at.FILL_RULE], at.fill_floats(r)[row], r, row, step):
                return FILL_OUTSIDE_BAR, step, at.fill_floats(r)[row, at.FILL_REFERENCE], math.nan
    return _lost_order(r)


@compiled
def _outside(rule: int, floats: Floats, r: Run, row: int, step: int) -> bool:
    """Whether a fill's price before costs was not traded in its bar."""
    symbol, price = at.fill_ints(r)[row, at.FILL_SYMBOL], floats[at.FILL_REFERENCE]
    if rule == codes.SYMBOL_END:
        return False
    return not (at.low(r)[step, symbol] <= price <= at.high(r)[step, symbol])


@compiled
def _lost_order(r: Run) -> tuple[int, int, float, float]:
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
