"""What the event core is told to do: targets, explicit orders, corporate actions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Target positions, each decided at the close of one step: a sparse table.

    The arrays have shape (n_decisions,), sorted by (step, symbol), at most one of each.

    Attributes:
        step: The step at whose close the target was decided; the symbol has a bar there.
        symbol: Its place among the panel's symbols.
        target: A signed fraction of equity at the fill, or units with `in_units`.
        in_units: Whether targets are units.
    """

    step: Ints
    symbol: Ints
    target: Floats
    in_units: bool

    def __post_init__(self) -> None:
        """Refuses arrays of several lengths, which only a bug can make."""
        if not self.step.size == self.symbol.size == self.target.size:
            raise ValueError("decisions of several lengths")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledOrders:
    """Explicit orders, sorted by step; those of one step in the order of the list.

    Shape (n_orders,). `kind` and `time_in_force` are values of the enums OrderType and
    TimeInForce; `limit` and `stop` are NaN where the type has none; `group` is 0 for none.
    """

    step: Ints
    symbol: Ints
    kind: Ints
    time_in_force: Ints
    quantity: Floats
    limit: Floats
    stop: Floats
    group: Ints


def no_decisions() -> Decisions:
    """Returns an empty table."""
    return Decisions(
        step=np.empty(0, np.int64),
        symbol=np.empty(0, np.int64),
        target=np.empty(0),
        in_units=False,
    )


def no_orders() -> ScheduledOrders:
    """Returns an empty list."""
    ints, floats = np.empty(0, np.int64), np.empty(0)
    return ScheduledOrders(
        step=ints,
        symbol=ints,
        kind=ints,
        time_in_force=ints,
        quantity=floats,
        limit=floats,
        stop=floats,
        group=ints,
    )
