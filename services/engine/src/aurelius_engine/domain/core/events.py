"""What happens to the account without an order: corporate actions, financing, margin calls."""

import math

from aurelius_engine.compilation import compiled_without_memory
from aurelius_engine.domain.core import codes, costs
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.book import end, end_all, queue, remove_sorted, write_order
from aurelius_engine.domain.core.fills import book_fill, month_rates
from aurelius_engine.domain.core.layout import Run


@compiled_without_memory
def _flow(r: Run, step: int, symbol: int, kind: int, amount: float, units: float) -> None:
    """Writes a flow down and moves its cash."""
    row = at.counters(r)[at.FLOW_COUNT]
    at.counters(r)[at.FLOW_COUNT] = row + 1
    ints, floats = at.flow_ints(r)[row], at.flow_floats(r)[row]
    ints[at.FLOW_STEP], ints[at.FLOW_SYMBOL], ints[at.FLOW_KIND] = step, symbol, kind
    floats[at.FLOW_AMOUNT], floats[at.FLOW_UNITS] = amount, units
    at.account(r)[at.CASH] += amount


@compiled_without_memory
def act(r: Run, step: int) -> None:
    """Lets symbols end, splits happen and dividends be paid, in the order of `action_ints`."""
    at_row = at.counters(r)[at.ACTION_AT]
    while at_row < at.action_ints(r).shape[0] and at.action_ints(r)[at_row, at.ACTION_STEP] == step:
        symbol, kind = (
            at.action_ints(r)[at_row, at.ACTION_SYMBOL],
            at.action_ints(r)[at_row, at.ACTION_KIND],
        )
        value = at.action_values(r)[at_row]
        if kind == at.ENDS:
            _end_symbol(r, step, symbol, value)
        elif kind == at.SPLITS:
            _split(r, step, symbol, value)
        elif at.positions(r)[at.HELD, symbol] != 0.0:
            _flow(r, step, symbol, codes.DIVIDEND, at.positions(r)[at.HELD, symbol] * value, 0.0)
        at_row += 1
    at.counters(r)[at.ACTION_AT] = at_row


@compiled_without_memory
def _end_symbol(r: Run, step: int, symbol: int, returned: float) -> None:
    """Closes the position in a symbol without further bars, `returned` from its last close."""
    end_all(r, symbol, False, codes.SYMBOL_ENDED, step)
    held = at.positions(r)[at.HELD, symbol]
    if held == 0.0:
        return
    none = math.nan
    order = write_order(
        r,
        step,
        symbol,
        codes.MARKET,
        codes.GTC,
        codes.CLOSE_POSITION,
        0.0,
        none,
        none,
        0,
        at.EITHER,
    )
    queue(r, order)
    price = at.positions(r)[at.MARK, symbol] * (1.0 + returned)
    at.positions(r)[at.REFERENCE, symbol] = price
    at.order_floats(r)[order, at.WANTED] = at.order_floats(r)[order, at.REMAINING] = -held
    ratio, unit = month_rates(r)
    fee = costs.commission(abs(held), price, ratio, unit, at.rules(r))
    book_fill(r, order, step, -held, price, price, fee, codes.SYMBOL_END)
    end(r, order, codes.FILLED, codes.NO_REASON, step)


@compiled_without_memory
def _split(r: Run, step: int, symbol: int, ratio: float) -> None:
    """Multiplies units and divides prices; with lots, what is left over is paid in cash."""
    held = at.positions(r)[at.HELD, symbol]
    if held != 0.0:
        price = at.positions(r)[at.MARK, symbol] / ratio
        units = abs(held) * ratio
        whole = costs.whole_lots(units, at.rules(r)[at.R_LOT])
        change = (whole if held > 0.0 else -whole) - held
        after = held + change  # as whoever adds the flow to the position has it
        _flow(r, step, symbol, codes.SPLIT, 0.0, change)
        if units - whole > costs.NEARLY_WHOLE * max(units, at.rules(r)[at.R_LOT]):
            rest = units - whole if held > 0.0 else whole - units
            _flow(r, step, symbol, codes.CASH_IN_LIEU, rest * price, 0.0)
        at.positions(r)[at.HELD, symbol], at.positions(r)[at.MARK, symbol] = after, price
        if after == 0.0:
            remove_sorted(at.lists(r)[at.HOLDING], at.counters(r)[at.HELD_COUNT], symbol)
            at.counters(r)[at.HELD_COUNT] -= 1
            end_all(r, symbol, True, codes.POSITION_CLOSED, step)
    order = at.lists(r)[at.HEAD, symbol]
    while order >= 0:
        _split_order(r, order, step, ratio)
        order = at.order_ints(r)[order, at.NEXT]


@compiled_without_memory
def _split_order(r: Run, order: int, step: int, ratio: float) -> None:
    """Multiplies an order's units and divides its prices; less than a lot left ends it."""
    ints, floats = at.order_ints(r)[order], at.order_floats(r)[order]
    floats[at.WANTED] *= ratio
    if ints[at.AMOUNT_KIND] != codes.WEIGHT:
        floats[at.AMOUNT] *= ratio
    floats[at.LIMIT_PRICE] /= ratio
    floats[at.STOP_PRICE] /= ratio
    floats[at.BEST] /= ratio
    rest = floats[at.REMAINING] * ratio
    if math.isnan(rest):
        return
    floats[at.REMAINING] = math.copysign(costs.whole_lots(abs(rest), at.rules(r)[at.R_LOT]), rest)
    fixed = ints[at.AMOUNT_KIND] != codes.CLOSE_POSITION and ints[at.STATE] == codes.OPEN
    if fixed and floats[at.REMAINING] == 0.0:
        if floats[at.FILLED_UNITS] != 0.0:
            end(r, order, codes.FILLED, codes.NO_REASON, step)
        else:
            end(r, order, codes.REJECTED, codes.BELOW_ONE_LOT, step)


@compiled_without_memory
def accrues(r: Run) -> bool:
    """Whether time alone changes the cash of the account as it stands."""
    rules = at.rules(r)
    if rules[at.R_CASH_INTEREST] > 0.0:
        return True
    if rules[at.R_MARGIN_INTEREST] > 0.0 and at.account(r)[at.CASH] < 0.0:
        return True
    if rules[at.R_BORROW_FEE] > 0.0:
        for place in range(at.counters(r)[at.HELD_COUNT]):
            if at.positions(r)[at.HELD, at.lists(r)[at.HOLDING, place]] < 0.0:
                return True
    return False


@compiled_without_memory
def accrue(r: Run, step: int) -> None:
    """Charges and pays what the time since the step before costs, at the marks."""
    short = 0.0
    for place in range(at.counters(r)[at.HELD_COUNT]):
        symbol = at.lists(r)[at.HOLDING, place]
        if at.positions(r)[at.HELD, symbol] < 0.0:
            short += -at.positions(r)[at.HELD, symbol] * at.positions(r)[at.MARK, symbol]
    cash, years = at.account(r)[at.CASH], at.years(r)[step]
    fee = short * at.rules(r)[at.R_BORROW_FEE] * years
    if fee > 0.0:
        _flow(r, step, -1, codes.BORROW_FEE, -fee, 0.0)
    charged = max(-cash, 0.0) * at.rules(r)[at.R_MARGIN_INTEREST] * years
    if charged > 0.0:
        _flow(r, step, -1, codes.MARGIN_INTEREST, -charged, 0.0)
    paid = max(cash - short, 0.0) * at.rules(r)[at.R_CASH_INTEREST] * years
    if paid > 0.0:
        _flow(r, step, -1, codes.CASH_INTEREST, paid, 0.0)


@compiled_without_memory
def is_called(equity: float, gross: float, maintenance: float) -> bool:
    """Whether an account with positions must be closed."""
    return (gross > 0.0) & ((equity <= 0.0) | (equity < maintenance * gross))  # one branch


@compiled_without_memory
def being_liquidated(r: Run, symbol: int) -> bool:
    """Whether a margin call's order for the symbol is open."""
    order = at.lists(r)[at.HEAD, symbol]
    while order >= 0:
        ints = at.order_ints(r)[order]
        if ints[at.GUARD] == at.LIQUIDATION and ints[at.STATE] == codes.OPEN:
            return True
        order = ints[at.NEXT]
    return False


@compiled_without_memory
def call_margin(r: Run, step: int) -> None:
    """Cancels every order and sends those that close every position at the next open."""
    for place in range(at.counters(r)[at.BUSY_COUNT]):
        symbol = at.lists(r)[at.BUSY, place]
        if not being_liquidated(r, symbol):
            end_all(r, symbol, False, codes.LIQUIDATED, step)
    none = math.nan
    for place in range(at.counters(r)[at.HELD_COUNT]):
        symbol = at.lists(r)[at.HOLDING, place]
        if not being_liquidated(r, symbol):
            order = write_order(
                r,
                step,
                symbol,
                codes.MARKET,
                codes.GTC,
                codes.CLOSE_POSITION,
                0.0,
                none,
                none,
                0,
                at.EITHER,
            )
            at.order_ints(r)[order, at.GUARD] = at.LIQUIDATION
            queue(r, order)
