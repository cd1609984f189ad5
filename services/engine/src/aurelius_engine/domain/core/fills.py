"""One fill: what an order wants, what volume and limits leave of it, what it then does."""

import math

from aurelius_engine.compilation import compiled_without_memory
from aurelius_engine.domain.core import codes, costs, quotes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.book import (
    end,
    end_all,
    end_group,
    insert_sorted,
    queue,
    remove_sorted,
    write_order,
)
from aurelius_engine.domain.core.layout import DUST, Run


@compiled_without_memory
def month_rates(r: Run) -> tuple[float, float]:
    """Returns the commission rates in force, after beginning a new month if there is one."""
    if at.account(r)[at.MONTH] != at.account(r)[at.MONTH_NOW]:
        at.account(r)[at.MONTH] = at.account(r)[at.MONTH_NOW]
        at.account(r)[at.MONTH_VALUE] = 0.0
    return costs.rates(at.rules(r), at.account(r)[at.MONTH_VALUE])


@compiled_without_memory
def _weight_change(
    r: Run, order: int, step: int, reference: float, rule: int, slips: bool
) -> float:
    """The signed units that bring a position to its weight, before volume and limits."""
    symbol, weight = at.order_ints(r)[order, at.SYMBOL], at.order_floats(r)[order, at.AMOUNT]
    held = float(at.positions(r)[at.HELD, symbol])
    if weight == 0.0:
        return -held
    value = abs(weight) * at.account(r)[at.EQUITY]
    side = 1.0 if weight > 0.0 else -1.0
    same_side = held * side >= 0.0
    has = abs(held) * reference if same_side else 0.0
    if value < has:
        kept = costs.whole_lots(value / reference, at.rules(r)[at.R_LOT])
        return -side * (abs(held) - kept)
    if quotes.prices(r, rule):
        price = quotes.best(r, step, symbol, side > 0.0)
    else:
        price = costs.slipped(reference, side > 0.0, 0.0, 0.0, at.rules(r)) if slips else reference
    ratio, unit = month_rates(r)
    more = costs.affordable(value - has, price, ratio, unit, at.rules(r))
    return side * more if same_side else side * (abs(held) + more)


@compiled_without_memory
def _resolve(r: Run, order: int, step: int, reference: float, rule: int, slips: bool) -> bool:
    """Works out how many units an order wants; ends one that wants none."""
    ints, floats = at.order_ints(r)[order], at.order_floats(r)[order]
    held = at.positions(r)[at.HELD, ints[at.SYMBOL]]
    amount, kind = floats[at.AMOUNT], ints[at.AMOUNT_KIND]
    if kind == codes.QUANTITY:
        change = math.copysign(costs.whole_lots(abs(amount), at.rules(r)[at.R_LOT]), amount)
    elif kind == codes.UNITS:
        change = math.copysign(costs.whole_lots(abs(amount), at.rules(r)[at.R_LOT]), amount) - held
    elif at.account(r)[at.EQUITY] <= 0.0 and amount != 0.0:
        end(r, order, codes.REJECTED, codes.NO_EQUITY, step)
        return False
    else:
        change = _weight_change(r, order, step, reference, rule, slips)
        if abs(change) * reference <= DUST * abs(amount) * at.account(r)[at.EQUITY]:
            change = 0.0 if amount != 0.0 else change
    if change * ints[at.SIDE] < 0.0:  # the position is past the target by now
        end(r, order, codes.CANCELLED, codes.ALREADY_THERE, step)
        return False
    if change == 0.0:
        there = kind != codes.QUANTITY and (held != 0.0 or amount == 0.0)
        if there:
            end(r, order, codes.CANCELLED, codes.ALREADY_THERE, step)
        else:
            lots = at.rules(r)[at.R_LOT] > 0.0
            reason = codes.BELOW_ONE_LOT if lots else codes.BUYING_POWER
            end(r, order, codes.REJECTED, reason, step)
        return False
    floats[at.WANTED] = floats[at.REMAINING] = change
    return True


@compiled_without_memory
def _room(
    r: Run, symbol: int, buys: bool, closing: float, price: float, ratio: float, unit: float
) -> tuple[float, int]:
    """The most units that may be opened after `closing` units were, and what limits them."""
    rules, held, reference = (
        at.rules(r),
        at.positions(r)[at.HELD, symbol],
        at.positions(r)[at.REFERENCE, symbol],
    )
    long, short, has = at.account(r)[at.LONG], at.account(r)[at.SHORT], abs(held) * reference
    cash = at.account(r)[at.CASH]
    if closing > 0.0:  # all of it: nothing is opened before
        long, short = (long, short - has) if buys else (long - has, short)
        cash = cash - (closing if buys else -closing) * price - closing * (price * ratio + unit)
        has = 0.0
    equity = cash + long - short
    # What max_gross allows beyond what is held; with no leverage and no short, the cash.
    budget = cash - 2.0 * short + (rules[at.R_MAX_GROSS] - 1.0) * equity
    most, reason = costs.affordable(budget, price, ratio, unit, rules), codes.BUYING_POWER
    if rules[at.R_MAX_POSITION] < math.inf:
        spare = max(rules[at.R_MAX_POSITION] * equity - has, 0.0)
        units = costs.whole_lots(spare / price, rules[at.R_LOT])
        if units < most:
            most, reason = units, codes.POSITION_LIMIT
    if rules[at.R_MAX_NET] < math.inf:
        net = long - short if buys else short - long
        units = costs.whole_lots(
            max(rules[at.R_MAX_NET] * equity - net, 0.0) / price, rules[at.R_LOT]
        )
        if units < most:
            most, reason = units, codes.NET_LIMIT
    return most, reason


@compiled_without_memory
def _left_of(part: float, used: float, wanted: float, lot: float) -> float:
    """The units of `wanted` that `part`, of which `used` are gone, still allows."""
    left = part - used
    if left <= part * DUST:
        return 0.0
    return wanted if wanted <= left else costs.whole_lots(left, lot)


@compiled_without_memory
def _takeable(r: Run, step: int, symbol: int, remaining: float, rule: int) -> float:
    """The units that the bar's volume, and what the book shows, still allow."""
    wanted, buys, lot = abs(remaining), remaining > 0.0, at.rules(r)[at.R_LOT]
    if at.rules(r)[at.R_PARTICIPATION] < math.inf:
        now = at.positions(r)[at.USED_STEP, symbol] == step
        used = at.positions(r)[at.USED, symbol] if now else 0.0
        part = at.rules(r)[at.R_PARTICIPATION] * at.volume(r)[step, symbol]
        wanted = _left_of(part, used, wanted, lot)
    if quotes.prices(r, rule):
        used = quotes.taken(r, step, symbol, buys)
        wanted = _left_of(quotes.shown(r, step, symbol, buys), used, wanted, lot)
    return wanted


@compiled_without_memory
def _taken(r: Run, step: int, symbol: int, remaining: float, held: float, rule: int) -> float:
    """The units of an order that the bar takes: all that is held if it is near to that."""
    take = _takeable(r, step, symbol, remaining, rule)
    if remaining * held < 0.0 and abs(take - abs(held)) <= take * DUST:
        return abs(held)  # 0.1 and 0.7 are not quite 0.8
    return take


@compiled_without_memory
def _price(
    r: Run, step: int, symbol: int, units: float, buys: bool, reference: float, rule: int
) -> float:
    """The price of a marketable fill; -1 where the models need what is not known."""
    if quotes.prices(r, rule):
        return quotes.average(r, step, symbol, buys, units)
    share = deviation = 0.0
    if at.rules(r)[at.R_VOLUME_SLIP] > 0.0 or at.rules(r)[at.R_IMPACT] > 0.0:
        if not at.volume(r)[step, symbol] > 0.0:
            return -1.0
        share = units / at.volume(r)[step, symbol]
    if at.rules(r)[at.R_IMPACT] > 0.0:
        deviation = costs.past_deviation(
            at.split_close(r), step, symbol, int(at.rules(r)[at.R_IMPACT_LOOKBACK])
        )
        if deviation < 0.0:
            return -1.0
    return costs.slipped(reference, buys, share, deviation, at.rules(r))


@compiled_without_memory
def fill(
    r: Run, order: int, step: int, reference: float, rule: int, slips: bool, birth: int
) -> None:
    """Fills what can be filled of an order at a bar.

    Args:
        r: The run.
        order: An open order that a rule lets fill.
        step: The step.
        reference: The price before costs.
        rule: The rule.
        slips: Whether spread, slippage and impact apply.
        birth: What a guard of this fill is: FROM_OPEN, FROM_INSIDE or FROM_CLOSE.
    """
    ints, floats = at.order_ints(r)[order], at.order_floats(r)[order]
    symbol = ints[at.SYMBOL]
    held = at.positions(r)[at.HELD, symbol]
    if ints[at.AMOUNT_KIND] == codes.CLOSE_POSITION:
        if held == 0.0:
            end(r, order, codes.CANCELLED, codes.POSITION_CLOSED, step)
            return
        floats[at.REMAINING] = -held
        if math.isnan(floats[at.WANTED]):
            floats[at.WANTED] = -held
    elif math.isnan(floats[at.REMAINING]) and not _resolve(r, order, step, reference, rule, slips):
        return
    remaining = floats[at.REMAINING]
    buys = remaining > 0.0
    take = _taken(r, step, symbol, remaining, held, rule)
    price = _price(r, step, symbol, take, buys, reference, rule) if slips else reference
    if take <= 0.0 or price < 0.0:
        return  # it waits for a bar with volume
    closing = min(take, abs(held)) if remaining * held < 0.0 else 0.0
    opening, reason = take - closing, codes.NO_REASON
    ratio, unit = month_rates(r)
    if opening > 0.0:
        most = 0.0
        if buys or at.rules(r)[at.R_SHORTS_ALLOWED] > 0.0:
            most, reason = _room(r, symbol, buys, closing, price, ratio, unit)
        else:
            reason = codes.SHORT_NOT_ALLOWED
        if opening - most <= opening * DUST:
            opening, reason = min(opening, most), codes.NO_REASON
        else:
            opening = most if most > opening * DUST else 0.0
    units = closing + opening
    if units == 0.0:
        state = codes.REJECTED if floats[at.FILLED_UNITS] == 0.0 else codes.CANCELLED
        end(r, order, state, reason, step)
        return
    if slips and units < take:
        price = _price(r, step, symbol, units, buys, reference, rule)
    fee = costs.commission(units, price, ratio, unit, at.rules(r))
    quantity = units if buys else -units
    book_fill(r, order, step, quantity, price, reference, fee, rule)
    if quotes.prices(r, rule):
        quotes.take(r, symbol, buys, units)
    if reason != codes.NO_REASON:
        end(r, order, codes.CANCELLED, reason, step)
    elif abs(remaining) - units <= DUST * abs(floats[at.WANTED]):
        end(r, order, codes.FILLED, codes.NO_REASON, step)
    end_group(r, order, step)
    _guard(r, step, symbol, held, price, birth)


@compiled_without_memory
def book_fill(
    r: Run,
    order: int,
    step: int,
    quantity: float,
    price: float,
    reference: float,
    fee: float,
    rule: int,
) -> None:
    """Writes the fill down and moves cash, position and the running values."""
    symbol = at.order_ints(r)[order, at.SYMBOL]
    before = at.positions(r)[at.HELD, symbol]
    after = before + quantity
    value_price = at.positions(r)[at.REFERENCE, symbol]
    if before > 0.0:
        at.account(r)[at.LONG] -= before * value_price
    else:
        at.account(r)[at.SHORT] -= -before * value_price
    if after > 0.0:
        at.account(r)[at.LONG] += after * value_price
    else:
        at.account(r)[at.SHORT] += -after * value_price
    at.account(r)[at.CASH] = at.account(r)[at.CASH] - quantity * price - fee
    at.account(r)[at.MONTH_VALUE] += abs(quantity) * price
    at.positions(r)[at.HELD, symbol] = after
    if at.positions(r)[at.USED_STEP, symbol] != step:
        at.positions(r)[at.USED_STEP, symbol], at.positions(r)[at.USED, symbol] = step, 0.0
        at.positions(r)[at.BOUGHT, symbol] = at.positions(r)[at.SOLD, symbol] = 0.0
    at.positions(r)[at.USED, symbol] += abs(quantity)
    count = at.counters(r)[at.HELD_COUNT]
    if before == 0.0:
        insert_sorted(at.lists(r)[at.HOLDING], count, symbol)
        at.counters(r)[at.HELD_COUNT] = count + 1
    elif after == 0.0:
        remove_sorted(at.lists(r)[at.HOLDING], count, symbol)
        at.counters(r)[at.HELD_COUNT] = count - 1
    at.order_floats(r)[order, at.FILLED_UNITS] += quantity
    at.order_floats(r)[order, at.REMAINING] -= quantity
    row = at.counters(r)[at.FILL_COUNT]
    at.counters(r)[at.FILL_COUNT] = row + 1
    ints, floats = at.fill_ints(r)[row], at.fill_floats(r)[row]
    ints[at.FILL_STEP], ints[at.FILL_ORDER] = step, order
    ints[at.FILL_SYMBOL], ints[at.FILL_RULE] = symbol, rule
    floats[at.FILL_QUANTITY], floats[at.FILL_PRICE] = quantity, price
    floats[at.FILL_REFERENCE], floats[at.FILL_COMMISSION] = reference, fee


@compiled_without_memory
def _guard(r: Run, step: int, symbol: int, before: float, price: float, birth: int) -> None:
    """Ends the guards of a position that is gone, and sends those of one that was opened."""
    after = at.positions(r)[at.HELD, symbol]
    # Units that are no number guard nothing: guards of guards would never end.
    stays = before * after > 0.0
    if before != 0.0 and not stays:
        end_all(r, symbol, True, codes.POSITION_CLOSED, step)
    if after == 0.0 or stays or not math.isfinite(after):
        return
    rules, none, short = at.rules(r), math.nan, after < 0.0
    worse = 1.0 if short else -1.0
    side = at.BUYS if short else at.SELLS
    if rules[at.R_STOP_LOSS] > 0.0:
        stop = costs.on_tick(price * (1.0 + worse * rules[at.R_STOP_LOSS]), rules[at.R_TICK], short)
        order = write_order(
            r, step, symbol, codes.STOP, codes.GTC, codes.CLOSE_POSITION, 0.0, none, stop, 0, side
        )
        at.order_ints(r)[order, at.GUARD] = birth
        queue(r, order)
    if rules[at.R_TRAILING] > 0.0:
        stop = costs.on_tick(price * (1.0 + worse * rules[at.R_TRAILING]), rules[at.R_TICK], short)
        order = write_order(
            r,
            step,
            symbol,
            codes.TRAILING_STOP,
            codes.GTC,
            codes.CLOSE_POSITION,
            0.0,
            none,
            stop,
            0,
            side,
        )
        at.order_ints(r)[order, at.GUARD] = birth
        at.order_floats(r)[order, at.TRAIL], at.order_floats(r)[order, at.BEST] = (
            rules[at.R_TRAILING],
            price,
        )
        queue(r, order)
    if rules[at.R_TAKE_PROFIT] > 0.0:
        limit = costs.on_tick(
            price * (1.0 - worse * rules[at.R_TAKE_PROFIT]), rules[at.R_TICK], not short
        )
        order = write_order(
            r, step, symbol, codes.LIMIT, codes.GTC, codes.CLOSE_POSITION, 0.0, limit, none, 0, side
        )
        at.order_ints(r)[order, at.GUARD] = birth
        queue(r, order)
