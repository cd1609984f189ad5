"""Made prices that go through regimes: for tests of strategies and gates, never for promotion.

docs/specs/data_universe.md section 5. A market of one regime after another, names that
share it, splits, dividends, and names that are delisted on the way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.table_hash import Column, string_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

VERSION = 1
DAY_NS = 86_400_000_000_000
FIRST_NS = 946_684_800_000_000_000  # 2000-01-01
BARS_MAX_COUNT = 100_000
SYMBOLS_MAX_COUNT = 1_000
CELLS_MAX_COUNT = 5_000_000
# Drift and deviation of a bar, the pull back to where the regime began, bars on average.
REGIMES: dict[str, tuple[float, float, float, float]] = {
    "calm": (0.0004, 0.007, 0.0, 120.0),
    "trend": (0.0012, 0.010, 0.0, 90.0),
    "sideways": (0.0, 0.012, 0.08, 80.0),
    "crash": (-0.008, 0.030, 0.0, 15.0),
    "recovery": (0.003, 0.020, 0.0, 40.0),
}
# The share of names that are delisted within a year of bars, and what each then brings.
_ENDS_A_BAR, _DELISTING_RETURN = 0.02 / 365.0, -0.3
# Of a bar's deviation, what is the market's and what the name's own: squares sum to 1.
_SHARED, _OWN = 0.6, 0.8
_SPLITS_ABOVE, _SPLIT_RATIO = 150.0, 2.0
_DIVIDEND_BARS, _DIVIDEND_RATIO = 91, 0.004
_UNIFORMS = 12  # summed: a deviate of variance 1 made of additions alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthetic:
    """Made bars, and the regime of the market at each, shape (n_rows,) as a column."""

    table: MarketTable
    regime: Column


def synthetic(*, symbols: int, bars: int, seed: int) -> Synthetic:
    """Returns one bar a day from 2000-01-01 on; the same arguments give the same bits.

    A name more, or a bar more, changes no bar of the others before it.

    Args:
        symbols: Names, in [1, SYMBOLS_MAX_COUNT].
        bars: Days, in [2, BARS_MAX_COUNT]; both multiplied at most CELLS_MAX_COUNT.
        seed: In [0, 2**64).

    Raises:
        ValueError: They are not.
    """
    if not (
        1 <= symbols <= SYMBOLS_MAX_COUNT
        and 2 <= bars <= BARS_MAX_COUNT
        and symbols * bars <= CELLS_MAX_COUNT
    ):
        raise ValueError(f"{symbols} symbols of {bars} bars")
    parameters = np.array(list(REGIMES.values()))
    market = stream(seed, "synthetic/market").random((bars, 2 + _UNIFORMS))
    regimes = _regimes(market[:, 0], market[:, 1], parameters[:, 3])
    names = [f"SYN{place:03}" for place in range(symbols)]
    parts = []
    for name in names:
        draws = stream(seed, f"synthetic/{name}").random((bars, _UNIFORMS + 4))
        parts.append(_walk(draws, market[:, 2:], regimes, parameters))
    lengths = [part.shape[0] for part in parts]
    columns = np.concatenate(parts)
    steps = np.concatenate([np.arange(length, dtype=np.int64) for length in lengths])
    kinds = ("open", "high", "low", "close", "volume", "dividend", "split_ratio", "member")
    values = {kind: columns[:, place].copy() for place, kind in enumerate(kinds)}
    values["delisting_return"] = columns[:, len(kinds)].copy()
    table = MarketTable.build(
        time=FIRST_NS + steps * DAY_NS,
        symbol=[name for name, length in zip(names, lengths, strict=True) for _ in range(length)],
        bars=values,
    )
    labels = list(REGIMES)
    at = ((table.time - FIRST_NS) // DAY_NS).tolist()
    told = [labels[regime] for regime in regimes.tolist()]
    return Synthetic(table=table, regime=string_column("regime", [told[step] for step in at]))


@compiled
def _regimes(leaves: Floats, enters: Floats, lengths: Floats) -> Ints:
    """Returns the regime of each bar: left with a chance of 1 over its length, for any other."""
    out = np.zeros(leaves.size, np.int64)
    for t in range(1, leaves.size):
        out[t] = out[t - 1]
        if leaves[t] < 1.0 / lengths[out[t]]:
            step = 1 + int(np.floor(enters[t] * (lengths.size - 1)))
            out[t] = (out[t] + step) % lengths.size
    return out


@compiled
def _deviate(uniforms: Floats) -> float:
    total = 0.0
    for uniform in uniforms:
        total += uniform
    return total - uniforms.size / 2.0


@compiled
def _cents(price: float) -> float:
    return float(max(np.floor(price * 100.0 + 0.5), 1.0) / 100.0)


@compiled
def _walk(draws: Floats, market: Floats, regimes: Ints, parameters: Floats) -> Floats:
    """Returns the bars of a name, a row each; fewer than there are steps if it is delisted."""
    steps = regimes.size
    out = np.zeros((steps, 9))
    extra = draws.shape[1] - 4
    price, anchor = 20.0 + 60.0 * draws[0, extra], 0.0
    anchor = price
    for t in range(steps):
        drift, size = parameters[regimes[t], 0], parameters[regimes[t], 1]
        if t > 0 and regimes[t] != regimes[t - 1]:
            anchor = price
        ratio = 1.0
        if price > _SPLITS_ABOVE:
            ratio = _SPLIT_RATIO
            price, anchor = price / ratio, anchor / ratio
        paid = 0.0
        if t > 0 and t % _DIVIDEND_BARS == 0:
            paid = _cents(price * _DIVIDEND_RATIO)
            price = max(price - paid, 0.01)
        noise = _SHARED * _deviate(market[t]) + _OWN * _deviate(draws[t, :extra])
        moved = drift + size * noise - parameters[regimes[t], 2] * (price / anchor - 1.0)
        first = _cents(price * (1.0 + 0.3 * size * (draws[t, extra + 1] - 0.5)))
        price = _cents(price * max(1.0 + moved, 0.5))
        out[t, 0], out[t, 3] = first, price
        out[t, 1] = _cents(max(first, price) * (1.0 + 0.5 * size * draws[t, extra + 2]))
        out[t, 2] = _cents(min(first, price) * (1.0 - 0.5 * size * draws[t, extra + 2]))
        out[t, 4] = np.floor(1e6 * (0.5 + draws[t, extra + 1] + 10.0 * abs(moved)))
        out[t, 5], out[t, 6], out[t, 7] = paid, ratio, 1.0
        if t > 0 and draws[t, extra + 3] < _ENDS_A_BAR:
            out[t, 8] = _DELISTING_RETURN
            return out[: t + 1]
    return out
