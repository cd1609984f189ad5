"""Equity curves in parts: put together, and judged by the weaker of two."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.lane_sums import BLOCK, LANES
from aurelius_engine.domain.metrics import summary

Floats = NDArray[np.float64]


def stitched_equity(parts: Sequence[Floats]) -> Floats:
    """Returns curves, each continued from where the one before ended.

    Args:
        parts: Each (n_bars + 1,), first before its first bar.
    """
    curve, level = [parts[0][:1]], float(parts[0][0])
    for equity in parts:
        part = equity[1:] * (level / float(equity[0]))
        curve.append(part)
        level = float(part[-1])
    return np.concatenate(curve)


def weaker_part(curve: Floats, place: int, periods: float, free: float) -> float:
    """Returns the lower Sharpe ratio of a curve up to a place and from it on.

    NaN where one of them has none.

    Args:
        curve: Equity, (n_bars + 1,).
        place: In the curve.
        periods: Bars a year.
        free: The risk-free rate a year.
    """
    sharpes = [
        summary(part, periods, free, np.empty(BLOCK), np.empty(2 * LANES))[1]
        for part in (curve[: place + 1], curve[place:])
    ]
    return math.nan if any(math.isnan(sharpe) for sharpe in sharpes) else min(sharpes)
