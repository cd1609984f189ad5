"""The bars of a panel, packed: one flat array a series, symbol after symbol, without holes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Where each bar is.

    Attributes:
        steps: The step of each bar, shape (n_bars,), rising within a symbol.
        symbols: The place of its symbol, shape (n_bars,), rising.
        starts: The first bar of each symbol and the end, shape (n_symbols + 1,).
        by_step: The bars in the order of (step, symbol), shape (n_bars,).
    """

    steps: Ints
    symbols: Ints
    starts: Ints
    by_step: Ints

    @classmethod
    def of(cls, close: Floats) -> "Bars":
        """Returns the bars of a matrix (n_steps, n_symbols): where it is not NaN."""
        symbols, steps = np.nonzero(~np.isnan(close.T))
        starts = np.searchsorted(symbols, np.arange(close.shape[1] + 1), side="left")
        by_step = np.argsort(steps, kind="stable")
        return cls(
            steps=steps.astype(np.int64),
            symbols=symbols.astype(np.int64),
            starts=starts.astype(np.int64),
            by_step=by_step.astype(np.int64),
        )

    @property
    def size(self) -> int:
        """How many bars there are."""
        return int(self.steps.size)

    def packed(self, matrix: Floats) -> Floats:
        """Returns the values of a matrix at the bars, shape (n_bars,)."""
        values: Floats = matrix[self.steps, self.symbols]
        return values

    def unpacked(self, values: Floats, n_steps: int) -> Floats:
        """Returns a matrix (n_steps, n_symbols), NaN where there is no bar."""
        matrix = np.full((n_steps, self.starts.size - 1), np.nan)
        matrix[self.steps, self.symbols] = values
        return matrix
