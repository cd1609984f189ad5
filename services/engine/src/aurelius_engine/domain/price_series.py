"""What data says of prices: series in the order of time, and what they are within windows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.events.schema import MarketEventType, Values, fields_of
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.time_zones import DAY_NS, Zone

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Windows = tuple[Ints, Ints]
_HALF_HOUR_NS = DAY_NS // 48


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeries:
    """Prices above 0 by time; each array has shape (n,), `code` in [0, symbols)."""

    time: Ints
    code: NDArray[np.int32]
    price: Floats
    symbols: int

    def at(self, rows: NDArray[np.bool_] | slice) -> "PriceSeries":
        """Returns some of the rows."""
        return PriceSeries(
            time=self.time[rows],
            code=self.code[rows],
            price=self.price[rows],
            symbols=self.symbols,
        )

    def shown_in(self, zone: Zone) -> "PriceSeries":
        """Returns the series by what clocks of a zone show."""
        return replace(self, time=zone.local(self.time))

    def last_within(self, windows: Windows) -> "PriceSeries":
        """Returns the last price of each symbol within each window.

        Args:
            windows: The first time of each and the time after its last; none overlap.
        """
        begin, end = windows
        if begin.size == 0 or self.time.size == 0:
            return self.at(slice(0, 0))
        return self.at(_last_within(self.time, self.code, begin, end, self.symbols))

    def last_of_each(self, length: int, *, later: int) -> "PriceSeries":
        """Returns the last prices within multiples of a length, all `later` by so much."""
        if self.time.size == 0:
            return self
        first, last = int(self.time.min()) // length - 1, int(self.time.max()) // length
        begin = np.arange(first, last + 1, dtype=np.int64) * length + later
        return self.last_within((begin, begin + length))


def series_of(data: MarketTable | EventTables) -> Iterator[PriceSeries]:
    """Returns the series that bars could be made of, or compared with.

    Of bars it is the close; of events trades, also those without a flag alone, closes, bids,
    asks and what is between, the underlying's prices, and each reported item.
    """
    if isinstance(data, MarketTable):
        yield _series(data.time, data.symbol.data, data.close)
        return
    for kind in data.types:
        names = [field.name for field in fields_of(kind)]
        columns = dict(zip(names, data.tables[kind], strict=True))
        values: dict[str, Values] = {name: column.data for name, column in columns.items()}
        time, code = values["event_time"], values["symbol"]
        if kind is MarketEventType.QUOTE:
            bid, ask = values["bid_price"], values["ask_price"]
            for price in (bid, ask, np.where((bid > 0.0) & (ask > 0.0), (bid + ask) / 2.0, 0.0)):
                yield _series(time, code, price)
        elif kind is MarketEventType.TRADE:
            yield _series(time, code, values["price"])
            plain = np.array([not text for text in columns["quality_flags"].values or ("",)])
            unflagged = plain[values["quality_flags"]]
            if not unflagged.all():
                yield _series(time, code, np.where(unflagged, values["price"], 0.0))
        elif kind is MarketEventType.BAR:
            yield _series(time, code, values["close"])
        elif kind is MarketEventType.OPTIONS_CHAIN:
            yield _series(time, code, values["underlying_price"])
        elif "item" in values:
            items = len(columns["item"].values or ("",))
            yield _series(time, code.astype(np.int64) * items + values["item"], values["value"])


def _series(time: Ints, code: Values, price: Floats) -> PriceSeries:
    known = price > 0.0
    if not known.all():
        time, code, price = time[known], code[known], price[known]
    most = int(code.max()) + 1 if code.size else 0
    if code.dtype == np.int64:  # of items: most pairs of a symbol and an item do not occur
        found, code = np.unique(code, return_inverse=True)
        most = found.size
    return PriceSeries(
        time=time.astype(np.int64, copy=False),
        code=code.astype(np.int32, copy=False),
        price=price.astype(np.float64, copy=False),
        symbols=most,
    )


@compiled
def _last_within(
    time: Ints, code: NDArray[np.int32], begin: Ints, end: Ints, symbols: int
) -> NDArray[np.bool_]:
    """Returns which rows are the last of their symbol in their window."""
    kept = np.zeros(time.size, np.bool_)
    last = np.full(symbols, -1)  # the row of each symbol's last price in a window
    place = np.zeros(symbols, np.int64)  # and the window
    window = 0
    for row in range(time.size):
        # Local times go back where clocks do.
        while window > 0 and time[row] < begin[window]:
            window -= 1
        while window + 1 < begin.size and time[row] >= begin[window + 1]:
            window += 1
        if time[row] < begin[window] or time[row] >= end[window]:
            continue
        name = code[row]
        if last[name] >= 0 and place[name] != window:
            kept[last[name]] = True
        last[name], place[name] = row, window
    for name in range(symbols):
        if last[name] >= 0:
            kept[last[name]] = True
    return kept


def distinct_times(series: PriceSeries, first: int, last: int) -> Ints:
    """Returns the distinct times of a series from `first` to `last`, rising."""
    low = np.searchsorted(series.time, first, side="left")
    high = np.searchsorted(series.time, last, side="right")
    time = series.time[low:high]
    if time.size == 0:
        return time
    return time[np.concatenate(([True], time[1:] != time[:-1]))]


def windows_of(time: Ints) -> Iterator[Windows]:
    """Returns what bars of these times may be of, if each is the begin or the end of its bar.

    A bar goes to the next one, or has the length that most have. What has the time of an
    end belongs to it if it is a bar that is labelled by its own end, and else to the next.

    Args:
        time: At least two times, rising.
    """
    gaps = time[1:] - time[:-1]
    lengths, counts = np.unique(gaps, return_counts=True)
    usual = int(lengths[np.argmax(counts)])
    to_next = np.append(time[1:], time[-1] + usual)
    since_last = np.insert(time[:-1], 0, time[0] - usual)
    found = [(time, to_next)]
    if lengths.size > 1:
        found.append((time, np.minimum(to_next, time + usual)))
        found.append((np.maximum(since_last, time - usual), time))
    for begin, end in found:
        yield begin, end
        yield begin + 1, end + 1


def at_closes(series: PriceSeries, dates: Ints) -> Iterator[PriceSeries]:
    """Returns the last prices before each half-hour of each date, where a session may end.

    Args:
        series: By what clocks of the venue show.
        dates: Midnights, rising.
    """
    for later in (0, 1):
        halves = series.last_of_each(_HALF_HOUR_NS, later=later)
        for close in range(_HALF_HOUR_NS, DAY_NS, _HALF_HOUR_NS):
            end = dates + close + later
            yield halves.last_within((end - DAY_NS, end))
