"""The window of a table as matrices on one clock."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain import errors
from aurelius_engine.domain.market_table import BARS, LEVEL, OPTIONAL, MarketTable
from aurelius_engine.domain.spec import EPOCH, BacktestSpec

# A panel lays out each column of every symbol at every time: 0.5 GiB a column at the most.
PANEL_MAX_CELLS = 1 << 26
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Bars on one clock. NaN where a symbol has no bar.

    `times` has shape (n_steps,), int64 ns UTC, rising; the matrices have shape
    (n_steps, n_symbols), C order. `dividend` (quote currency a unit) and `split_ratio`
    (units after over units before, 1 for none) act at the open of their bar; `member` is 1
    where the symbol belongs to the universe, else 0; `delisting_return` belongs to the end
    that follows its bar. None where the data has no such column. `book`, shape
    (n_steps * n_symbols, 4 * levels), has the levels that the fill source of the run asks
    for, LEVEL for each, and 0 where there is no bar; None if it asks for none. Read-only:
    some are views of the table.
    """

    times: Ints
    symbols: tuple[str, ...]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    dividend: Floats | None
    split_ratio: Floats | None
    member: Floats | None = None
    delisting_return: Floats | None = None
    book: Floats | None = None


def _window(spec: BacktestSpec, table: MarketTable) -> tuple[int, int]:
    """Returns the first row in the window and the row after the last. Raises: WindowEmpty."""
    first, last = int(table.time[0]), int(table.time[-1])
    start = first if spec.start_ns is None else spec.start_ns
    end = last + 1 if spec.end_ns is None else spec.end_ns
    low, high = np.searchsorted(table.time, [start, end], side="left").tolist()
    if low == high:
        raise _empty(spec, table)
    return low, high


def _empty(spec: BacktestSpec, table: MarketTable) -> errors.WindowEmpty:
    first, last = int(table.time[0]), int(table.time[-1])
    start = first if spec.start_ns is None else spec.start_ns
    end = last + 1 if spec.end_ns is None else spec.end_ns
    window = f"[{time_text(start)}, {time_text(end)})"
    return errors.WindowEmpty(
        f"no bar lies in {window}",
        found=window,
        allowed=f"within [{time_text(first)}, {time_text(last)}]",
    )


def time_text(nanoseconds: int) -> str:
    """Returns a time as proto JSON has it, to the second."""
    moment = EPOCH + timedelta(seconds=nanoseconds // 1_000_000_000)
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def _grid_steps(names: tuple[str, ...], times: Ints, table: MarketTable) -> int:
    """Returns the steps of rows in which every symbol has a bar at every time, else 0.

    Rows are sorted and distinct by (time, symbol): n of one time are one of each of n symbols.
    """
    count = len(names)
    if names != table.symbols or times.size % count:
        return 0
    return times.size // count if np.array_equal(times[::count], times[count - 1 :: count]) else 0


def _selection(names: tuple[str, ...], spec: BacktestSpec, table: MarketTable) -> tuple[Ints, Ints]:
    """Returns the rows in the window and each row's place among `names`."""
    code_of = {name: code for code, name in enumerate(table.symbols)}
    unknown = sorted(set(names) - code_of.keys())
    if unknown:
        raise errors.SymbolUnknown(
            f"the dataset has no symbol {unknown[0]}",
            found=unknown[0],
            allowed=", ".join(table.symbols[:20]),
        )
    low, high = _window(spec, table)
    code_to_place = np.full(len(table.symbols), -1, dtype=np.int64)
    for place, name in enumerate(names):
        code_to_place[code_of[name]] = place
    places = code_to_place[table.symbol.data[low:high]]
    rows = np.flatnonzero(places >= 0)
    if rows.size == 0:
        raise _empty(spec, table)
    return rows + low, places[rows]


def rows_of(spec: BacktestSpec, table: MarketTable) -> Ints:
    """Returns the rows of a run's symbols in its window, rising.

    Raises:
        SymbolUnknown, WindowEmpty: There are none.
    """
    rows, _ = _selection(spec.symbols or table.symbols, spec, table)
    return rows


def _clock(times: Ints) -> tuple[Ints, Ints]:
    """Returns the distinct times of sorted ones, and the place of each."""
    changes = np.empty(times.size, dtype=np.bool_)
    changes[0] = True
    np.not_equal(times[1:], times[:-1], out=changes[1:])
    return times[changes], np.cumsum(changes, dtype=np.int64) - 1


def panel_of(spec: BacktestSpec, table: MarketTable, names: tuple[str, ...] = ()) -> Panel:
    """Lays the window's bars on one clock.

    Args:
        spec: Resolved.
        table: Checked and sorted.
        names: The symbols, in order; none means the spec's, or else all of the table.

    Raises:
        SymbolUnknown, WindowEmpty, WindowTooLarge: The selection cannot be laid out.
    """
    names = names or spec.symbols or table.symbols
    low, high = _window(spec, table)
    steps = _grid_steps(names, table.time[low:high], table)
    matrices: dict[str, Floats | None] = {}
    if steps:  # the table is the panel
        times = np.ascontiguousarray(table.time[low : high : len(names)])
    else:
        rows, places = _selection(names, spec, table)
        times, step_of = _clock(table.time[rows])
    _refuse_large(times.size, len(names))
    for name in (*BARS, *OPTIONAL):
        values = getattr(table, name)
        if values is None:
            matrices[name] = None
        elif steps:
            matrices[name] = values[low:high].reshape(steps, len(names))
        else:
            matrix = np.full((times.size, len(names)), np.nan)
            matrix[step_of, places] = values[rows]
            matrices[name] = matrix
    levels = min(spec.quote_levels, table.book_levels)
    if levels:
        _refuse_large(times.size, len(names), columns=len(LEVEL) * levels)
        book = np.zeros((times.size * len(names), len(LEVEL) * levels))
        cells = slice(None) if steps else step_of * len(names) + places
        taken = slice(low, high) if steps else rows
        for place in range(book.shape[1]):
            book[cells, place] = table.book[place][taken]
        matrices["book"] = book
    return Panel(times=times, symbols=names, **matrices)  # type: ignore[arg-type]


def with_warm_up(spec: BacktestSpec, table: MarketTable) -> BacktestSpec:
    """Returns the specification whose window begins `warm_up_bars` earlier, without warm-up.

    Bars are times at which a symbol of the run has one.

    Raises:
        SymbolUnknown, WindowEmpty: The window cannot be laid out.
        WarmUpMissing: The data has not as many bars before it.
    """
    if spec.warm_up_bars == 0:
        return spec
    low, _ = _window(spec, table)
    names = spec.symbols or table.symbols
    wanted = [code for code, name in enumerate(table.symbols) if name in names]
    times = table.time[:low]
    if len(wanted) < len(table.symbols):
        times = times[np.isin(table.symbol.data[:low], wanted)]
    times = np.unique(times)
    if times.size < spec.warm_up_bars:
        raise errors.WarmUpMissing(
            f"warm_up_bars is {spec.warm_up_bars}, and {times.size} bars are before the window",
            found=spec.warm_up_bars,
            allowed=f"at most {times.size}",
        )
    return replace(spec, start_ns=int(times[-spec.warm_up_bars]), warm_up_bars=0)


def bar_counts_of(spec: BacktestSpec, table: MarketTable) -> tuple[tuple[str, ...], list[int]]:
    """Returns the symbols of a run and how many bars each has in the window.

    Raises:
        SymbolUnknown, WindowEmpty, WindowTooLarge: The selection cannot be laid out.
    """
    names = spec.symbols or table.symbols
    low, high = _window(spec, table)
    steps = _grid_steps(names, table.time[low:high], table)
    if steps:
        _refuse_large(steps, len(names))
        return names, [steps] * len(names)
    rows, places = _selection(names, spec, table)
    times = table.time[rows]  # sorted, so each change is a new time
    _refuse_large(1 + int(np.count_nonzero(times[1:] != times[:-1])), len(names))
    return names, np.bincount(places, minlength=len(names)).tolist()


def held_values(symbol: str, spec: BacktestSpec, table: MarketTable, times: Ints) -> Floats:
    """Returns what a unit of a symbol, bought at its first close in the window, is worth.

    Without actions applied that is its close. With them it becomes the units that its splits
    make of it, and the dividends since, which stay cash, are added.

    Args:
        symbol: Of the table.
        spec: Resolved.
        table: Checked and sorted.
        times: Shape (n_steps,), rising, ns UTC.

    Returns:
        Shape (n_steps,), quote currency, as of the last bar at each time; NaN before the first.

    Raises:
        SymbolUnknown, WindowEmpty: It has no bar there.
    """
    rows, _ = _selection((symbol,), spec, table)
    values = table.close[rows]
    if spec.actions_applied and table.split_ratio is not None and table.dividend is not None:
        units = np.cumprod(np.concatenate(([1.0], table.split_ratio[rows[1:]])))
        paid = np.concatenate(([0.0], table.dividend[rows[1:]]))
        values = values * units + np.cumsum(paid * units)
    place = np.searchsorted(table.time[rows], times, side="right") - 1
    found: Floats = np.where(place < 0, np.nan, values[place])
    return found


def _refuse_large(steps: int, symbols: int, *, columns: int = 1) -> None:
    """Refuses what is too large: each matrix of bars by itself, the columns of a book together."""
    cells = steps * symbols * columns
    if cells > PANEL_MAX_CELLS:
        each = f" in {columns} columns of a book" if columns > 1 else ""
        raise errors.WindowTooLarge(
            f"{steps} times of {symbols} symbols{each} are {cells} cells",
            found=cells,
            allowed=f"at most {PANEL_MAX_CELLS}",
        )
