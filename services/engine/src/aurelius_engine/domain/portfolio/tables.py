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
def with_room(table: Table, rows: int) -> Table:
    """Returns the table with room for `rows` rows. Call it only when there is less."""
    size = max(2 * table[0].size, rows)
    steps, symbols, targets = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
    for i in range(table[0].size):
        steps[i], symbols[i], targets[i] = table[0][i], table[1][i], table[2][i]
    return steps, symbols, targets


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
def told(table: Table, rows: int, step: int, wanted: Floats, memory: Floats, every: bool) -> int:
    """Writes the targets of one step.

    Args:
        table: With room for all symbols behind its rows.
        rows: How many rows are in use.
        step: The step.
        wanted: Shape (n_symbols,), NaN for no decision.
        memory: Shape (n_symbols,), the target last told, NaN before the first; is kept up.
            Before the first, a 0 is not told: there is nothing to leave.
        every: Whether a target level with the last one told is told again.

    Returns:
        How many rows are in use now.
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
        steps[rows], symbols[rows], targets[rows] = step, j, target
        rows += 1
    return rows
