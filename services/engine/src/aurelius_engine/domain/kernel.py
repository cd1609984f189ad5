"""One pass over the clock: fills at the open, marks at the close, then new orders.

Every template goes through this one loop. It keeps the caller's state arrays,
so that a run can be cut into blocks of steps and cancelled between them.
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LAST_PLACE = 2.0**-52
# A purchase below this part of what its order wants is made of what rounding left.
_DUST = 2.0**-40
# Columns of the order log.
SUBMITTED, SYMBOL, TARGET, STATE, FILLED, ENDED = range(6)
OPEN, FILLED_ALL, CANCELLED, REJECTED = range(4)
# Columns of the account array.
CASH, COMMISSIONS, BREACH_STEP, BREACH_FOUND, BREACH_ALLOWED = range(5)
# Columns of the costs array.
FRACTION, VALUE_RATIO, PER_UNIT, MINIMUM, INTEGER = range(5)


@numba.njit(cache=True, nogil=True)
def _commission(quantity: float, price: float, costs: Floats) -> float:
    size = abs(quantity)
    cost = size * price * costs[VALUE_RATIO] + size * costs[PER_UNIT]
    return float(max(cost, costs[MINIMUM]))


@numba.njit(cache=True, nogil=True)
def _affordable(budget: float, price: float, costs: Floats) -> float:
    """The most units whose value and commission together stay within `budget`."""
    by_rate = budget / (price * (1.0 + costs[VALUE_RATIO]) + costs[PER_UNIT])
    by_minimum = (budget - costs[MINIMUM]) / price
    units = min(by_rate, by_minimum)
    if units <= 0.0 or math.isinf(units):  # a price too small to divide by buys nothing
        return 0.0
    whole = costs[INTEGER] > 0.0
    if whole:
        units = np.floor(units)
    cut = _LAST_PLACE
    while units > 0.0 and budget - units * price - _commission(units, price, costs) < 0.0:
        units = np.floor(units - max(1.0, units * cut)) if whole else units - units * cut
        cut *= 2.0  # where one unit, or one last place, is too little to change a thing
    return float(max(units, 0.0))


@numba.njit(cache=True, nogil=True)
def _wanted_change(
    target: int, held: float, price: float, share: float, cash: float, costs: Floats
) -> float:
    """The signed units that bring a position to its target, before the cash is asked.

    A position that is on the right side already grows to its share and never beyond;
    not by dust.
    """
    if target > 0:
        bought = -held if held < 0.0 else 0.0
        close_cost = bought * price + (_commission(bought, price, costs) if bought > 0.0 else 0.0)
        budget = min(share - max(held, 0.0) * price, cash - close_cost)
        more = _affordable(budget, price, costs) if budget > 0.0 else 0.0
        return bought + (more if more * price > share * _DUST else 0.0)
    if target < 0:
        units = share / price if share > 0.0 else 0.0
        if math.isinf(units):
            units = 0.0
        if costs[INTEGER] > 0.0:
            units = np.floor(units)
        return -(max(held, 0.0) + max(units + min(held, 0.0), 0.0))
    return -held


@numba.njit(cache=True, nogil=True)
def run_block(
    first: int,
    last: int,
    opens: Floats,
    closes: Floats,
    wants: NDArray[np.int8],
    costs: Floats,
    account: Floats,
    held: Floats,
    marks: Floats,
    state: NDArray[np.int64],
    orders: Floats,
    fills: Floats,
    equity: Floats,
) -> None:
    """Runs steps [first, last).

    Args:
        first: The first step.
        last: The step after the last.
        opens: (n_steps, n_symbols); NaN where a symbol has no bar.
        closes: As `opens`.
        wants: (n_steps, n_symbols), the targets at the close.
        costs: The columns of costs.
        account: The columns of the account.
        held: (n_symbols,), units.
        marks: (n_symbols,), the last close, 0 before the first.
        state: order count, fill count, then for each symbol its last target
            and its open order (-1 for none).
        orders: (capacity, 6).
        fills: (capacity, 6): step, order, symbol, quantity, price, commission.
        equity: (n_steps + 1, 3): cash, position value, equity.
    """
    symbols = held.size
    for step in range(first, last):
        worth = account[CASH]
        for s in range(symbols):
            price = opens[step, s]
            worth += held[s] * (marks[s] if math.isnan(price) else price)
        share = worth * costs[FRACTION] / symbols
        for side in range(2):  # what frees cash goes first
            for s in range(symbols):
                order = state[2 + symbols + s]
                price = opens[step, s]
                if order < 0 or math.isnan(price):
                    continue
                target = int(orders[order, TARGET])
                # By what it does, not by what it can pay: each order has one turn.
                buys = target > 0 or (target == 0 and held[s] < 0.0)
                if buys != (side == 1):
                    continue
                change = _wanted_change(target, held[s], price, share, account[CASH], costs)
                if change > 0.0:
                    most = _affordable(account[CASH], price, costs)
                    if most < change * _DUST:
                        most = 0.0
                    partial = change > most
                    change = min(change, most)
                else:
                    partial = False
                fee = _commission(change, price, costs) if change != 0.0 else 0.0
                cash = account[CASH] - change * price - fee
                short_left = partial and target >= 0 and held[s] + change < 0.0
                if change != 0.0 and cash >= 0.0:
                    account[CASH] = cash
                    account[COMMISSIONS] += fee
                    held[s] += change
                    row = state[1]
                    fills[row, 0], fills[row, 1], fills[row, 2] = step, order, s
                    fills[row, 3], fills[row, 4], fills[row, 5] = change, price, fee
                    state[1] = row + 1
                    orders[order, FILLED] += change
                    if not short_left:
                        orders[order, STATE] = FILLED_ALL
                elif change == 0.0 and (held[s] * target > 0.0 or (target == 0 and held[s] == 0.0)):
                    orders[order, STATE] = CANCELLED
                else:
                    short_left = target >= 0 and held[s] < 0.0
                    if not short_left:
                        orders[order, STATE] = REJECTED
                if not short_left:
                    orders[order, ENDED] = step
                    state[2 + symbols + s] = -1
        value = 0.0
        for s in range(symbols):
            if not math.isnan(closes[step, s]):
                marks[s] = closes[step, s]
            value += held[s] * marks[s]
        equity[step + 1, 0], equity[step + 1, 1] = account[CASH], value
        equity[step + 1, 2] = account[CASH] + value
        if account[CASH] < 0.0 and account[BREACH_STEP] < 0.0:
            account[BREACH_STEP], account[BREACH_FOUND] = step, account[CASH]
        for s in range(symbols):
            want = wants[step, s]
            if math.isnan(closes[step, s]) or want == state[2 + s]:
                continue
            state[2 + s] = want
            before = state[2 + symbols + s]
            if before >= 0:
                orders[before, STATE], orders[before, ENDED] = CANCELLED, step
                state[2 + symbols + s] = -1
                if want == 0 and held[s] == 0.0:
                    continue
            row = state[0]
            orders[row, SUBMITTED], orders[row, SYMBOL], orders[row, TARGET] = step, s, want
            orders[row, STATE], orders[row, FILLED], orders[row, ENDED] = OPEN, 0.0, -1
            state[0] = row + 1
            state[2 + symbols + s] = row
