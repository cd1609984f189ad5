"""A run: the window of a table, through the signals and the kernel, to result tables."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain import errors, kernel
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.signals import targets
from aurelius_engine.domain.spec import BacktestSpec

BLOCK_STEPS = 65_536
# A panel lays out four prices of every symbol at every time: 2 GiB at the most.
PANEL_MAX_CELLS = 1 << 26
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The window as matrices on one clock. NaN where a symbol has no bar.

    `times` has shape (n_steps,), the prices (n_steps, n_symbols).
    """

    times: Ints
    symbols: tuple[str, ...]
    open: Floats
    high: Floats
    low: Floats
    close: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What the kernel left behind.

    `orders` has shape (n_orders, 6), `fills` (n_fills, 6), with the columns that
    kernel.py names; `equity` has shape (n_steps + 1, 3): cash, position value,
    equity; `held` has shape (n_symbols,).
    """

    panel: Panel
    orders: Floats
    fills: Floats
    equity: Floats
    held: Floats


def never_stop() -> bool:
    """Says that nobody cancels."""
    return False


def _selection(spec: BacktestSpec, table: MarketTable) -> tuple[tuple[str, ...], Ints, Ints]:
    """Returns the symbols, the rows in the window, and each row's place among the symbols."""
    names = spec.symbols or table.symbols
    code_of = {name: code for code, name in enumerate(table.symbols)}
    unknown = sorted(set(names) - code_of.keys())
    if unknown:
        raise errors.SymbolUnknown(
            f"the dataset has no symbol {unknown[0]}",
            found=unknown[0],
            allowed=", ".join(table.symbols[:20]),
        )
    code_to_place = np.full(len(table.symbols), -1, dtype=np.int64)
    for place, name in enumerate(names):
        code_to_place[code_of[name]] = place
    first, last = int(table.time[0]), int(table.time[-1])
    start = first if spec.start_ns is None else spec.start_ns
    end = last + 1 if spec.end_ns is None else spec.end_ns
    places = code_to_place[table.symbol.data]
    rows = np.flatnonzero((table.time >= start) & (table.time < end) & (places >= 0))
    if rows.size == 0:
        raise errors.WindowEmpty(
            f"no bar lies in [{start}, {end})",
            found=f"[{start}, {end})",
            allowed=f"within [{first}, {last}]",
        )
    times = table.time[rows]  # sorted, so each change is a new time
    steps = 1 + int(np.count_nonzero(times[1:] != times[:-1]))
    if steps * len(names) > PANEL_MAX_CELLS:
        raise errors.WindowTooLarge(
            f"{steps} times of {len(names)} symbols are {steps * len(names)} cells",
            found=steps * len(names),
            allowed=f"at most {PANEL_MAX_CELLS}",
        )
    return tuple(names), rows, places[rows]


def refuse_unrunnable(spec: BacktestSpec, table: MarketTable) -> None:
    """Refuses what `simulate` would refuse before its first step, at the cost of one count.

    Raises:
        SymbolUnknown, WindowEmpty, WindowTooLarge, LookbackTooLong: The run cannot begin.
    """
    names, _, places = _selection(spec, table)
    counts = np.bincount(places, minlength=len(names)).tolist()
    for name, bars in zip(names, counts, strict=True):
        _refuse_short(spec, name, bars)


def _refuse_short(spec: BacktestSpec, name: str, bars: int) -> None:
    needed = spec.template.bars_needed
    if bars < needed:
        raise errors.LookbackTooLong(
            f"{spec.template.name} needs {needed} bars of {name}, the window has {bars}",
            found=needed,
            allowed=f"at most {bars}",
            symbol=name,
        )


def panel_of(spec: BacktestSpec, table: MarketTable) -> Panel:
    """Selects the spec's symbols and window and lays them on one clock.

    Raises:
        SymbolUnknown, WindowEmpty, WindowTooLarge: The selection cannot be laid out.
    """
    names, rows, places = _selection(spec, table)
    times, steps = np.unique(table.time[rows], return_inverse=True)
    matrices = {}
    for name in ("open", "high", "low", "close"):
        matrix = np.full((times.size, len(names)), np.nan)
        matrix[steps, places] = getattr(table, name)[rows]
        matrices[name] = matrix
    return Panel(times=times, symbols=names, **matrices)


def wanted(
    spec: BacktestSpec, panel: Panel, should_stop: Callable[[], bool] = never_stop
) -> NDArray[np.int8]:
    """Returns the targets at each close, int8 (n_steps, n_symbols).

    Raises:
        LookbackTooLong: A symbol has fewer bars than the template needs.
        RunCancelled: `should_stop`, asked before each symbol, said so.
    """
    wants = np.zeros(panel.close.shape, dtype=np.int8)
    for place, name in enumerate(panel.symbols):
        _refuse_stopped(should_stop)
        rows = np.flatnonzero(~np.isnan(panel.close[:, place]))
        _refuse_short(spec, name, rows.size)
        wants[rows, place] = targets(
            spec.template,
            close=np.ascontiguousarray(panel.close[rows, place]),
            high=np.ascontiguousarray(panel.high[rows, place]),
            low=np.ascontiguousarray(panel.low[rows, place]),
        )
    return wants if spec.long_short else np.maximum(wants, np.int8(0))


def simulate(
    spec: BacktestSpec, table: MarketTable, should_stop: Callable[[], bool] = never_stop
) -> Simulation:
    """Runs a specification over a table.

    Args:
        spec: Resolved.
        table: Checked and sorted.
        should_stop: Asked before each symbol's signals, before each block of
            BLOCK_STEPS steps, and after the last.

    Raises:
        SymbolUnknown, WindowEmpty, WindowTooLarge, LookbackTooLong: The run cannot begin.
        RunCancelled: `should_stop` said so.
        AccountingBreach: The accounts do not add up.
    """
    panel = panel_of(spec, table)
    wants = wanted(spec, panel, should_stop)
    steps, symbols = wants.shape
    changes = int(np.count_nonzero(np.diff(wants.astype(np.int64), axis=0, prepend=0)))
    # A symbol without a bar keeps its target, which a row of zeros hides: count rows twice.
    capacity = 2 * changes + symbols
    orders = np.zeros((capacity, 6))
    fills = np.zeros((capacity + (steps * symbols if spec.long_short else 0), 6))
    equity = np.zeros((steps + 1, 3))
    equity[0] = spec.initial_cash, 0.0, spec.initial_cash
    account = np.array([spec.initial_cash, 0.0, -1.0, 0.0, 0.0])
    costs = np.array(
        [
            spec.equity_fraction_ratio,
            spec.commission_value_ratio,
            spec.commission_per_unit,
            spec.commission_minimum,
            1.0 if spec.integer_units else 0.0,
        ]
    )
    held, marks = np.zeros(symbols), np.zeros(symbols)
    state = np.zeros(2 + 2 * symbols, dtype=np.int64)
    state[2 + symbols :] = -1
    for first in range(0, steps, BLOCK_STEPS):
        _refuse_stopped(should_stop)
        last = min(first + BLOCK_STEPS, steps)
        kernel.run_block(
            first,
            last,
            panel.open,
            panel.close,
            wants,
            costs,
            account,
            held,
            marks,
            state,
            orders,
            fills,
            equity,
        )
    _refuse_stopped(should_stop)
    run = Simulation(
        panel=panel,
        orders=orders[: state[0]],
        fills=fills[: state[1]],
        equity=equity,
        held=held,
    )
    check_accounts(run, spec.initial_cash)
    return run


def _refuse_stopped(should_stop: Callable[[], bool]) -> None:
    if should_stop():
        raise errors.RunCancelled("a caller cancelled the run")


def check_accounts(run: Simulation, initial_cash: float) -> None:
    """Rebuilds cash and positions from the fills alone and compares every step.

    Raises:
        AccountingBreach: With the first step and the numbers.
    """
    steps = run.panel.times.size
    at = run.fills[:, 0].astype(np.int64)
    spent = np.bincount(
        at, weights=run.fills[:, 3] * run.fills[:, 4] + run.fills[:, 5], minlength=steps
    )
    cash = initial_cash - np.cumsum(spent)
    value = np.zeros(steps)
    for place in range(len(run.panel.symbols)):
        mine = run.fills[:, 2] == place
        if not mine.any():
            continue
        units = np.cumsum(np.bincount(at[mine], weights=run.fills[mine, 3], minlength=steps))
        value += units * _carried(run.panel.close[:, place])
    # Of the most that was at stake so far: the rounding of large sums outlives them.
    scale = 1e-9 * np.maximum.accumulate(initial_cash + np.abs(cash) + np.abs(value))
    for name, found, want in (
        ("cash", run.equity[1:, 0], cash),
        ("equity", run.equity[1:, 2], cash + value),
    ):
        bad = np.flatnonzero(~(np.abs(found - want) <= scale))
        if bad.size:
            raise _breach(int(bad[0]), name, float(found[bad[0]]), float(want[bad[0]]))
    below = np.flatnonzero(run.equity[:, 0] < 0.0)
    if below.size:
        step = int(below[0]) - 1
        raise _breach(step, "cash", float(run.equity[below[0], 0]), 0.0)


def _breach(step: int, name: str, found: float, allowed: float) -> errors.AccountingBreach:
    return errors.AccountingBreach(
        f"step {step}: {name} is {found!r}, the fills say {allowed!r}",
        step=step,
        quantity=name,
        found=found,
        allowed=allowed,
    )


def _carried(close: Floats) -> Floats:
    """Returns the last close at each step, 0 before the first."""
    known = np.where(np.isnan(close), 0, np.arange(close.size))
    carried: Floats = np.nan_to_num(close[np.maximum.accumulate(known)], nan=0.0)
    return carried
