"""Volumes against those of the days before: a change of their unit."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.quality.checks import place_of
from aurelius_engine.domain.quality.findings import Findings, tell
from aurelius_engine.domain.quality.grid import Grid
from aurelius_engine.domain.quality.medians import median
from aurelius_engine.domain.quality.policy import QualityPolicy
from aurelius_engine.domain.quality.price_walk import Bars
from aurelius_engine.domain.quality.rows import Rows

Floats = NDArray[np.float64]

_MOST = 1e300
_VOLUME_UNIT_JUMP = place_of("volume_unit_jump")


def walk_volumes(
    findings: Findings, bars: Bars, rows: Rows, grid: Grid, policy: QualityPolicy
) -> None:
    """Compares the median volume of each block of sessions with that of the block before."""
    block = policy.volume_block_sessions * int(grid.slots.max(initial=1))
    _walk(findings, bars, rows, np.empty(block), policy.volume_jump_ratio)


@compiled
def _walk(findings: Findings, bars: Bars, rows: Rows, held: Floats, limit: float) -> None:
    block = held.size
    for symbol in range(rows.starts.size - 1):
        begin, end = rows.starts[symbol], rows.starts[symbol + 1]
        before = 0.0
        for start in range(begin, end - block + 1, block):
            for j in range(block):
                held[j] = bars.volume[rows.order[start + j]]
            level = median(held)
            if before > 0.0 and level > 0.0:
                ratio = min(level / before, _MOST)
                if ratio >= limit or ratio <= 1.0 / limit:
                    k = _first_of_level(bars, rows, start, block, before, level)
                    now = bars.time[rows.order[k]]
                    tell(findings, _VOLUME_UNIT_JUMP, symbol, now, now, 1, ratio, limit)
            if level > 0.0:
                before = level


@compiled
def _first_of_level(
    bars: Bars, rows: Rows, start: int, block: int, before: float, level: float
) -> int:
    """Returns the bar from which on the volume is nearer to the new level, block end backwards."""
    middle = np.sqrt(before) * np.sqrt(level)
    k = start + block - 1
    # The change lies in this block or in the one before, at most a block and a half back.
    while k > start - block:
        volume = bars.volume[rows.order[k - 1]]
        if (volume >= middle) != (level > before):
            break
        k -= 1
    return k
