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


def bar_counts(close: Floats) -> Ints:
    """Returns the bars of each symbol, shape (n_symbols,)."""
    if close.shape[1] == 1:
        return np.array([close.size - np.count_nonzero(np.isnan(close))])
    return _bar_counts(close)


@compiled
def _bar_counts(close: Floats) -> Ints:
    counts = np.zeros(close.shape[1], np.int64)
    for t in range(close.shape[0]):
        for s in range(counts.size):
            if not np.isnan(close[t, s]):
                counts[s] += 1
    return counts


@compiled
def _take(close: Floats, matrix: Floats, first: int, last: int, values: Floats) -> Ints:
    """Writes the own values of symbols [first, last) to the rows of `values`; returns counts."""
    counts = np.zeros(last - first, np.int64)
    for t in range(close.shape[0]):
        for s in range(first, last):
            if not np.isnan(close[t, s]):
                values[s - first, counts[s - first]] = matrix[t, s]
                counts[s - first] += 1
    return counts


@compiled
def _put_back(close: Floats, values: Floats, first: int, last: int, out: Floats) -> None:
    at = np.zeros(last - first, np.int64)
    for t in range(close.shape[0]):
        for s in range(first, last):
            if np.isnan(close[t, s]):
                out[t, s] = np.nan
            else:
                out[t, s] = values[s - first, at[s - first]]
                at[s - first] += 1


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
        kernel: Takes a symbol's values of each matrix at its bars, shape (n_bars,), and
            returns one value a bar.
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
        return kernel(*columns).reshape(n_steps, 1)
    out = np.empty((n_steps, n_symbols))
    tile = min(TILE_SYMBOLS, n_symbols)
    values = [np.empty((tile, n_steps)) for _ in matrices]
    results = np.empty((tile, n_steps))
    for first in range(0, n_symbols, tile):
        last = min(first + tile, n_symbols)
        for block, matrix in zip(values, matrices, strict=True):
            counts = _take(close, matrix, first, last, block)
        for row, bars in enumerate(counts.tolist()):
            refuse_stopped(should_stop)
            results[row, :bars] = kernel(*(block[row, :bars] for block in values))
        _put_back(close, results, first, last, out)
    return out


def refuse_stopped(should_stop: Callable[[], bool]) -> None:
    """Raises: RunCancelled: `should_stop` said so."""
    if should_stop():
        raise RunCancelled("a caller cancelled the run")
