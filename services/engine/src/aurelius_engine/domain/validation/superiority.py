"""The port to the bootstrap test of many variants against one benchmark."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceedances:
    """In how many resamples the greatest mean gain of no skill is above the one observed.

    Attributes:
        lower: If variants worse than the benchmark are taken for equal to it where they are.
        consistent: If only those are recentred that are not far below the benchmark.
        upper: If every variant is taken for equal to the benchmark.
        superior: Columns that are better than the benchmark, step by step, rising.
    """

    lower: int
    consistent: int
    upper: int
    superior: tuple[int, ...]


class SuperiorityTest(Protocol):
    """A test whose draws are the seed's alone. Safe to call concurrently."""

    @property
    def name(self) -> str:
        """The library and its version."""

    def exceedances(
        self,
        gains: Floats,
        *,
        mean_block_bars: int,
        resamples: int,
        seed: int,
        size: float,
        before: Callable[[int], None],
    ) -> Exceedances:
        """Tests whether any variant gains on its benchmark.

        Hansen, A test for superior predictive ability, Journal of Business & Economic
        Statistics 23 (2005); its upper count is the reality check of White, Econometrica 68
        (2000). `superior` is by the steps of Romano and Wolf, Econometrica 73 (2005).

        Args:
            gains: Shape (n_bars, n_variants): what each earned more than the benchmark.
            mean_block_bars: Of the stationary bootstrap, at least 1.
            resamples: How many.
            seed: Of the draws, in [0, 2**64).
            size: Chance of naming any variant superior that is not.
            before: Is told, before each resample, how many there were; may raise.
        """
