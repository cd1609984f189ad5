"""Market bars as a checked, sorted, columnar table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain import errors
from aurelius_engine.domain.table_hash import Column, string_column, table_hash

Floats = NDArray[np.float64]
PRICES = ("open", "high", "low", "close")
BARS = (*PRICES, "volume")
ACTIONS = ("dividend", "split_ratio")
UNIVERSE = ("member", "delisting_return")
OPTIONAL = (*ACTIONS, *UNIVERSE)
LEVEL = ("bid_price", "bid_size", "ask_price", "ask_size")
BOOK_LEVELS_MAX = 10
# The columns of a book, level by level, the best one first.
BOOK_COLUMNS = tuple(f"{name}_{level}" for level in range(1, BOOK_LEVELS_MAX + 1) for name in LEVEL)
SYMBOL_MAX_CHARACTERS = 64
SYMBOLS_MAX_COUNT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTable:
    """Bars sorted by (time, symbol). Each array has shape (n_rows,).

    `time` is int64 nanoseconds UTC; prices are in quote currency, each > 0;
    volume is in units, each >= 0 and without a sign: -0.0 would give equal data
    another hash. Corporate actions act at the open of their bar: `dividend` is in
    quote currency a unit, >= 0 (0 for none); `split_ratio` is units after over
    units before, > 0 (1 for none). `member` is 1 where the symbol belongs to the
    universe, else 0. `delisting_return` is what a unit still brought after its symbol's
    last bar, as a return on its close, >= -1, and 0 in every other row. Data without
    them has None there. `book` has the first columns of BOOK_COLUMNS, LEVEL for each level:
    what was bid and asked strictly before the bar's opening trade, in quote currency and in
    units, as of the bar's splits; 0 and 0 where nothing is shown.
    """

    time: NDArray[np.int64]
    symbol: Column
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    dividend: Floats | None = None
    split_ratio: Floats | None = None
    member: Floats | None = None
    delisting_return: Floats | None = None
    book: tuple[Floats, ...] = ()

    @classmethod
    def of_floats(
        cls, *, time: NDArray[np.int64], symbol: Column, floats: Mapping[str, Floats]
    ) -> "MarketTable":
        """Returns the table of columns that are sorted and checked; see `floats`.

        Raises:
            KeyError: A level of the book, or one before it, lacks a column.
        """
        levels = BOOK_COLUMNS[: len(LEVEL) * _levels_of(floats)]
        rest = {name: floats[name] for name in (*BARS, *OPTIONAL) if name in floats}
        return cls(time=time, symbol=symbol, book=tuple(floats[n] for n in levels), **rest)

    @classmethod
    def build(
        cls, *, time: NDArray[np.int64], symbol: Sequence[str], bars: dict[str, Floats]
    ) -> "MarketTable":
        """Sorts and checks rows given in any order.

        Args:
            time: Shape (n_rows,), nanoseconds UTC.
            symbol: One a row.
            bars: `open`, `high`, `low`, `close`, `volume`, `dividend` and `split_ratio`
                or neither, those of UNIVERSE that there are, and those of BOOK_COLUMNS up to
                a level; each of shape (n_rows,).

        Raises:
            DatasetEmpty, SymbolInvalid, PriceNotFinite, PriceNotPositive, HighBelowLow,
            PriceOutsideRange, VolumeNegative, ActionInvalid, UniverseInvalid, QuoteInvalid,
            DuplicateBar: With the first row at fault.
        """
        names = string_column("symbol", symbol)
        return cls.taking(time=time, symbol=names, bars=dict(bars))

    @classmethod
    def taking(
        cls, *, time: NDArray[np.int64], symbol: Column, bars: dict[str, Floats]
    ) -> "MarketTable":
        """Builds as `build` does, and empties `bars`: a large table is not there twice.

        Args:
            time: As of `build`.
            symbol: A string column; see `coded_column`.
            bars: As of `build`. The table may keep its arrays.

        Raises:
            EngineError: As of `build`.
        """
        if len(time) == 0:
            raise errors.DatasetEmpty("the table has no row", found=0, allowed="at least 1 row")
        _check_symbols(symbol)
        _check_rows(symbol, bars)
        _check_universe(time, symbol, bars)
        _check_book(symbol, bars)
        codes = symbol.data.astype(np.int32, copy=False)
        order = None if _is_sorted(time, codes) else np.lexsort((codes, time))
        if order is not None:
            time, codes = time[order], codes[order]
        _refuse_twins(time, codes, symbol, order)
        columns = {}
        for name in sorted(bars):
            values = bars.pop(name)
            columns[name] = np.ascontiguousarray(values if order is None else values[order])
        named = Column(name="symbol", data=codes, values=symbol.values)
        return cls.of_floats(time=time, symbol=named, floats=columns)

    def floats(self) -> dict[str, Floats]:
        """Returns the columns of floats that there are, by name, in schema order."""
        named = {name: getattr(self, name) for name in (*BARS, *OPTIONAL)}
        there = {name: values for name, values in named.items() if values is not None}
        return there | dict(zip(BOOK_COLUMNS, self.book, strict=False))

    def columns(self) -> tuple[Column, ...]:
        """Returns the columns in schema order."""
        return (
            Column(name="time", data=self.time),
            self.symbol,
            *(Column(name=name, data=data) for name, data in self.floats().items()),
        )

    @property
    def book_levels(self) -> int:
        """The levels of the book that the data has: 0 for none."""
        return len(self.book) // len(LEVEL)

    def data_hash(self) -> str:
        """Returns the digest of the logical table."""
        return table_hash(self.columns())

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols, in UTF-8 byte order."""
        return self.symbol.values or ()


def _is_sorted(time: NDArray[np.int64], codes: NDArray[Any]) -> bool:
    if (time[1:] < time[:-1]).any():
        return False
    return not ((codes[1:] < codes[:-1]) & (time[1:] == time[:-1])).any()


def _refuse_twins(
    time: NDArray[np.int64],
    codes: NDArray[Any],
    symbol: Column,
    order: NDArray[np.int64] | None,
) -> None:
    """Refuses a second row of a time and symbol; `order` are the rows of the file, if sorted."""
    same = np.flatnonzero((time[1:] == time[:-1]) & (codes[1:] == codes[:-1]))
    if len(same):
        place = int(same[0]) + 1
        row = place if order is None else int(order[place])
        raise errors.DuplicateBar(
            row=row,
            symbol=symbol.text(row),
            column="time",
            found=_time_text(int(time[place])),
            allowed="one row a (time, symbol)",
        )


def _check_symbols(column: Column) -> None:
    """Refuses a symbol that no list or message could carry, and too many of them."""
    texts = column.values or ()
    bad = [code for code, text in enumerate(texts) if not _is_symbol(text)]
    if bad:
        row = int(np.flatnonzero(np.isin(column.data, bad))[0])
        text = texts[int(column.data[row])]
        shown = repr(text[:SYMBOL_MAX_CHARACTERS])
        more = f" and {len(text) - SYMBOL_MAX_CHARACTERS} characters more"
        raise errors.SymbolInvalid(
            row=row,
            symbol=shown,
            column="symbol",
            found=shown + (more if len(text) > SYMBOL_MAX_CHARACTERS else ""),
            allowed=f"1 to {SYMBOL_MAX_CHARACTERS} printable characters, no blank at an end",
        )
    if len(texts) > SYMBOLS_MAX_COUNT:
        _, firsts = np.unique(column.data, return_index=True)
        row = int(np.sort(firsts)[SYMBOLS_MAX_COUNT])
        raise errors.SymbolInvalid(
            row=row,
            symbol=texts[int(column.data[row])],
            column="symbol",
            found=f"{len(texts)} symbols",
            allowed=f"at most {SYMBOLS_MAX_COUNT} symbols",
        )


def _is_symbol(text: str) -> bool:
    return 0 < len(text) <= SYMBOL_MAX_CHARACTERS and text.isprintable() and text == text.strip()


def _refuse(
    kind: type[errors.RowRefused],
    bad: NDArray[np.bool_],
    symbol: Column,
    column: str,
    found: Floats,
    allowed: Callable[[int], str],
) -> None:
    """Refuses the first bad row; `allowed` says of a row what is allowed there."""
    rows = np.flatnonzero(bad)
    if len(rows):
        row = int(rows[0])
        raise kind(
            row=row,
            symbol=symbol.text(row),
            column=column,
            found=repr(float(found[row])),
            allowed=allowed(row),
        )


def _check_rows(symbol: Column, bars: dict[str, Floats]) -> None:
    def always(text: str) -> Callable[[int], str]:
        return lambda _: text

    def at_least_the_low(row: int) -> str:
        return f"at least the low, {float(low[row])!r}"

    def within_the_bar(row: int) -> str:
        return f"within [low, high], [{float(low[row])!r}, {float(high[row])!r}]"

    finite, positive = always("finite numbers"), always("above 0")
    unsigned = always("at least 0, without a sign")
    for name in BARS:
        values = bars[name]
        _refuse(errors.PriceNotFinite, ~np.isfinite(values), symbol, name, values, finite)
    for name in PRICES:
        values = bars[name]
        _refuse(errors.PriceNotPositive, values <= 0, symbol, name, values, positive)
    low, high = bars["low"], bars["high"]
    _refuse(errors.HighBelowLow, high < low, symbol, "high", high, at_least_the_low)
    for name in ("open", "close"):
        values = bars[name]
        outside = (values < low) | (values > high)
        _refuse(errors.PriceOutsideRange, outside, symbol, name, values, within_the_bar)
    volume = bars["volume"]
    _refuse(errors.VolumeNegative, np.signbit(volume), symbol, "volume", volume, unsigned)
    for name in ACTIONS:
        actions = bars.get(name)
        if actions is not None:
            bad = ~np.isfinite(actions) | np.signbit(actions)
            bad |= (actions == 0.0) & (name == "split_ratio")
            allowed = "finite and above 0" if name == "split_ratio" else "finite and at least 0"
            _refuse(errors.ActionInvalid, bad, symbol, name, actions, always(allowed))


def _check_universe(time: NDArray[np.int64], symbol: Column, bars: dict[str, Floats]) -> None:
    member, returned = bars.get("member"), bars.get("delisting_return")
    if member is not None:
        bad = ((member != 0.0) & (member != 1.0)) | np.signbit(member)
        _refuse(errors.UniverseInvalid, bad, symbol, "member", member, lambda _: "0 or 1")
    if returned is not None:
        codes = symbol.data.astype(np.int64)
        last = np.full(int(codes.max()) + 1, np.iinfo(np.int64).min)
        np.maximum.at(last, codes, time)
        bad = ~(returned >= -1.0) | np.isinf(returned) | (np.signbit(returned) & (returned == 0.0))
        bad |= (returned != 0.0) & (time != last[codes])
        _refuse(
            errors.UniverseInvalid,
            bad,
            symbol,
            "delisting_return",
            returned,
            lambda _: "finite and at least -1 in the last row of a symbol, 0 in the others",
        )


def _levels_of(floats: Mapping[str, Floats]) -> int:
    """Returns how many levels of the book have a column, up to the last such."""
    columns = sum(name in floats for name in BOOK_COLUMNS)
    return -(-columns // len(LEVEL))


def _check_book(symbol: Column, bars: dict[str, Floats]) -> None:
    """Refuses what no book shows: gaps between levels, levels out of order, crossed sides."""

    def check(bad: NDArray[np.bool_], column: str, allowed: str) -> None:
        _refuse(errors.QuoteInvalid, bad, symbol, column, bars[column], lambda _: allowed)

    for level in range(1, _levels_of(bars) + 1):
        for side, rises in (("bid", False), ("ask", True)):
            name, units = f"{side}_price_{level}", f"{side}_size_{level}"
            price, size = bars[name], bars[units]
            for column, values in ((name, price), (units, size)):
                unsigned = np.isfinite(values) & ~np.signbit(values)
                check(~unsigned, column, "finite and at least 0, without a sign")
            check((price == 0.0) != (size == 0.0), name, f"0 where {units} is 0, and nowhere else")
            if level > 1:
                best = bars[f"{side}_price_{level - 1}"]
                further = price > best if rises else price < best
                text = f"{'above' if rises else 'below'} the level before, or 0"
                check((price != 0.0) & ((best == 0.0) | ~further), name, text)
    if "bid_price_1" in bars:
        bid, ask = bars["bid_price_1"], bars["ask_price_1"]
        check((bid > ask) & (ask != 0.0), "bid_price_1", "at most ask_price_1")


def _time_text(nanoseconds: int) -> str:
    """Returns a time as ISO 8601 in UTC, and as the table counts it."""
    iso = str(np.datetime64(nanoseconds, "ns")).rstrip("0").rstrip(".")
    return f"{iso}Z, {nanoseconds} ns"
