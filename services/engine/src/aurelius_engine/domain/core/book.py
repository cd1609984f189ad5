"""The orders: sent, queued by symbol, ended. Each ends in exactly one state."""

from aurelius_engine.compilation import compiled_without_memory
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.layout import Ints, Run

_OPEN = codes.OPEN
_MARKET = codes.MARKET


@compiled_without_memory
def insert_sorted(row: Ints, count: int, symbol: int) -> None:
    """Puts `symbol` into the sorted first `count` places of `row`, where it is not yet."""
    place = count
    while place > 0 and row[place - 1] > symbol:
        row[place] = row[place - 1]
        place -= 1
    row[place] = symbol


@compiled_without_memory
def remove_sorted(row: Ints, count: int, symbol: int) -> None:
    """Takes `symbol` out of the sorted first `count` places of `row`, where it is."""
    place = 0
    while row[place] != symbol:
        place += 1
    for later in range(place + 1, count):
        row[later - 1] = row[later]


@compiled_without_memory
def write_order(
    r: Run,
    step: int,
    symbol: int,
    kind: int,
    force: int,
    amount_kind: int,
    amount: float,
    limit: float,
    stop: float,
    group: int,
    side: int,
) -> int:
    """Adds a row to the orders, in no queue yet, and returns its sequence number."""
    order = at.counters(r)[at.ORDER_COUNT]
    at.counters(r)[at.ORDER_COUNT] = order + 1
    ints, floats = at.order_ints(r)[order], at.order_floats(r)[order]
    ints[at.SUBMITTED], ints[at.SYMBOL], ints[at.KIND] = step, symbol, kind
    ints[at.TIME_IN_FORCE], ints[at.AMOUNT_KIND], ints[at.GROUP] = force, amount_kind, group
    ints[at.STATE], ints[at.REASON], ints[at.ENDED] = _OPEN, codes.NO_REASON, -1
    ints[at.NEXT], ints[at.TRIGGERED], ints[at.GUARD] = -1, at.WAITING, at.NO_GUARD
    ints[at.SIDE] = side
    floats[at.AMOUNT], floats[at.FILLED_UNITS] = amount, 0.0
    floats[at.WANTED], floats[at.REMAINING] = float("nan"), float("nan")
    floats[at.LIMIT_PRICE], floats[at.STOP_PRICE] = limit, stop
    floats[at.TRAIL], floats[at.BEST] = 0.0, float("nan")
    return int(order)


@compiled_without_memory
def queue(r: Run, order: int) -> None:
    """Puts an order at the end of its symbol's queue."""
    symbol = at.order_ints(r)[order, at.SYMBOL]
    last = at.lists(r)[at.TAIL, symbol]
    if last < 0:
        at.lists(r)[at.HEAD, symbol] = order
        insert_sorted(at.lists(r)[at.BUSY], at.counters(r)[at.BUSY_COUNT], symbol)
        at.counters(r)[at.BUSY_COUNT] += 1
    else:
        at.order_ints(r)[last, at.NEXT] = order
    at.lists(r)[at.TAIL, symbol] = order
    at.counters(r)[at.OPEN_COUNT] += 1
    if at.order_ints(r)[order, at.KIND] != _MARKET:
        at.counters(r)[at.RESTING_COUNT] += 1


@compiled_without_memory
def end(r: Run, order: int, state: int, reason: int, step: int) -> None:
    """Ends an open order. It leaves its queue at the end of the step."""
    at.order_ints(r)[order, at.STATE] = state
    at.order_ints(r)[order, at.REASON] = reason
    at.order_ints(r)[order, at.ENDED] = step
    at.counters(r)[at.OPEN_COUNT] -= 1
    if at.order_ints(r)[order, at.KIND] != _MARKET:
        at.counters(r)[at.RESTING_COUNT] -= 1


@compiled_without_memory
def end_all(r: Run, symbol: int, only_guards: bool, reason: int, step: int) -> None:
    """Cancels the open orders of a symbol, all of them or the guards of its position."""
    order = at.lists(r)[at.HEAD, symbol]
    while order >= 0:
        guard = at.order_ints(r)[order, at.GUARD]
        guards = guard != at.NO_GUARD and guard != at.LIQUIDATION
        if at.order_ints(r)[order, at.STATE] == _OPEN and (guards or not only_guards):
            end(r, order, codes.CANCELLED, reason, step)
        order = at.order_ints(r)[order, at.NEXT]


@compiled_without_memory
def end_group(r: Run, filled: int, step: int) -> None:
    """Cancels the open orders of the group of one that was filled, whatever their symbol."""
    group = at.order_ints(r)[filled, at.GROUP]
    if group <= 0:
        return
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        order = at.lists(r)[at.HEAD, at.lists(r)[at.BUSY, place]]
        while order >= 0:
            ints = at.order_ints(r)[order]
            if order != filled and ints[at.STATE] == _OPEN and ints[at.GROUP] == group:
                end(r, order, codes.CANCELLED, codes.OTHER_FILLED, step)
            order = ints[at.NEXT]


@compiled_without_memory
def prune(r: Run) -> None:
    """Takes the ended orders out of the queues, and symbols without orders off the list."""
    kept = 0
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        symbol = at.lists(r)[at.BUSY, place]
        order, last = at.lists(r)[at.HEAD, symbol], -1
        at.lists(r)[at.HEAD, symbol] = -1
        while order >= 0:
            after = at.order_ints(r)[order, at.NEXT]
            if at.order_ints(r)[order, at.STATE] == _OPEN:
                if last < 0:
                    at.lists(r)[at.HEAD, symbol] = order
                else:
                    at.order_ints(r)[last, at.NEXT] = order
                at.order_ints(r)[order, at.NEXT] = -1
                last = order
            order = after
        at.lists(r)[at.TAIL, symbol] = last
        if last >= 0:
            at.lists(r)[at.BUSY, kept] = symbol
            kept += 1
    at.counters(r)[at.BUSY_COUNT] = kept
