"""Markets of the gate calibration: blocks of real days, in which nobody can have skill.

Days of the bundled data are drawn in blocks of random length (Politis and Romano 1994), the
same days for all symbols, so that volatility keeps its clusters and symbols their correlation.
Only + - * / are used: a seed gives the same prices on every machine.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.streams import Stream
from aurelius_engine.domain.table_hash import Column

Floats = NDArray[np.float64]
DATA = Path(__file__).resolve().parent.parent / "data"
MEAN_BLOCK_DAYS = 20.0
FIRST_PRICE = 100.0
# A planted market leans after the side of the past return over so many days.
PLANTED_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days on which all symbols of a bundled file traded, each against the day before.

    The ratios have shape (n_days, n_symbols), are above 0, and are free of splits.

    Attributes:
        gap: Open over the close before.
        body: Close over open.
        top: High over open.
        bottom: Low over open.
        volume: Units.
    """

    file: str
    calendar: str
    symbols: tuple[str, ...]
    times: NDArray[np.int64]
    gap: Floats
    body: Floats
    top: Floats
    bottom: Floats
    volume: Floats

    @property
    def deviations(self) -> Floats:
        """The deviation of each symbol's daily returns, shape (n_symbols,)."""
        found: Floats = (self.gap * self.body).std(axis=0)
        return found


def days_of(file: str, calendar: str) -> Days:
    """Reads a bundled file. Days on which a symbol has no bar are left out."""
    table = pq.read_table(DATA / file)
    times = table["time"].cast("int64").to_numpy()
    names = np.array(table["symbol"].to_pylist())
    symbols = tuple(sorted(set(names.tolist())))
    own = {name: np.flatnonzero(names == name) for name in symbols}
    shared = np.array(sorted(set.intersection(*(set(times[own[s]].tolist()) for s in symbols))))
    rows = np.stack(
        [own[s][np.searchsorted(times[own[s]], shared)] for s in symbols], axis=1
    )  # shape (n_days, n_symbols)
    opens, high, low, close, volume = (
        table[name].to_numpy()[rows] for name in ("open", "high", "low", "close", "volume")
    )
    split = np.ones(rows.shape)
    if "split_ratio" in table.column_names:
        split = table["split_ratio"].to_numpy()[rows]
    return Days(
        file=file,
        calendar=calendar,
        symbols=symbols,
        times=shared[1:],
        gap=(opens[1:] * split[1:]) / close[:-1],
        body=close[1:] / opens[1:],
        top=high[1:] / opens[1:],
        bottom=low[1:] / opens[1:],
        volume=volume[1:],
    )


def bundled_days() -> Sequence[Days]:
    """Returns the days of the bundled files that markets are made of."""
    return (
        days_of("us_equities_with_actions.parquet", "XNYS"),
        days_of("ph_equities_daily.parquet", "XPHS"),
    )


def drawn(days: Days, stream: Stream) -> Days:
    """Draws as many days as there are, in blocks, and mirrors each at random.

    A ratio r becomes r or 1 / r with equal chance, the night and the day apart but all symbols
    together, over the mean of both. Whatever a strategy knows, each price is then expected to
    stay where it is: drift and what blocks keep of serial dependence are gone.
    """
    count = len(days.times)
    places = _places(count, stream)
    up = stream.random((2, count, 1)) < 0.5
    gap, body, top, bottom = (each[places] for each in (days.gap, days.body, days.top, days.bottom))
    night = np.where(up[0], gap, 1.0 / gap) * (2.0 / (gap + 1.0 / gap))
    move = np.where(up[1], body, 1.0 / body) * (2.0 / (body + 1.0 / body))
    most = np.where(up[1], top, 1.0 / bottom)
    least = np.where(up[1], bottom, 1.0 / top)
    return Days(
        file=days.file,
        calendar=days.calendar,
        symbols=days.symbols,
        times=days.times,
        gap=night,
        body=move,
        top=np.maximum(most, 1.0),
        bottom=np.minimum(least, 1.0),
        volume=days.volume[places],
    )


def drawn_with_memory(days: Days, stream: Stream) -> Days:
    """Draws days in blocks, as they were but for the drift of each symbol.

    Each ratio is over its mean, so that no symbol rises. What one day says of the next is kept
    inside blocks: a strategy may have a little skill.
    """
    places = _places(len(days.times), stream)

    def level(ratios: Floats) -> Floats:
        means = [math.fsum(ratios[:, s].tolist()) / len(ratios) for s in range(ratios.shape[1])]
        found: Floats = ratios / np.array(means)
        return found[places]

    body = level(days.body)
    return Days(
        file=days.file,
        calendar=days.calendar,
        symbols=days.symbols,
        times=days.times,
        gap=level(days.gap),
        body=body,
        top=days.top[places],
        bottom=days.bottom[places],
        volume=days.volume[places],
    )


def _places(count: int, stream: Stream) -> NDArray[np.int64]:
    """Returns the drawn days: blocks that begin anywhere, wrapped at the end."""
    draws = stream.random((2, count))
    begins = draws[1] * MEAN_BLOCK_DAYS < 1.0
    begins[0] = True
    starts = np.minimum((draws[0] * count).astype(np.int64), count - 1)
    last = np.maximum.accumulate(np.where(begins, np.arange(count), 0))
    found: NDArray[np.int64] = (starts[last] + np.arange(count) - last) % count
    return found


def market(days: Days, lean: Floats | None = None) -> MarketTable:
    """Returns the bars that days make, from the same price on for every symbol.

    Args:
        days: Drawn.
        lean: What a symbol's day gains after a positive return over PLANTED_DAYS, and loses
            after a negative one, as a fraction; shape (n_symbols,). None plants nothing.
    """
    count, width = days.gap.shape
    body = days.body
    if lean is None:
        close = FIRST_PRICE * np.cumprod(days.gap * body, axis=0)
    else:
        close, body = _leaning(days, lean)
    before = np.concatenate((np.full((1, width), FIRST_PRICE), close[:-1]))
    opens = before * days.gap
    columns = {
        "open": opens,
        "high": np.maximum(opens * days.top, np.maximum(opens, close)),
        "low": np.minimum(opens * days.bottom, np.minimum(opens, close)),
        "close": close,
        "volume": days.volume,
    }
    codes = np.tile(np.arange(width, dtype=np.int32), count)
    return MarketTable.taking(
        time=np.repeat(days.times, width),
        symbol=Column(name="symbol", data=codes, values=days.symbols),
        bars={name: np.ascontiguousarray(values.reshape(-1)) for name, values in columns.items()},
    )


def _leaning(days: Days, lean: Floats) -> tuple[Floats, Floats]:
    """Returns closes and bodies of days that lean after their past."""
    count, width = days.gap.shape
    close, body = np.empty((count, width)), np.empty((count, width))
    level = np.full(width, FIRST_PRICE)
    for day in range(count):
        side = np.zeros(width)
        if day > PLANTED_DAYS:
            side = np.sign(close[day - 1] - close[day - 1 - PLANTED_DAYS])
        body[day] = days.body[day] * (1.0 + lean * side)
        level = level * days.gap[day] * body[day]
        close[day] = level
    return close, body
