"""The event loop: one pass over the clock. docs/specs/execution.md section 2 has the order.

A step at which nothing can happen but a mark takes a short way with the same arithmetic.
"""

import math

from aurelius_engine.compilation import compiled_without_memory, prefetch
from aurelius_engine.domain.core import codes, costs
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.bar import close_phase, expire, open_phase, value_at
from aurelius_engine.domain.core.book import end, prune, queue, write_order
from aurelius_engine.domain.core.events import (
    accrue,
    accrues,
    act,
    being_liquidated,
    call_margin,
    is_called,
)
from aurelius_engine.domain.core.intrabar import inside_phase
from aurelius_engine.domain.core.layout import Ints, Run

# Decisions from one whose order fills next to one whose prices are not there yet.
_AHEAD = 6


@compiled_without_memory
def _mark(r: Run, step: int) -> None:
    """Marks every position at the close of its bar and writes the account down."""
    value = gross = 0.0
    for place in range(at.counters(r)[at.HELD_COUNT]):
        symbol = at.lists(r)[at.HOLDING, place]
        price = at.close(r)[step, symbol]
        if math.isnan(price):
            price = at.positions(r)[at.MARK, symbol]
        else:
            at.positions(r)[at.MARK, symbol] = price
        worth = at.positions(r)[at.HELD, symbol] * price
        value += worth
        gross += abs(worth)
    cash = at.account(r)[at.CASH]
    at.cash(r)[step + 1], at.position_value(r)[step + 1] = cash, value
    at.gross_value(r)[step + 1], at.equity(r)[step + 1] = gross, cash + value


@compiled_without_memory
def _mark_quietly(r: Run, first: int, last: int) -> int:
    """Marks steps [first, last) and returns the step after, or the first with a margin call."""
    cash = at.account(r)[at.CASH]
    count = at.counters(r)[at.HELD_COUNT]
    maintenance = at.rules(r)[at.R_MAINTENANCE]
    if count > 1:
        for step in range(first, last):
            _mark(r, step)
            if is_called(at.equity(r)[step + 1], at.gross_value(r)[step + 1], maintenance):
                return step
        return last
    # Slices: the compiler sees that no index is below 0.
    cashes, values = at.cash(r)[first + 1 : last + 1], at.position_value(r)[first + 1 : last + 1]
    grosses, equities = at.gross_value(r)[first + 1 : last + 1], at.equity(r)[first + 1 : last + 1]
    if count == 0:
        for i in range(last - first):
            cashes[i] = equities[i] = cash
            values[i] = grosses[i] = 0.0
        return last
    symbol = at.lists(r)[at.HOLDING, 0]
    closes = at.close(r)[first:last, symbol]
    held, price = at.positions(r)[at.HELD, symbol], at.positions(r)[at.MARK, symbol]
    for i in range(last - first):
        next_price = price if math.isnan(closes[i]) else closes[i]
        worth = held * next_price
        if is_called(cash + worth, abs(worth), maintenance):
            at.positions(r)[at.MARK, symbol] = price
            return first + i
        cashes[i], values[i], grosses[i], equities[i] = cash, worth, abs(worth), cash + worth
        price = next_price
    at.positions(r)[at.MARK, symbol] = price
    return last


@compiled_without_memory
def _count_at(steps: Ints, place: int, step: int) -> int:
    count = 0
    while place + count < steps.size and steps[place + count] == step:
        count += 1
    return count


@compiled_without_memory
def _has_space(r: Run, step: int) -> bool:
    """Whether the logs hold whatever one step can add."""
    c = at.counters(r)
    busy = c[at.OPEN_COUNT] + c[at.HELD_COUNT]
    busy += _count_at(at.decision_step(r), c[at.DECISION_AT], step)
    busy += _count_at(at.schedule_ints(r)[:, at.SENT_STEP], c[at.SCHEDULE_AT], step)
    acts = _count_at(at.action_ints(r)[:, at.ACTION_STEP], c[at.ACTION_AT], step)
    need = 8 * (busy + acts) + 8
    orders = at.order_ints(r).shape[0] - c[at.ORDER_COUNT]
    fills = at.fill_ints(r).shape[0] - c[at.FILL_COUNT]
    flows = at.flow_ints(r).shape[0] - c[at.FLOW_COUNT]
    return bool(orders >= need and fills >= need and flows >= need)


@compiled_without_memory
def _decide_one(r: Run, step: int, symbol: int, target: float, equity: float) -> None:
    """Turns a target into an order, or leaves the position alone."""
    rules, price, held = at.rules(r), at.close(r)[step, symbol], at.positions(r)[at.HELD, symbol]
    order = at.lists(r)[at.HEAD, symbol]
    while order >= 0:
        ints = at.order_ints(r)[order]
        by_target = ints[at.AMOUNT_KIND] == codes.WEIGHT or ints[at.AMOUNT_KIND] == codes.UNITS
        if by_target and ints[at.STATE] == codes.OPEN:
            end(r, order, codes.CANCELLED, codes.REPLACED, step)
        order = ints[at.NEXT]
    if target == 0.0 and held == 0.0:
        return
    has, wants = held * price, target * (price if rules[at.R_IN_UNITS] > 0.0 else equity)
    banded = target != 0.0 and rules[at.R_TOLERANCE] > 0.0
    if banded and abs(wants - has) <= rules[at.R_TOLERANCE] * equity:
        return
    enters = abs(wants) > abs(has) or wants * has < 0.0
    kind = int(rules[at.R_ENTRY_KIND] if enters else rules[at.R_EXIT_KIND])
    force = int(rules[at.R_ENTRY_FORCE] if enters else rules[at.R_EXIT_FORCE])
    better = rules[at.R_ENTRY_LIMIT] if enters else rules[at.R_EXIT_LIMIT]
    worse = rules[at.R_ENTRY_STOP] if enters else rules[at.R_EXIT_STOP]
    buys = wants > has
    limit = stop = math.nan
    if kind == codes.LIMIT or kind == codes.STOP_LIMIT:
        limit = costs.on_tick(
            price * (1.0 - better if buys else 1.0 + better), rules[at.R_TICK], not buys
        )
    if kind == codes.STOP or kind == codes.STOP_LIMIT:
        stop = costs.on_tick(price * (1.0 + worse if buys else 1.0 - worse), rules[at.R_TICK], buys)
    amount_kind = codes.UNITS if rules[at.R_IN_UNITS] > 0.0 else codes.WEIGHT
    side = at.EITHER
    if kind == codes.LIMIT or kind == codes.STOP or kind == codes.STOP_LIMIT:
        side = at.BUYS if buys else at.SELLS
    order = write_order(r, step, symbol, kind, force, amount_kind, target, limit, stop, 0, side)
    queue(r, order)
    if equity <= 0.0:
        end(r, order, codes.REJECTED, codes.NO_EQUITY, step)
    elif being_liquidated(r, symbol):
        end(r, order, codes.REJECTED, codes.LIQUIDATED, step)


@compiled_without_memory
def _expect(r: Run, row: int) -> None:
    """Has the open that a later decision's order will see fetched."""
    if row < at.decision_step(r).size:
        steps, symbols = at.open(r).shape
        step = min(at.decision_step(r)[row] + 1, steps - 1)
        prefetch(at.open(r), step * symbols + at.decision_symbol(r)[row])


@compiled_without_memory
def _decide(r: Run, step: int, equity: float) -> None:
    """Sends the orders of the step's decisions, by symbol, then those of the list."""
    row = at.counters(r)[at.DECISION_AT]
    while row < at.decision_step(r).size and at.decision_step(r)[row] == step:
        _decide_one(r, step, at.decision_symbol(r)[row], at.decision_target(r)[row], equity)
        row += 1
        _expect(r, row + _AHEAD)
    at.counters(r)[at.DECISION_AT] = row
    row = at.counters(r)[at.SCHEDULE_AT]
    while row < at.schedule_ints(r).shape[0] and at.schedule_ints(r)[row, at.SENT_STEP] == step:
        ints, floats = at.schedule_ints(r)[row], at.schedule_floats(r)[row]
        buys, tick = floats[at.SENT_QUANTITY] > 0.0, at.rules(r)[at.R_TICK]
        order = write_order(
            r,
            step,
            ints[at.SENT_SYMBOL],
            ints[at.SENT_KIND],
            ints[at.SENT_TIME_IN_FORCE],
            codes.QUANTITY,
            floats[at.SENT_QUANTITY],
            costs.on_tick(floats[at.SENT_LIMIT], tick, not buys),
            costs.on_tick(floats[at.SENT_STOP], tick, buys),
            ints[at.SENT_GROUP],
            at.BUYS if buys else at.SELLS,
        )
        queue(r, order)
        if equity <= 0.0:
            end(r, order, codes.REJECTED, codes.NO_EQUITY, step)
        elif being_liquidated(r, ints[at.SENT_SYMBOL]):
            end(r, order, codes.REJECTED, codes.LIQUIDATED, step)
        row += 1
    at.counters(r)[at.SCHEDULE_AT] = row


@compiled_without_memory
def _mark_and_call(r: Run, step: int) -> None:
    _mark(r, step)
    if is_called(
        at.equity(r)[step + 1], at.gross_value(r)[step + 1], at.rules(r)[at.R_MAINTENANCE]
    ):
        call_margin(r, step)


@compiled_without_memory
def _step(r: Run, step: int) -> None:
    """One step in full."""
    at.counters(r)[at.SLOW_STEPS] += 1
    if at.month(r).size > 0:
        at.account(r)[at.MONTH_NOW] = at.month(r)[step]
    if at.session_ends(r).size > 0:
        at.account(r)[at.SESSION_ENDS] = at.session_ends(r)[step]
    act(r, step)
    if step > 0 and accrues(r):
        accrue(r, step)
    if at.counters(r)[at.OPEN_COUNT] > 0:
        open_phase(r, step)
        if at.counters(r)[at.RESTING_COUNT] > 0:
            inside_phase(r, step)
            close_phase(r, step, False)
        expire(r, step)
    if at.rules(r)[at.R_SAME_CLOSE] > 0.0:
        value_at(r, at.close(r), step)
        _decide(r, step, at.account(r)[at.EQUITY])
        if at.counters(r)[at.OPEN_COUNT] > 0:
            close_phase(r, step, True)
        _mark_and_call(r, step)
    else:
        _mark_and_call(r, step)
        _decide(r, step, at.equity(r)[step + 1])
    if at.counters(r)[at.BUSY_COUNT] > 0:
        prune(r)


@compiled_without_memory
def _next_event(r: Run, last: int) -> int:
    """The next step with a decision, a listed order or an action."""
    c, step = at.counters(r), last
    if c[at.DECISION_AT] < at.decision_step(r).size:
        step = min(step, at.decision_step(r)[c[at.DECISION_AT]])
    if c[at.SCHEDULE_AT] < at.schedule_ints(r).shape[0]:
        step = min(step, at.schedule_ints(r)[c[at.SCHEDULE_AT], at.SENT_STEP])
    if c[at.ACTION_AT] < at.action_ints(r).shape[0]:
        step = min(step, at.action_ints(r)[c[at.ACTION_AT], at.ACTION_STEP])
    return step


@compiled_without_memory
def run_until(r: Run, last: int) -> int:
    """Runs the steps from `counters[STEP]` and returns the one it is at then.

    That is `last`, or less where the logs are too small for the next step: give them
    more rows and call again.
    """
    step = at.counters(r)[at.STEP]
    while step < last:
        if at.counters(r)[at.OPEN_COUNT] == 0 and not accrues(r):
            event = _next_event(r, last)
            if event > step:
                step = _mark_quietly(r, step, event)
                if step == event and step == last:
                    break
        if not _has_space(r, step):
            break
        _step(r, step)
        step += 1
    at.counters(r)[at.STEP] = step
    return int(step)
