"""Targets that are a side times a size that never changes: `equity_fraction`, `fixed_units`."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.portfolio.tables import (
    NO_BAR,
    Table,
    empty_table,
    side_of,
    with_room,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def sides_on_change(signals: Floats, close: Floats, long_short: bool, size: float) -> Table:
    """Returns a target wherever a symbol's side is another than at its bar before.

    Args:
        signals: Shape (n_steps, n_symbols).
        close: Shape (n_steps, n_symbols), NaN where a symbol has no bar.
        long_short: Whether signals below 0 are short, else they are flat.
        size: The target of a long side.

    Returns:
        Steps, symbols and targets, by step, then symbol.
    """
    table, rows = empty_table(), 0
    held = np.zeros(signals.shape[1], np.int64)
    for t in range(signals.shape[0]):
        for j in range(signals.shape[1]):
            side = side_of(signals[t, j], close[t, j], long_short)
            if side in (NO_BAR, held[j]):
                continue
            held[j] = side
            if rows == table[0].size:
                table = with_room(table, rows + 1)
            table[0][rows], table[1][rows], table[2][rows] = t, j, side * size
            rows += 1
    return table[0][:rows], table[1][:rows], table[2][:rows]


@compiled
def sides_at(signals: Floats, close: Floats, due: Ints, long_short: bool, size: float) -> Table:
    """As `sides_on_change`, a target for each symbol with a bar at each step of `due`.

    A 0 is told only to a symbol that was told something else before.
    """
    table, rows = empty_table(), 0
    told = np.zeros(signals.shape[1], np.bool_)
    for t in due:
        for j in range(signals.shape[1]):
            side = side_of(signals[t, j], close[t, j], long_short)
            if side == NO_BAR or (side == 0 and not told[j]):
                continue
            told[j] = True
            if rows == table[0].size:
                table = with_room(table, rows + 1)
            table[0][rows], table[1][rows], table[2][rows] = t, j, side * size
            rows += 1
    return table[0][:rows], table[1][:rows], table[2][:rows]
