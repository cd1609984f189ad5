"""Growing tables of (step, symbol, target), and the side that a signal asks for."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Table = tuple[Ints, Ints, Floats]

NO_BAR = 2
# Numbers nearer than this part of the larger differ by rounding, and are one.
LEVEL = 2.0**-40
_FIRST_ROWS = 256


@compiled
def empty_table() -> Table:
    """Returns room for some rows."""
    return np.empty(_FIRST_ROWS, np.int64), np.empty(_FIRST_ROWS, np.int64), np.empty(_FIRST_ROWS)


@compiled
def with_room(steps: Ints, symbols: Ints, targets: Floats, rows: int) -> Table:
    """Returns the table with room for at least one row behind its `rows`."""
    if rows < steps.size:
        return steps, symbols, targets
    more_steps, more_symbols = np.empty(2 * rows, np.int64), np.empty(2 * rows, np.int64)
    more_targets = np.empty(2 * rows)
    for i in range(rows):
        more_steps[i], more_symbols[i], more_targets[i] = steps[i], symbols[i], targets[i]
    return more_steps, more_symbols, more_targets


@compiled
def side_of(signal: float, close: float, long_short: bool) -> int:
    """Returns +1, 0 or -1; NO_BAR where there is neither a signal nor a bar."""
    if signal > 0.0:
        return 1
    if signal < 0.0:
        return -1 if long_short else 0
    if signal == 0.0 or close == close:
        return 0
    return NO_BAR


@compiled
def told(
    table: Table, rows: int, step: int, wanted: Floats, memory: Floats, every: bool
) -> tuple[Table, int]:
    """Appends the targets of one step.

    Args:
        table: With `rows` rows.
        rows: How many rows are in use.
        step: The step.
        wanted: Shape (n_symbols,), NaN for no decision.
        memory: Shape (n_symbols,), the target last told, NaN before the first; is kept up.
            Before the first, a 0 is not told: there is nothing to leave.
        every: Whether a target level with the last one is told again.

    Returns:
        The table, and its rows.
    """
    steps, symbols, targets = table
    for j in range(wanted.size):
        target = wanted[j]
        if target != target or (target == 0.0 and memory[j] != memory[j]):
            continue
        level = LEVEL * max(abs(target), abs(memory[j]))
        if not every and abs(target - memory[j]) <= level:
            continue
        memory[j] = target
        steps, symbols, targets = with_room(steps, symbols, targets, rows)
        steps[rows], symbols[rows], targets[rows] = step, j, target
        rows += 1
    return (steps, symbols, targets), rows
