"""Returns against the symbol's others: robust scores by the median absolute deviation."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled, compiled_without_memory
from aurelius_engine.domain.quality.checks import place_of
from aurelius_engine.domain.quality.findings import Findings, tell
from aurelius_engine.domain.quality.medians import median
from aurelius_engine.domain.quality.policy import QualityPolicy
from aurelius_engine.domain.quality.price_walk import Bars
from aurelius_engine.domain.quality.rows import Rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_OUTLIER_RETURN = place_of("outlier_return")
_REVERTED_SPIKE = place_of("reverted_spike")
_UNSEEN_ACTION = place_of("unseen_action")
# The deviation of a normal distribution over its median absolute deviation.
_NORMAL = 1.482602218505602
# A growth that is no number or infinite would have no score.
_MOST = 1e12
# What an action that no price shows makes of it, where too few returns tell what is usual.
_EVIDENT = 1.5


def walk_returns(
    findings: Findings, bars: Bars, rows: Rows, fresh: Bytes, policy: QualityPolicy
) -> None:
    """Compares every return with the symbol's others.

    Those over a night and those within a day are two samples: a night moves a price more
    than a minute does.
    """
    longest = int((rows.starts[1:] - rows.starts[:-1]).max())
    _walk(
        findings,
        bars,
        rows,
        fresh,
        np.empty(longest),
        policy.outlier_min_returns,
        (policy.outlier_score, policy.outlier_floor_ratio, policy.reversal_ratio),
    )


@compiled
def _walk(
    findings: Findings,
    bars: Bars,
    rows: Rows,
    fresh: Bytes,
    held: Floats,
    fewest: int,
    limits: tuple[float, float, float],
) -> None:
    score_limit, floor, reversal = limits
    middles, scales = np.zeros(2), np.zeros(2)
    for symbol in range(rows.starts.size - 1):
        begin, end = rows.starts[symbol], rows.starts[symbol + 1]
        _spread(bars, rows.order[begin:end], fresh[begin:end], held, fewest, floor, middles, scales)
        for k in range(begin + 1, end):
            night = 1 if fresh[k] else 0
            i, p = rows.order[k], rows.order[k - 1]
            now, growth = bars.time[i], _growth(bars, i, p)
            score, scale = 0.0, scales[night]
            if scale > 0.0:
                score = (_change(bars, i, p) - middles[night]) / scale
            seldom = abs(score) >= 0.5 * score_limit if scale > 0.0 else _away(growth) >= _EVIDENT
            if seldom and _is_unseen(bars, i, p):
                without = min(bars.close[i] / bars.close[p], _MOST)
                tell(findings, _UNSEEN_ACTION, symbol, now, now, 1, min(growth, _MOST), without)
                continue
            if not abs(score) >= score_limit:
                continue
            check = _OUTLIER_RETURN
            if k + 1 < end:
                after = growth * _growth(bars, rows.order[k + 1], i)
                if abs(after - 1.0) <= reversal * abs(_change(bars, i, p)):
                    check = _REVERTED_SPIKE
            tell(findings, check, symbol, now, now, 1, score, score_limit)


@compiled_without_memory
def _away(growth: float) -> float:
    """Returns how far a growth is from 1, as its greater one of up and down."""
    return max(growth, 1.0 / growth)


@compiled_without_memory
def _is_unseen(bars: Bars, i: int, p: int) -> bool:
    """Whether a price goes on as if a split, or a dividend, of its bar were none.

    Without one of them, or with the split turned around, the logarithm of the growth is a
    quarter of what it is, or less.
    """
    if bars.split_ratio.size == 0:
        return False
    ratio, paid, last = bars.split_ratio[i], bars.dividend[i], bars.close[p]
    least = math.inf
    if ratio != 1.0:
        alone = (bars.close[i] + paid) / last
        least = min(least, _away(alone), _away(alone / ratio))
    if paid != 0.0:
        least = min(least, _away(bars.close[i] * ratio / last))
    return bool(least * least * least * least <= _away(_growth(bars, i, p)))


@compiled_without_memory
def _growth(bars: Bars, i: int, p: int) -> float:
    """Returns what one unit of money became: a dividend is paid on what a split made of it."""
    value = bars.close[i]
    if bars.split_ratio.size > 0:
        value = (value + bars.dividend[i]) * bars.split_ratio[i]
    return float(value / bars.close[p])


@compiled_without_memory
def _change(bars: Bars, i: int, p: int) -> float:
    """Returns a return that is the same upwards and downwards: doubled 1, halved -1."""
    growth = _growth(bars, i, p)
    if growth >= 1.0:
        return min(growth, _MOST) - 1.0
    return 1.0 - min(1.0 / growth, _MOST)


@compiled
def _spread(
    bars: Bars,
    order: NDArray[np.int32],
    fresh: Bytes,
    held: Floats,
    fewest: int,
    floor: float,
    middles: Floats,
    scales: Floats,
) -> None:
    """Sets the median and the scale of both samples; a scale of 0 means too few returns."""
    counts = np.zeros(2, np.int64)
    size = order.size
    for k in range(1, size):
        change = _change(bars, order[k], order[k - 1])
        if fresh[k]:
            counts[1] += 1
            held[size - counts[1]] = change
        else:
            held[counts[0]] = change
            counts[0] += 1
    for night in range(2):
        count = counts[night]
        scales[night] = 0.0
        if count < fewest or count == 0:
            continue
        sample = held[size - count : size] if night else held[:count]
        middle = median(sample)
        for j in range(count):
            sample[j] = abs(sample[j] - middle)
        middles[night] = middle
        scales[night] = max(_NORMAL * median(sample), floor)
