"""What a fill costs: commission, spread, slippage, impact, and what cash can buy."""

import math

import numpy as np

from aurelius_engine.compilation import compiled_without_memory
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.layout import Floats

_LAST_PLACE = 2.0**-52
# A count of ticks or lots this near to a whole one, for its size, is whole.
NEARLY_WHOLE = 1e-9


@compiled_without_memory
def rates(rules: Floats, traded: float) -> tuple[float, float]:
    """Returns the value ratio and the amount per unit after `traded` value this month."""
    ratio, unit = rules[at.R_VALUE_RATIO], rules[at.R_PER_UNIT]
    for tier in range(int(rules[at.R_TIER_COUNT])):
        place = at.R_TIERS + 3 * tier
        if traded >= rules[place]:
            ratio, unit = rules[place + 1], rules[place + 2]
    return ratio, unit


@compiled_without_memory
def commission(units: float, price: float, ratio: float, unit: float, rules: Floats) -> float:
    """Returns what a fill of `units` > 0 pays."""
    cost = units * price * ratio + units * unit + rules[at.R_PER_ORDER]
    return float(max(cost, rules[at.R_MINIMUM]))


@compiled_without_memory
def multiple(count: float, size: float) -> float:
    """Returns `count` ticks or lots. Of 0.01 they are hundredths: 9851 / 100 is 98.51."""
    parts = np.floor(1.0 / size + 0.5)
    if size < 1.0 and abs(1.0 / size - parts) <= NEARLY_WHOLE * parts:
        return float(count / parts)
    return float(count * size)


@compiled_without_memory
def whole_lots(units: float, lot: float) -> float:
    """Returns `units` >= 0 rounded down to lots; all of it if there are none.

    What is within 1e-9 of a lot is whole: 0.7 / 0.1 is 6.999999999999999.
    """
    if lot <= 0.0:
        return units
    # np.floor, as math.floor is an int64 in compiled code and units may be more.
    lots = units / lot
    near = np.floor(lots + 0.5)
    whole = near if abs(lots - near) <= NEARLY_WHOLE * max(1.0, lots) else np.floor(lots)
    return multiple(whole, lot)


@compiled_without_memory
def affordable(budget: float, price: float, ratio: float, unit: float, rules: Floats) -> float:
    """Returns the most units whose value and commission stay within `budget`.

    At a price of 0, which slippage and ticks can make, that is none.
    """
    if price <= 0.0:
        return 0.0
    by_rate = (budget - rules[at.R_PER_ORDER]) / (price * (1.0 + ratio) + unit)
    by_minimum = (budget - rules[at.R_MINIMUM]) / price
    units = min(by_rate, by_minimum)
    if not 0.0 < units < math.inf:  # a price too small to divide by buys nothing
        return 0.0
    units = whole_lots(units, rules[at.R_LOT])
    cut = _LAST_PLACE
    while units > 0.0:
        if budget - units * price - commission(units, price, ratio, unit, rules) >= 0.0:
            break
        # Where one lot, or one last place, is too little to change a thing, take more.
        less = units - units * cut
        units = (
            min(whole_lots(less, rules[at.R_LOT]), units - rules[at.R_LOT])
            if rules[at.R_LOT] > 0.0
            else less
        )
        cut *= 2.0
    return float(max(units, 0.0))


@compiled_without_memory
def on_tick(price: float, tick: float, up: bool) -> float:
    """Returns the price rounded to the tick, up or down; unchanged if there is none."""
    if tick <= 0.0:
        return price
    ticks = price / tick
    near = np.floor(ticks + 0.5)
    if abs(ticks - near) <= NEARLY_WHOLE * max(1.0, abs(ticks)):
        return multiple(near, tick)
    return multiple(np.floor(ticks) + 1.0 if up else np.floor(ticks), tick)


@compiled_without_memory
def slipped(reference: float, buys: bool, share: float, deviation: float, rules: Floats) -> float:
    """Returns the price of a marketable fill.

    Args:
        reference: The price before costs.
        buys: The side.
        share: The fill's part of the bar's volume; 0 where no model asks for it.
        deviation: Of past returns, a fraction; 0 where no model asks for it.
        rules: The models.
    """
    away = rules[at.R_FIXED_SLIP]
    if rules[at.R_VOLUME_SLIP] > 0.0:
        away += rules[at.R_VOLUME_SLIP] * share * share
    if rules[at.R_IMPACT] > 0.0:
        away += rules[at.R_IMPACT] * deviation * math.sqrt(share)
    if away == 0.0 and rules[at.R_TICK] <= 0.0:
        return reference
    price = reference * (1.0 + away) if buys else reference * max(1.0 - away, 0.0)
    return on_tick(price, rules[at.R_TICK], buys)


@compiled_without_memory
def past_deviation(close: Floats, step: int, symbol: int, lookback: int) -> float:
    """Returns the sample deviation of the last returns before a step, -1 for under two.

    Args:
        close: (n_steps, n_symbols), followed through splits; NaN where there is no bar.
        step: The fill's step, whose own close is not looked at.
        symbol: The column.
        lookback: Returns to use; fewer if there are fewer.
    """
    count, total, later = 0, 0.0, math.nan
    first = step
    for row in range(step - 1, -1, -1):
        price = close[row, symbol]
        if math.isnan(price):
            continue
        if not math.isnan(later):
            total += later / price - 1.0
            count += 1
        later, first = price, row
        if count == lookback:
            break
    if count < 2:
        return -1.0
    mean, squares, before = total / count, 0.0, math.nan
    for row in range(first, step):
        price = close[row, symbol]
        if math.isnan(price):
            continue
        if not math.isnan(before):
            gap = price / before - 1.0 - mean
            squares += gap * gap
        before = price
    return math.sqrt(squares / (count - 1))
