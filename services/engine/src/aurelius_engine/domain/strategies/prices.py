"""The prices that signals compare, and the walk over each symbol's own bars."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A few cells of a row are one line of cache, so symbols are read that many at a time.
TILE_SYMBOLS = 16


def comparable(spec: BacktestSpec, panel: Panel) -> Panel:
    """Returns the panel with prices and dividends that compare across splits.

    With CORPORATE_ACTIONS_APPLIED each price is multiplied, and each volume divided, by the
    symbol's splits up to its bar: the first unit of the window, followed through them. No
    later split changes an earlier number. Otherwise prices are taken as they are.
    """
    if not spec.actions_applied or panel.split_ratio is None:
        return panel
    factor = _running_product(panel.split_ratio)
    return replace(
        panel,
        open=panel.open * factor,
        high=panel.high * factor,
        low=panel.low * factor,
        close=panel.close * factor,
        volume=panel.volume / factor,
        dividend=None if panel.dividend is None else panel.dividend * factor,
    )


@compiled
def _running_product(split_ratio: Floats) -> Floats:
    out = np.empty_like(split_ratio)
    factor = np.ones(split_ratio.shape[1])
    for t in range(split_ratio.shape[0]):
        for s in range(factor.size):
            if not np.isnan(split_ratio[t, s]):
                factor[s] *= split_ratio[t, s]
            out[t, s] = factor[s]
    return out


@compiled
def bar_counts(close: Floats) -> Ints:
    """Returns the bars of each symbol, shape (n_symbols,)."""
    counts = np.zeros(close.shape[1], np.int64)
    for t in range(close.shape[0]):
        for s in range(counts.size):
            if not np.isnan(close[t, s]):
                counts[s] += 1
    return counts


@compiled
def _own_steps(close: Floats, first: int, last: int) -> tuple[Ints, Ints]:
    steps = np.empty((last - first, close.shape[0]), np.int64)
    counts = np.zeros(last - first, np.int64)
    for t in range(close.shape[0]):
        for s in range(first, last):
            if not np.isnan(close[t, s]):
                steps[s - first, counts[s - first]] = t
                counts[s - first] += 1
    return steps, counts


@compiled
def _own_values(close: Floats, matrix: Floats, first: int, last: int) -> Floats:
    values = np.empty((last - first, close.shape[0]))
    at = np.zeros(last - first, np.int64)
    for t in range(close.shape[0]):
        for s in range(first, last):
            if not np.isnan(close[t, s]):
                values[s - first, at[s - first]] = matrix[t, s]
                at[s - first] += 1
    return values


@compiled
def _put_back(close: Floats, values: Floats, first: int, out: Floats) -> None:
    at = np.zeros(values.shape[0], np.int64)
    for t in range(close.shape[0]):
        for s in range(values.shape[0]):
            if np.isnan(close[t, first + s]):
                out[t, first + s] = np.nan
            else:
                out[t, first + s] = values[s, at[s]]
                at[s] += 1


def by_symbol(
    close: Floats,
    matrices: Sequence[Floats],
    kernel: Callable[..., Floats],
    should_stop: Callable[[], bool],
) -> Floats:
    """Applies a kernel to each symbol's own bars.

    Args:
        close: Shape (n_steps, n_symbols); a symbol has a bar where it is not NaN.
        matrices: What the kernel reads, each of that shape.
        kernel: Takes the steps of a symbol's bars, shape (n_bars,), and its values of each
            matrix there, and returns one value a bar.
        should_stop: Asked before each symbol.

    Returns:
        Shape (n_steps, n_symbols), NaN where there is no bar.

    Raises:
        RunCancelled: `should_stop` said so.
    """
    n_steps, n_symbols = close.shape
    if n_symbols == 1 and bar_counts(close)[0] == n_steps:
        refuse_stopped(should_stop)
        columns = (np.ascontiguousarray(matrix).reshape(n_steps) for matrix in matrices)
        return kernel(np.arange(n_steps), *columns).reshape(n_steps, 1)
    out = np.empty((n_steps, n_symbols))
    for first in range(0, n_symbols, TILE_SYMBOLS):
        last = min(first + TILE_SYMBOLS, n_symbols)
        steps, counts = _own_steps(close, first, last)
        values = [_own_values(close, matrix, first, last) for matrix in matrices]
        results = np.empty((last - first, n_steps))
        for row, bars in enumerate(counts.tolist()):
            refuse_stopped(should_stop)
            own = (block[row, :bars] for block in values)
            results[row, :bars] = kernel(steps[row, :bars], *own)
        _put_back(close, results, first, out)
    return out


def refuse_stopped(should_stop: Callable[[], bool]) -> None:
    """Raises: RunCancelled: `should_stop` said so."""
    if should_stop():
        raise RunCancelled("a caller cancelled the run")
