"""Bars against the ones before them: stale, untraded, moved as by a split."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled, compiled_without_memory
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.quality.checks import place_of
from aurelius_engine.domain.quality.findings import Findings, end_run, extend, tell
from aurelius_engine.domain.quality.policy import QualityPolicy
from aurelius_engine.domain.quality.rows import Rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_STALE_BARS = place_of("stale_bars")
_UNTRADED_BARS = place_of("untraded_bars")
_ZERO_VOLUME = place_of("zero_volume")
_UNSTATED_SPLIT = place_of("unstated_split")
_SPLIT_LIKE_JUMP = place_of("split_like_jump")


class Bars(NamedTuple):
    """The columns of a table. `split_ratio` and `dividend` are empty where it has none."""

    time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    dividend: Floats
    split_ratio: Floats


def bars_of(table: MarketTable) -> Bars:
    """Returns the columns of a table."""
    none = np.empty(0)
    return Bars(
        time=table.time,
        open=table.open,
        high=table.high,
        low=table.low,
        close=table.close,
        volume=table.volume,
        dividend=none if table.dividend is None else table.dividend,
        split_ratio=none if table.split_ratio is None else table.split_ratio,
    )


def walk_prices(
    findings: Findings,
    bars: Bars,
    rows: Rows,
    fresh: Bytes,
    policy: QualityPolicy,
    *,
    as_traded: bool,
) -> None:
    """Compares every bar with the one before.

    Args:
        findings: Where they go.
        bars: The table's columns.
        rows: Of its symbols.
        fresh: 1 where a bar is the first of its day.
        policy: The thresholds.
        as_traded: Whether the provenance says that prices are not adjusted.
    """
    # Columns without an action state none: they could be added to any file.
    acts = bool(np.any(bars.split_ratio != 1.0)) or bool(np.any(bars.dividend != 0.0))
    unstated = as_traded and not acts
    _walk(
        findings,
        bars,
        rows,
        fresh,
        np.array(policy.split_ratios),
        policy.split_tolerance_ratio,
        (policy.stale_bars, policy.untraded_bars),
        _UNSTATED_SPLIT if unstated else _SPLIT_LIKE_JUMP,
    )


@compiled
def _walk(
    findings: Findings,
    bars: Bars,
    rows: Rows,
    fresh: Bytes,
    ratios: Floats,
    tolerance: float,
    least: tuple[int, int],
    jump: int,
) -> None:
    stated = bars.split_ratio.size > 0
    for symbol in range(rows.starts.size - 1):
        begin, end = rows.starts[symbol], rows.starts[symbol + 1]
        for k in range(begin, end):
            i = rows.order[k]
            now = bars.time[i]
            if bars.volume[i] == 0.0:
                extend(findings, _ZERO_VOLUME, now)
            else:
                end_run(findings, _ZERO_VOLUME, symbol, 1)
            if k == begin:
                extend(findings, _STALE_BARS, now)
                extend(findings, _UNTRADED_BARS, now)
                continue
            p = rows.order[k - 1]
            if not _same(bars, i, p):
                end_run(findings, _STALE_BARS, symbol, least[0])
            extend(findings, _STALE_BARS, now)
            if bars.volume[i] != 0.0 or bars.close[i] != bars.close[p]:
                end_run(findings, _UNTRADED_BARS, symbol, least[1])
            extend(findings, _UNTRADED_BARS, now)
            if fresh[k] and not (stated and bars.split_ratio[i] != 1.0):
                paid = bars.dividend[i] if stated else 0.0
                moved = bars.close[p] / (bars.open[i] + paid)
                if moved >= 1.0:
                    near = _nearest(moved, ratios, tolerance)
                else:
                    near = _nearest(1.0 / moved, ratios, tolerance)
                if near > 0.0:
                    tell(
                        findings, jump, symbol, now, now, 1, moved, near if moved > 1 else 1 / near
                    )
        end_run(findings, _ZERO_VOLUME, symbol, 1)
        end_run(findings, _STALE_BARS, symbol, least[0])
        end_run(findings, _UNTRADED_BARS, symbol, least[1])


@compiled_without_memory
def _same(bars: Bars, i: int, p: int) -> bool:
    return bool(
        bars.close[i] == bars.close[p]
        and bars.open[i] == bars.open[p]
        and bars.high[i] == bars.high[p]
        and bars.low[i] == bars.low[p]
        and bars.volume[i] == bars.volume[p]
    )


@compiled_without_memory
def _nearest(moved: float, ratios: Floats, tolerance: float) -> float:
    """Returns the ratio that a move is within the tolerance of, or 0."""
    for ratio in ratios:
        if abs(moved / ratio - 1.0) <= tolerance:
            return float(ratio)
    return 0.0
