"""What a simulation leaves behind: orders, fills, flows and marks, as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.panel import Panel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Every order, by the sequence in which it was sent. Shape (n_orders,).

    Attributes:
        submitted: The step at whose close it was sent; a guard: of the fill it guards.
        symbol: Its place among the panel's symbols.
        kind: Its type; the codes are those of codes.py here and below.
        time_in_force: How long it rests.
        amount_kind: Whether `amount` is a weight, target units, or units to trade.
        amount: What it was told; 0 for one that closes whatever is held.
        quantity: Signed units wanted, known from the first time it could fill; before, NaN.
        filled: Signed units filled.
        limit: NaN for none; a guard's are its own prices.
        stop: As `limit`; of a trailing stop, the last one in force.
        group: Orders of one group above 0 cancel each other.
        state: Where it stands at the end.
        reason: Why it ended, if not by being filled.
        ended: The step at which it ended, -1 for never.
    """

    submitted: Ints
    symbol: Ints
    kind: Ints
    time_in_force: Ints
    amount_kind: Ints
    amount: Floats
    quantity: Floats
    filled: Floats
    limit: Floats
    stop: Floats
    group: Ints
    state: Ints
    reason: Ints
    ended: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """Every fill, in the order of events. Shape (n_fills,).

    Attributes:
        step: When.
        order: The order's sequence number.
        symbol: Its place among the panel's symbols.
        quantity: Signed units, not 0.
        price: What was paid a unit.
        reference_price: The price before spread, slippage and impact.
        commission: At least 0, quote currency.
        rule: The rule that made it.
    """

    step: Ints
    order: Ints
    symbol: Ints
    quantity: Floats
    price: Floats
    reference_price: Floats
    commission: Floats
    rule: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """What changed the account and is no fill, in the order of events. Shape (n_flows,).

    Attributes:
        step: When.
        symbol: Its place among the panel's symbols, -1 for the whole account.
        kind: The kind of flow.
        amount: Cash received, below 0 paid.
        units: Units received by a split, below 0 given.
    """

    step: Ints
    symbol: Ints
    kind: Ints
    amount: Floats
    units: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A finished run.

    `cash`, `position_value` (long less short), `gross_value` (long plus short) and
    `equity` have shape (n_steps + 1,): index 0 is before the first bar, index t + 1 the
    mark at the close of step t. `held` has shape (n_symbols,), units at the end, and so
    has `ambiguous_bars`: where both paths through bars were compared, those of them that
    the paths left otherwise.
    """

    panel: Panel
    orders: Orders
    fills: Fills
    flows: Flows
    cash: Floats
    position_value: Floats
    gross_value: Floats
    equity: Floats
    held: Floats
    ambiguous_bars: Ints
