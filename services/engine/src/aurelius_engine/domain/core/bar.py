"""What happens to the orders inside one bar. docs/specs/execution.md sections 4 and 5."""

import math

from aurelius_engine.compilation import compiled_without_memory
from aurelius_engine.domain.core import codes, costs, quotes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.book import end
from aurelius_engine.domain.core.fills import fill
from aurelius_engine.domain.core.layout import Floats, Run


@compiled_without_memory
def value_at(r: Run, prices: Floats, step: int) -> None:
    """Values the account at `prices` (n_steps, n_symbols), at the marks where there is no bar."""
    long = short = 0.0
    for place in range(at.counters(r)[at.HELD_COUNT]):
        symbol = at.lists(r)[at.HOLDING, place]
        price = prices[step, symbol]
        if math.isnan(price):
            price = at.positions(r)[at.MARK, symbol]
        at.positions(r)[at.REFERENCE, symbol] = price
        if at.positions(r)[at.HELD, symbol] > 0.0:
            long += at.positions(r)[at.HELD, symbol] * price
        else:
            short += -at.positions(r)[at.HELD, symbol] * price
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        symbol = at.lists(r)[at.BUSY, place]
        if not math.isnan(prices[step, symbol]):
            at.positions(r)[at.REFERENCE, symbol] = prices[step, symbol]
    at.account(r)[at.LONG], at.account(r)[at.SHORT] = long, short
    at.account(r)[at.EQUITY] = at.account(r)[at.CASH] + (long - short)


@compiled_without_memory
def is_buy(r: Run, order: int) -> bool:
    """The side of an order: the one it was sent for, or what its aim and the position make it."""
    ints, floats = at.order_ints(r)[order], at.order_floats(r)[order]
    if ints[at.SIDE] != at.EITHER:
        return bool(ints[at.SIDE] == at.BUYS)
    kind, amount = ints[at.AMOUNT_KIND], floats[at.AMOUNT]
    held = at.positions(r)[at.HELD, ints[at.SYMBOL]]
    if kind == codes.CLOSE_POSITION:
        return bool(held < 0.0)
    if not math.isnan(floats[at.REMAINING]):
        return bool(floats[at.REMAINING] > 0.0)
    if kind == codes.UNITS:
        return bool(amount > held)
    price = at.positions(r)[at.REFERENCE, ints[at.SYMBOL]]
    return bool(amount * at.account(r)[at.EQUITY] > held * price)


@compiled_without_memory
def _reduces(r: Run, order: int) -> bool:
    """Whether an order makes a position smaller or turns it around."""
    held = at.positions(r)[at.HELD, at.order_ints(r)[order, at.SYMBOL]]
    return bool(held != 0.0 and (held < 0.0) == is_buy(r, order))


@compiled_without_memory
def _rule_at_open(r: Run, order: int, step: int, price: float) -> int:
    """The rule that fills an order at an open, -1 for none. Triggers stop-limit orders."""
    ints, floats = at.order_ints(r)[order], at.order_floats(r)[order]
    kind = ints[at.KIND]
    if kind == codes.MARKET or kind == codes.ON_OPEN:
        rule = codes.MARGIN_CALL if ints[at.GUARD] == at.LIQUIDATION else codes.AT_OPEN
        if quotes.prices(r, rule):
            found = quotes.best(r, step, ints[at.SYMBOL], is_buy(r, order)) > 0.0
            return rule if found else -1
        return rule
    if kind == codes.ON_CLOSE:
        return -1
    buys = is_buy(r, order)
    limit, stop = floats[at.LIMIT_PRICE], floats[at.STOP_PRICE]
    within = price <= limit if buys else price >= limit
    beyond = price >= stop if buys else price <= stop
    if kind == codes.LIMIT:
        return codes.LIMIT_AT_OPEN if within else -1
    if kind == codes.STOP:
        return codes.STOP_AT_OPEN if beyond else -1
    if kind == codes.TRAILING_STOP:
        return codes.TRAILING_AT_OPEN if beyond else -1
    if beyond and ints[at.TRIGGERED] == at.WAITING:
        ints[at.TRIGGERED] = at.TRIGGERED_EARLIER
    fills = within and ints[at.TRIGGERED] == at.TRIGGERED_EARLIER
    return codes.STOP_LIMIT_AT_OPEN if fills else -1


@compiled_without_memory
def open_phase(r: Run, step: int) -> None:
    """Fills at the open: first what makes positions smaller, then the rest."""
    value_at(r, at.open(r), step)
    for turn in range(2):
        if turn == 0 and at.counters(r)[at.HELD_COUNT] == 0:
            continue
        for place in range(at.counters(r)[at.BUSY_COUNT]):
            symbol = at.lists(r)[at.BUSY, place]
            price = at.open(r)[step, symbol]
            order = -1 if math.isnan(price) else at.lists(r)[at.HEAD, symbol]
            while order >= 0:
                ints = at.order_ints(r)[order]
                old = ints[at.STATE] == codes.OPEN and ints[at.SUBMITTED] < step
                if old and (turn == 1 or _reduces(r, order)):
                    rule = _rule_at_open(r, order, step, price)
                    if rule >= 0:
                        fill(r, order, step, price, rule, slips(rule), at.FROM_OPEN)
                order = ints[at.NEXT]


@compiled_without_memory
def slips(rule: int) -> bool:
    """Whether spread, slippage and impact apply to the fills of a rule of orders with a price."""
    limits = rule == codes.LIMIT_AT_OPEN or rule == codes.LIMIT_TOUCHED
    return not (limits or rule == codes.STOP_LIMIT_AT_OPEN or rule == codes.STOP_LIMIT_TOUCHED)


@compiled_without_memory
def touched(r: Run, order: int, price: float, triggered: int) -> tuple[int, float]:
    """The rule that fills an order that the bar touches, -1 for none, and its reference price.

    A stop fills at `price`; a stop-limit order that waits becomes `triggered`.
    """
    ints, floats = at.order_ints(r)[order], at.order_floats(r)[order]
    kind, limit, stop = ints[at.KIND], floats[at.LIMIT_PRICE], floats[at.STOP_PRICE]
    if kind == codes.STOP:
        return codes.STOP_TOUCHED, price
    if kind == codes.TRAILING_STOP:
        return codes.TRAILING_TOUCHED, price
    if kind == codes.LIMIT:
        return codes.LIMIT_TOUCHED, limit
    if ints[at.TRIGGERED] != at.WAITING:
        return codes.STOP_LIMIT_TOUCHED, limit
    ints[at.TRIGGERED] = triggered
    within = stop <= limit if is_buy(r, order) else stop >= limit
    return (codes.STOP_LIMIT_TOUCHED if within else -1), stop


@compiled_without_memory
def _stop_inside(r: Run, order: int, step: int) -> None:
    """Fills or triggers a stop that the bar touches."""
    ints, stop = at.order_ints(r)[order], at.order_floats(r)[order, at.STOP_PRICE]
    symbol, buys = ints[at.SYMBOL], is_buy(r, order)
    reached = at.high(r)[step, symbol] >= stop if buys else at.low(r)[step, symbol] <= stop
    if not reached or ints[at.TRIGGERED] != at.WAITING:
        return
    # The stop of a guard may lie beyond where the rest of the bar begins: costs put it there.
    edge = at.open(r)[step, symbol]
    if ints[at.GUARD] == at.FROM_INSIDE and ints[at.SUBMITTED] == step:
        edge = at.low(r)[step, symbol] if buys else at.high(r)[step, symbol]
    price = max(stop, edge) if buys else min(stop, edge)
    rule, reference = touched(r, order, price, at.TRIGGERED_INSIDE)
    if rule >= 0:
        fill(r, order, step, reference, rule, slips(rule), at.FROM_INSIDE)


@compiled_without_memory
def _stops_inside(r: Run, step: int, only_new: bool) -> None:
    """Goes through the stops; `only_new`: those that guard a fill inside this bar."""
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        symbol = at.lists(r)[at.BUSY, place]
        order = -1 if math.isnan(at.open(r)[step, symbol]) else at.lists(r)[at.HEAD, symbol]
        while order >= 0:
            ints = at.order_ints(r)[order]
            kind = ints[at.KIND]
            is_stop = kind == codes.STOP or kind == codes.STOP_LIMIT or kind == codes.TRAILING_STOP
            new = ints[at.GUARD] == at.FROM_INSIDE and ints[at.SUBMITTED] == step
            old = ints[at.SUBMITTED] < step or ints[at.GUARD] == at.FROM_OPEN
            if is_stop and ints[at.STATE] == codes.OPEN and (new or (old and not only_new)):
                _stop_inside(r, order, step)
            order = ints[at.NEXT]


@compiled_without_memory
def stops_first(r: Run, step: int) -> None:
    """Fills inside the bar: stops before limits, then the stops that guard those limits."""
    _stops_inside(r, step, False)
    made = at.counters(r)[at.ORDER_COUNT]
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        symbol = at.lists(r)[at.BUSY, place]
        order = -1 if math.isnan(at.open(r)[step, symbol]) else at.lists(r)[at.HEAD, symbol]
        while order >= 0:
            ints = at.order_ints(r)[order]
            kind = ints[at.KIND]
            ready = kind == codes.LIMIT or (
                kind == codes.STOP_LIMIT and ints[at.TRIGGERED] == at.TRIGGERED_EARLIER
            )
            old = ints[at.SUBMITTED] < step or ints[at.GUARD] == at.FROM_OPEN
            if ready and old and ints[at.STATE] == codes.OPEN:
                limit = at.order_floats(r)[order, at.LIMIT_PRICE]
                buys = is_buy(r, order)
                if at.low(r)[step, symbol] <= limit if buys else at.high(r)[step, symbol] >= limit:
                    rule, limit = touched(r, order, limit, at.TRIGGERED_EARLIER)
                    fill(r, order, step, limit, rule, False, at.FROM_INSIDE)
            order = ints[at.NEXT]
    if at.counters(r)[at.ORDER_COUNT] > made:
        _stops_inside(r, step, True)


@compiled_without_memory
def close_phase(r: Run, step: int, same_close: bool) -> None:
    """Fills at the close: on-close orders, or with `same_close` the market orders just sent."""
    value_at(r, at.close(r), step)
    wanted = codes.MARKET if same_close else codes.ON_CLOSE
    rule = codes.SAME_CLOSE if same_close else codes.AT_CLOSE
    for turn in range(2):
        for place in range(at.counters(r)[at.BUSY_COUNT]):
            symbol = at.lists(r)[at.BUSY, place]
            price = at.close(r)[step, symbol]
            order = -1 if math.isnan(price) else at.lists(r)[at.HEAD, symbol]
            while order >= 0:
                ints = at.order_ints(r)[order]
                due = ints[at.SUBMITTED] == step if same_close else ints[at.SUBMITTED] < step
                due = due and ints[at.KIND] == wanted and ints[at.STATE] == codes.OPEN
                if due and (turn == 1 or _reduces(r, order)):
                    fill(r, order, step, price, rule, True, at.FROM_CLOSE)
                order = ints[at.NEXT]


@compiled_without_memory
def expire(r: Run, step: int) -> None:
    """Ends the orders whose time is over and moves the trailing stops."""
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        symbol = at.lists(r)[at.BUSY, place]
        has_bar = not math.isnan(at.close(r)[step, symbol])
        order = at.lists(r)[at.HEAD, symbol]
        while order >= 0:
            ints = at.order_ints(r)[order]
            if ints[at.STATE] == codes.OPEN:
                _age(r, order, step, symbol, has_bar)
            order = ints[at.NEXT]


@compiled_without_memory
def _age(r: Run, order: int, step: int, symbol: int, has_bar: bool) -> None:
    ints = at.order_ints(r)[order]
    if ints[at.TRIGGERED] == at.TRIGGERED_INSIDE:
        ints[at.TRIGGERED] = at.TRIGGERED_EARLIER
    if ints[at.KIND] == codes.TRAILING_STOP and has_bar:
        _trail(r, order, step, symbol)
    if ints[at.SUBMITTED] == step or ints[at.GUARD] != at.NO_GUARD:
        return
    force, kind = ints[at.TIME_IN_FORCE], ints[at.KIND]
    if has_bar and (kind == codes.ON_OPEN or kind == codes.ON_CLOSE):
        end(r, order, codes.CANCELLED, codes.EXPIRED, step)
    elif has_bar and force == codes.IOC:
        end(r, order, codes.CANCELLED, codes.NOT_IMMEDIATE, step)
    elif force == codes.DAY and at.account(r)[at.SESSION_ENDS] != 0.0:
        end(r, order, codes.CANCELLED, codes.EXPIRED, step)


@compiled_without_memory
def _trail(r: Run, order: int, step: int, symbol: int) -> None:
    """Moves a trailing stop after the bar: it works with what was known before the next one."""
    ints = at.order_ints(r)[order]
    new, birth = ints[at.SUBMITTED] == step, ints[at.GUARD]
    if new and birth == at.FROM_CLOSE:
        return
    short = at.positions(r)[at.HELD, symbol] < 0.0
    seen = at.low(r)[step, symbol] if short else at.high(r)[step, symbol]
    if new and birth == at.FROM_INSIDE:  # the extreme may lie before the fill
        seen = at.close(r)[step, symbol]
    trail_to(r, order, symbol, seen)


@compiled_without_memory
def trail_to(r: Run, order: int, symbol: int, seen: float) -> None:
    """Moves a trailing stop to its ratio from the best price, now that `seen` is one."""
    floats, tick = at.order_floats(r)[order], at.rules(r)[at.R_TICK]
    if at.positions(r)[at.HELD, symbol] < 0.0:
        floats[at.BEST] = min(floats[at.BEST], seen)
        stop = floats[at.BEST] * (1.0 + floats[at.TRAIL])
        floats[at.STOP_PRICE] = min(floats[at.STOP_PRICE], costs.on_tick(stop, tick, True))
    else:
        floats[at.BEST] = max(floats[at.BEST], seen)
        stop = floats[at.BEST] * (1.0 - floats[at.TRAIL])
        floats[at.STOP_PRICE] = max(floats[at.STOP_PRICE], costs.on_tick(stop, tick, False))
