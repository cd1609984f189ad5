"""What a run traded, held and paid: exposure, volume, costs, states of orders."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled, prefetch
from aurelius_engine.domain.core.codes import (
    BORROW_FEE,
    CANCELLED,
    CASH_IN_LIEU,
    CASH_INTEREST,
    DIVIDEND,
    FILLED,
    MARGIN_INTEREST,
    OPEN,
    REJECTED,
)
from aurelius_engine.domain.lane_sums import (
    BLOCK,
    LANES,
    add_block,
    add_one,
    highest_block,
    sum_of,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Fills from one that is looked at to one whose bar is not there yet.
_AHEAD = 32


class ExposureFacts(NamedTuple):
    """Marks with a position, and position values over equity, over the n marks of bars.

    The ratios are meaningless where a mark is not above 0.
    """

    held_bars: int
    mean_gross: float
    max_gross: float
    mean_net: float


@compiled
def exposure_facts(gross: Floats, net: Floats, equity: Floats) -> ExposureFacts:
    """Gathers the facts of the exposure; each array has shape (n + 1,)."""
    bars = equity.size - 1
    work = np.empty(BLOCK)
    grosses, nets = np.zeros(2 * LANES), np.zeros(2 * LANES)
    held, most = 0, np.zeros(LANES)
    for start in range(0, bars, BLOCK):
        count = min(BLOCK, bars - start)
        marks = equity[1 + start : 1 + start + count]
        values = gross[1 + start : 1 + start + count]
        for i in range(count):
            held += values[i] > 0.0
        for i in range(count):
            work[i] = values[i] / marks[i]
        highest_block(work, count, most)
        add_block(work, count, grosses)
        values = net[1 + start : 1 + start + count]
        for i in range(count):
            work[i] = values[i] / marks[i]
        add_block(work, count, nets)
    return ExposureFacts(held, sum_of(grosses) / bars, most.max(), sum_of(nets) / bars)


class FillFacts(NamedTuple):
    """What the fills amount to.

    `mean_part` and `max_part` are of units over the volume of the bar, over the `in_bars`
    fills in a bar of their symbol; `mean_part_of_equity` is the mean of that part over the
    equity at the mark before. `without_volume` counts fills in bars of volume 0.
    """

    traded_value: float
    commission: float
    slippage: float
    in_bars: int
    without_volume: int
    mean_part: float
    max_part: float
    mean_part_of_equity: float


@compiled
def fill_facts(
    step: Ints,
    symbol: Ints,
    quantity: Floats,
    price: Floats,
    reference: Floats,
    commission: Floats,
    volume: Floats,
    equity: Floats,
) -> FillFacts:
    """Gathers the facts of the fills.

    Args:
        step: Shape (n_fills,), as the next five; the columns of the fills.
        symbol: Places among the symbols.
        quantity: Signed units.
        price: A unit.
        reference: The price before spread, slippage and impact.
        commission: At least 0.
        volume: Shape (n_steps, n_symbols), NaN where there is no bar.
        equity: Shape (n_steps + 1,).
    """
    value, value_lost, paid, paid_lost, slip, slip_lost = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    parts, parts_lost, scaled, scaled_lost = 0.0, 0.0, 0.0, 0.0
    most, in_bars, empty = 0.0, 0, 0
    for i in range(step.size):
        if i + _AHEAD < step.size:
            prefetch(volume, step[i + _AHEAD] * volume.shape[1] + symbol[i + _AHEAD])
            prefetch(equity, step[i + _AHEAD])
        units = abs(quantity[i])
        value, value_lost = add_one(value, value_lost, units * price[i])
        paid, paid_lost = add_one(paid, paid_lost, commission[i])
        slip, slip_lost = add_one(slip, slip_lost, quantity[i] * (price[i] - reference[i]))
        traded = volume[step[i], symbol[i]]
        if math.isnan(traded):
            continue
        in_bars += 1
        if traded > 0.0:
            part = units / traded
            parts, parts_lost = add_one(parts, parts_lost, part)
            scaled, scaled_lost = add_one(scaled, scaled_lost, part / equity[step[i]])
            most = max(most, part)
        else:
            empty += 1
    return FillFacts(
        value + value_lost,
        paid + paid_lost,
        slip + slip_lost,
        in_bars,
        empty,
        (parts + parts_lost) / in_bars if in_bars > 0 else 0.0,
        most,
        (scaled + scaled_lost) / in_bars if in_bars > 0 else 0.0,
    )


class AccountFacts(NamedTuple):
    """Orders by where they stand at the end, and flows by kind, below 0 paid."""

    open: int
    filled: int
    cancelled: int
    rejected: int
    dividend: float
    cash_in_lieu: float
    borrow_fee: float
    margin_interest: float
    cash_interest: float


@compiled
def account_facts(state: Ints, kind: Ints, amount: Floats) -> AccountFacts:
    """Gathers the facts of the account.

    Args:
        state: Shape (n_orders,).
        kind: Shape (n_flows,), the kinds of the flows.
        amount: Shape (n_flows,), cash received.
    """
    states = np.zeros(4, np.int64)
    for i in range(state.size):
        states[state[i]] += 1
    totals, lost = np.zeros(6), np.zeros(6)
    for i in range(kind.size):
        sort = kind[i]
        totals[sort], lost[sort] = add_one(totals[sort], lost[sort], amount[i])
    return AccountFacts(
        states[OPEN],
        states[FILLED],
        states[CANCELLED],
        states[REJECTED],
        totals[DIVIDEND] + lost[DIVIDEND],
        totals[CASH_IN_LIEU] + lost[CASH_IN_LIEU],
        totals[BORROW_FEE] + lost[BORROW_FEE],
        totals[MARGIN_INTEREST] + lost[MARGIN_INTEREST],
        totals[CASH_INTEREST] + lost[CASH_INTEREST],
    )
