"""The arrays that the event core works on, and what each column of them is."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import array_at

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What rounding left: a part this small of what was wanted is nothing.
DUST = 2.0**-40

# Columns of order_ints.
(
    SUBMITTED,
    SYMBOL,
    KIND,
    TIME_IN_FORCE,
    AMOUNT_KIND,
    GROUP,
    STATE,
    REASON,
    ENDED,
    NEXT,
    TRIGGERED,
    GUARD,
    SIDE,
) = range(13)
# Columns of order_floats.
AMOUNT, WANTED, REMAINING, FILLED_UNITS, LIMIT_PRICE, STOP_PRICE, TRAIL, BEST = range(8)
# Values of GUARD: an order of the strategy; a guard made by a fill at an open, inside a
# bar, at a close; an order that a margin call made.
NO_GUARD, FROM_OPEN, FROM_INSIDE, FROM_CLOSE, LIQUIDATION = range(5)
# Values of SIDE: to sell, whichever the units then are (only without a price), to buy.
SELLS, EITHER, BUYS = -1, 0, 1
# Values of TRIGGERED of a stop-limit order: not yet, before this bar or at its open, inside it.
WAITING, TRIGGERED_EARLIER, TRIGGERED_INSIDE = range(3)

# Columns of fill_ints and fill_floats.
FILL_STEP, FILL_ORDER, FILL_SYMBOL, FILL_RULE = range(4)
FILL_QUANTITY, FILL_PRICE, FILL_REFERENCE, FILL_COMMISSION = range(4)
# Columns of flow_ints and flow_floats.
FLOW_STEP, FLOW_SYMBOL, FLOW_KIND = range(3)
FLOW_AMOUNT, FLOW_UNITS = range(2)
# Columns of schedule_ints and schedule_floats.
SENT_STEP, SENT_SYMBOL, SENT_KIND, SENT_TIME_IN_FORCE, SENT_GROUP = range(5)
SENT_QUANTITY, SENT_LIMIT, SENT_STOP = range(3)
# Columns of action_ints, and the kinds of actions.
ACTION_STEP, ACTION_SYMBOL, ACTION_KIND = range(3)
ENDS, SPLITS, PAYS = range(3)

# Places of `account`.
CASH, LONG, SHORT, EQUITY, MONTH_VALUE, MONTH, MONTH_NOW, SESSION_ENDS = range(8)
# Places of `counters`.
(
    STEP,
    ORDER_COUNT,
    FILL_COUNT,
    FLOW_COUNT,
    DECISION_AT,
    SCHEDULE_AT,
    ACTION_AT,
    OPEN_COUNT,
    RESTING_COUNT,
    BUSY_COUNT,
    HELD_COUNT,
    SLOW_STEPS,
) = range(12)
# Rows of `positions`, each with a place for every symbol: units, last close, price of the
# valuation in force, units traded at the step that the fifth row names; of these, units
# bought and sold at the prices of the book; bars so far inside which the order of prices
# mattered, where that was looked at.
HELD, MARK, REFERENCE, USED, USED_STEP, BOUGHT, SOLD, AMBIGUOUS = range(8)
# Rows of `lists`, each with a place for every symbol: the first and last order of its
# queue or -1; the sorted symbols with open orders; the sorted symbols with a position.
HEAD, TAIL, BUSY, HOLDING = range(4)


# Places of `rules`: the numbers of a specification that the core works with, with the
# units of spec.py. From R_TIERS on, three for each tier: from value, value ratio, per unit.
(
    R_LOT,
    R_TICK,
    R_VALUE_RATIO,
    R_PER_UNIT,
    R_PER_ORDER,
    R_MINIMUM,
    R_FIXED_SLIP,
    R_VOLUME_SLIP,
    R_IMPACT,
    R_IMPACT_LOOKBACK,
    R_PARTICIPATION,
    R_BORROW_FEE,
    R_MARGIN_INTEREST,
    R_CASH_INTEREST,
    R_MAX_GROSS,
    R_MAX_NET,
    R_MAX_POSITION,
    R_MAINTENANCE,
    R_TOLERANCE,
    R_STOP_LOSS,
    R_TAKE_PROFIT,
    R_TRAILING,
    R_ENTRY_KIND,
    R_ENTRY_FORCE,
    R_ENTRY_LIMIT,
    R_ENTRY_STOP,
    R_EXIT_KIND,
    R_EXIT_FORCE,
    R_EXIT_LIMIT,
    R_EXIT_STOP,
    R_SHORTS_ALLOWED,
    R_SAME_CLOSE,
    R_IN_UNITS,
    R_INTRABAR_PATH,
    R_TIER_COUNT,
    R_TIERS,
) = range(36)


class Arrays(NamedTuple):
    """Everything that the core reads and writes.

    Rows of the market are steps, columns symbols; NaN where there is no bar. The clock
    has shape (n_steps,): `years` is the time since the step before, in years of 365
    days; `month` a number for each calendar month; `session_ends` 1 at the last step of
    a session; each (0,) where no rule asks for it. The marks have shape (n_steps + 1,):
    first before the first bar.
    `split_close` is the closes times the splits applied up to their bar. `book` is that of
    quotes.py, shape (n_steps * n_symbols, 4 * levels), (0, 0) if fills are of the bars.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    years: Floats
    month: Ints
    session_ends: Ints
    decision_step: Ints
    decision_symbol: Ints
    decision_target: Floats
    schedule_ints: Ints
    schedule_floats: Floats
    action_ints: Ints
    action_values: Floats
    rules: Floats
    account: Floats
    counters: Ints
    positions: Floats
    lists: Ints
    order_ints: Ints
    order_floats: Floats
    fill_ints: Ints
    fill_floats: Floats
    flow_ints: Ints
    flow_floats: Floats
    cash: Floats
    position_value: Floats
    gross_value: Floats
    equity: Floats
    split_close: Floats
    book: Floats


Run = Ints  # the addresses and shapes of Arrays: what the kernels take


def run_of(arrays: Arrays) -> Run:
    """Returns the addresses and shapes of the arrays, (address, rows, columns) for each.

    A tuple of arrays is copied at every call of a kernel by a kernel; this is not. Keep
    the arrays as long as it is used.
    """
    places = [(a.ctypes.data, a.shape[0], a.shape[1] if a.ndim == 2 else 1) for a in arrays]
    return np.array(places, dtype=np.int64).reshape(-1)


def as_it_stands(arrays: Arrays, run: Run) -> tuple[Run, Ints]:
    """Returns `run` with the counters of now, and those: what was written stays, while it goes on.

    Keep the arrays and the counters as long as it is used.
    """
    counters = arrays.counters.copy()
    standing = run.copy()
    standing[3 * Arrays._fields.index("counters")] = counters.ctypes.data
    return standing, counters


# What a kernel gets each array of a run with, in the order of Arrays.
open: Any = array_at(0, float, 2)
high: Any = array_at(3, float, 2)
low: Any = array_at(6, float, 2)
close: Any = array_at(9, float, 2)
volume: Any = array_at(12, float, 2)
years: Any = array_at(15, float, 1)
month: Any = array_at(18, int, 1)
session_ends: Any = array_at(21, int, 1)
decision_step: Any = array_at(24, int, 1)
decision_symbol: Any = array_at(27, int, 1)
decision_target: Any = array_at(30, float, 1)
schedule_ints: Any = array_at(33, int, 2)
schedule_floats: Any = array_at(36, float, 2)
action_ints: Any = array_at(39, int, 2)
action_values: Any = array_at(42, float, 1)
rules: Any = array_at(45, float, 1)
account: Any = array_at(48, float, 1)
counters: Any = array_at(51, int, 1)
positions: Any = array_at(54, float, 2)
lists: Any = array_at(57, int, 2)
order_ints: Any = array_at(60, int, 2)
order_floats: Any = array_at(63, float, 2)
fill_ints: Any = array_at(66, int, 2)
fill_floats: Any = array_at(69, float, 2)
flow_ints: Any = array_at(72, int, 2)
flow_floats: Any = array_at(75, float, 2)
cash: Any = array_at(78, float, 1)
position_value: Any = array_at(81, float, 1)
gross_value: Any = array_at(84, float, 1)
equity: Any = array_at(87, float, 1)
split_close: Any = array_at(90, float, 2)
book: Any = array_at(93, float, 2)
