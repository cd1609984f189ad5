"""Bars made of trades: by interval, count, units and value. docs/specs/data_events.md section 5."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain import errors
from aurelius_engine.domain.calendars import INTERVAL_MINUTES
from aurelius_engine.domain.events.schema import MarketEventType, fields_of
from aurelius_engine.domain.events.tables import Table
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.table_hash import coded_column
from aurelius_engine.domain.time_zones import DAY_NS, Zone

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_MINUTE_NS = 60_000_000_000
DAY = "DAY"
INTERVALS = (DAY, *INTERVAL_MINUTES)
INTERVAL, TRADE_COUNT, UNITS, VALUE = "interval", "trade_count", "units", "value"
_END_CODES = {INTERVAL: 0, TRADE_COUNT: 1, UNITS: 2, VALUE: 3}
# Columns of the bars that the kernel writes.
_OPEN, _HIGH, _LOW, _CLOSE, _VOLUME = range(5)
# Places of what a bar that is not over yet has so far.
_COUNT, _SIZE, _SIZE_LOST, _WORTH, _WORTH_LOST = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRule:
    """When a bar ends.

    Attributes:
        end: INTERVAL, TRADE_COUNT, UNITS or VALUE.
        interval: One of INTERVALS, or empty.
        threshold: What a bar has at least by another rule; above 0.
        excluded_flags: Trades with one of these are left out.
    """

    end: str
    interval: str = ""
    threshold: float = 0.0
    excluded_flags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The rule in one clause, the same for the same rule."""
        ends = {
            INTERVAL: f"with each {self.interval}",
            TRADE_COUNT: f"at {int(self.threshold)} trades",
            UNITS: f"at {self.threshold!r} units",
            VALUE: f"at a value of {self.threshold!r}",
        }
        left_out = ", ".join(sorted(self.excluded_flags))
        return f"{ends[self.end]}{f', without trades flagged {left_out}' if left_out else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trades:
    """Trades by (time, symbol, sequence); each array has shape (n,), `code` into `symbols`."""

    time: Ints
    code: Ints
    price: Floats
    size: Floats
    symbols: tuple[str, ...]


def chosen_trades(table: Table, rule: BarRule, symbols: Sequence[str]) -> Trades:
    """Returns the trades that a rule is for.

    Args:
        table: The canonical table of trades.
        rule: The rule.
        symbols: Which; empty means all.

    Raises:
        SymbolUnknown: There is no trade of one.
        DerivationRefused: The rule is for one symbol, or leaves no trade.
    """
    names = [field.name for field in fields_of(MarketEventType.TRADE)]
    column = dict(zip(names, table, strict=True))
    every = column["symbol"].values or ()
    for name in symbols:
        if name not in every:
            raise errors.SymbolUnknown(
                f"the dataset has no trade of {name}", found=name, allowed=", ".join(every[:20])
            )
    if rule.end != INTERVAL and len(symbols or every) != 1:
        raise errors.DerivationRefused(
            f"bars that end {rule.text} are made of one symbol: those of several have no "
            "common clock",
            found=f"{len(symbols or every)} symbols",
            allowed="1 symbol",
        )
    wanted = np.array([not symbols or name in symbols for name in every], np.bool_)
    kept = wanted[column["symbol"].data]
    flags = column["quality_flags"]
    out = [any(f in rule.excluded_flags for f in text.split(",")) for text in flags.values or ("",)]
    kept &= ~np.array(out, np.bool_)[flags.data]
    if not kept.any():
        raise errors.DerivationRefused(
            "no trade is left", found="no trade", allowed="at least 1 trade"
        )
    return Trades(
        time=column["event_time"].data[kept].astype(np.int64, copy=False),
        code=column["symbol"].data[kept].astype(np.int64),
        price=column["price"].data[kept].astype(np.float64, copy=False),
        size=column["size"].data[kept].astype(np.float64, copy=False),
        symbols=every,
    )


def bars_of_trades(
    trades: Trades, rule: BarRule, *, zone: Zone, as_of_time: int
) -> tuple[MarketTable, Ints]:
    """Returns the bars that are over, and when the first trade of each was, ns UTC.

    Args:
        trades: At least one.
        rule: When bars end.
        zone: That of the venue, whose dates are the days.
        as_of_time: Until when the trades are known, ns UTC.

    Raises:
        DerivationRefused: No bar is over.
    """
    groups = _groups(trades.time, rule, zone)
    known = int(_groups(np.array([as_of_time]), rule, zone)[0])
    prices, opened, codes, group = _bars(
        trades.time,
        trades.code,
        trades.price,
        trades.size,
        groups,
        _END_CODES[rule.end],
        rule.threshold,
        len(trades.symbols),
        known,
    )
    if opened.size == 0:
        raise errors.DerivationRefused(
            f"no bar that ends {rule.text} is over by the source's as_of_time",
            found="0 bars",
            allowed="at least 1 bar",
        )
    length = DAY_NS if rule.interval == DAY else _length(rule)
    time = group * length if rule.end == INTERVAL else opened
    order = np.lexsort((codes, time))
    names = ("open", "high", "low", "close", "volume")
    table = MarketTable.taking(
        time=time[order],
        symbol=coded_column("symbol", codes[order], trades.symbols),
        bars={name: prices[order, place].copy() for place, name in enumerate(names)},
    )
    return table, opened[order]


def _length(rule: BarRule) -> int:
    return INTERVAL_MINUTES[rule.interval] * _MINUTE_NS if rule.end == INTERVAL else 1


def _groups(times: Ints, rule: BarRule, zone: Zone) -> Ints:
    """Returns the number of each time's interval; of other rules the time."""
    if rule.interval == DAY:
        return zone.local(times) // DAY_NS
    return times // _length(rule)


@compiled
def _bars(
    time: Ints,
    code: Ints,
    price: Floats,
    size: Floats,
    group: Ints,
    end: int,
    threshold: float,
    symbols: int,
    known: int,
) -> tuple[Floats, Ints, Ints, Ints]:
    """Returns prices (n_bars, 5), the first trade's time, the symbol and the group of bars."""
    prices = np.empty((time.size, 5))
    opened, codes = np.empty(time.size, np.int64), np.empty(time.size, np.int64)
    groups = np.empty(time.size, np.int64)
    going = np.full(symbols, -1)  # the row of each symbol's bar that is not over
    last = np.zeros(symbols, np.int64)  # the time of its last trade
    so_far = np.zeros((symbols, 5))
    count = 0
    for i in range(time.size):
        s = code[i]
        bar = going[s]
        if bar >= 0:
            over = groups[bar] != group[i]
            if end > 0:  # trades of one moment are never parted
                over = time[i] != last[s] and _reached(so_far[s], end, threshold)
            if over:
                bar = -1
        if bar < 0:
            bar = count
            count += 1
            going[s] = bar
            opened[bar], codes[bar], groups[bar] = time[i], s, group[i]
            for place in range(4):
                prices[bar, place] = price[i]
            so_far[s, :] = 0.0
        prices[bar, _HIGH] = max(prices[bar, _HIGH], price[i])
        prices[bar, _LOW] = min(prices[bar, _LOW], price[i])
        prices[bar, _CLOSE] = price[i]
        so_far[s, _COUNT] += 1.0
        _add(so_far[s], _SIZE, size[i])
        _add(so_far[s], _WORTH, price[i] * size[i])
        prices[bar, _VOLUME] = so_far[s, _SIZE] + so_far[s, _SIZE_LOST]
        last[s] = time[i]
    whole = np.ones(count, np.bool_)
    for s in range(symbols):
        bar = going[s]
        if bar >= 0:
            if end > 0:  # a trade of the last moment may not be known yet
                whole[bar] = last[s] < known and _reached(so_far[s], end, threshold)
            else:
                whole[bar] = groups[bar] < known
    return prices[:count][whole], opened[:count][whole], codes[:count][whole], groups[:count][whole]


@compiled
def _add(so_far: Floats, place: int, value: float) -> None:
    """Adds to a sum and to what its rounding lost (Neumaier 1974)."""
    before = so_far[place]
    after = before + value
    if after == np.inf:  # nothing is lost of what no sum can hold
        pass
    elif abs(before) >= abs(value):
        so_far[place + 1] += (before - after) + value
    else:
        so_far[place + 1] += (value - after) + before
    so_far[place] = after


@compiled
def _reached(so_far: Floats, end: int, threshold: float) -> bool:
    found = so_far[_COUNT]
    if end == 2:
        found = so_far[_SIZE] + so_far[_SIZE_LOST]
    elif end == 3:
        found = so_far[_WORTH] + so_far[_WORTH_LOST]
    return bool(found >= threshold)
