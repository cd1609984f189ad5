"""The mean length of a bootstrap's blocks that the dependence of returns asks for."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.errors import StudyContradiction
from aurelius_engine.domain.fixed_math import fixed_exp, fixed_log

Floats = NDArray[np.float64]


def longest_block(bars: int) -> int:
    """Returns the longest mean length of a block that so many bars allow, at least 1.

    Longer ones leave samples that are the returns themselves, begun elsewhere: nothing is
    resampled, and every interval is a point.
    """
    return max(1, math.ceil(min(3.0 * math.sqrt(bars), bars / 3.0)))


def refuse_long(block: float, bars: int) -> None:
    """Refuses blocks that are too long for so many bars.

    Raises:
        StudyContradiction: With the longest that is allowed.
    """
    if block > longest_block(bars):
        raise StudyContradiction(
            "blocks that long leave the returns as they are",
            found=f"mean_block_bars {block:g} of {bars} bars",
            allowed=f"at most {longest_block(bars)}",
        )


def block_length(returns: Floats) -> float:
    """Returns the automatic mean length of a block, at least 1.

    Politis and White, Automatic block-length selection for the dependent bootstrap,
    Econometric Reviews 23 (2004), with the correction of Patton, Politis and White (2009);
    docs/specs/validation_bootstrap.md says where it follows their program.

    Args:
        returns: Shape (n,).
    """
    bars = returns.size
    if bars < 10:
        return 1.0
    root = math.sqrt(bars)
    tens = fixed_log(float(bars)) / fixed_log(10.0)
    quiet = max(5, int(tens))
    most = min(math.ceil(root) + quiet, bars - 2)
    spectrum, slope = _at_zero(returns, quiet, most, 2.0 * math.sqrt(tens / bars))
    if spectrum == 0.0 or slope == 0.0:
        return 1.0
    ratio = slope * slope / (spectrum * spectrum) * bars
    return min(max(fixed_exp(fixed_log(ratio) / 3.0), 1.0), float(longest_block(bars)))


@compiled
def _at_zero(returns: Floats, quiet: int, most: int, band: float) -> tuple[float, float]:
    """Returns the spectrum of the returns at zero, and its slope, by a flat-top window.

    Args:
        returns: Shape (n,).
        quiet: After so many small autocorrelations there are no large ones.
        most: The longest lag.
        band: Below it an autocorrelation is small.
    """
    bars = returns.size
    away, mean = np.empty(bars), 0.0
    for bar in range(bars):
        mean += returns[bar]
    mean /= bars
    for bar in range(bars):
        away[bar] = returns[bar] - mean
    covariance, last, small = np.zeros(most + 1), 0, 0
    for lag in range(most + 1):
        shared = early = late = 0.0
        for bar in range(lag, bars):
            shared += away[bar] * away[bar - lag]
            late += away[bar] * away[bar]
            early += away[bar - lag] * away[bar - lag]
        covariance[lag] = shared / bars
        if lag > 0 and last == 0:
            sized = early > 0.0 and late > 0.0
            correlation = abs(shared) / math.sqrt(early * late) if sized else 0.0
            small = small + 1 if correlation < band else 0
            if small == quiet:
                last = lag - quiet + 1
    width = min(2 * last, most) if last > 0 else most
    spectrum, slope = covariance[0], 0.0
    for lag in range(1, width + 1):
        part = lag / width
        weight = 1.0 if part <= 0.5 else 2.0 * (1.0 - part)
        spectrum += 2.0 * weight * covariance[lag]
        slope += 2.0 * weight * lag * covariance[lag]
    return spectrum, slope
