"""A run: the window of a table, through signals and decisions, to the event core and its audit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from aurelius_engine.beside import at_once, begin
from aurelius_engine.domain import errors, portfolio, strategies, universe
from aurelius_engine.domain.bar_intervals import refuse_other_interval, window_end
from aurelius_engine.domain.core.audit import (
    SOUND,
    Book,
    Breach,
    audit_marks,
    audit_orders,
    new_book,
    no_breach,
)
from aurelius_engine.domain.core.build import grown, new_run, simulation_of
from aurelius_engine.domain.core.codes import ORDER_TYPES, TIMES_IN_FORCE
from aurelius_engine.domain.core.decisions import (
    Decisions,
    ScheduledOrders,
    no_decisions,
    no_orders,
)
from aurelius_engine.domain.core.kernel import run_until
from aurelius_engine.domain.core.layout import (
    Arrays,
    Floats,
    Ints,
    Run,
    as_it_stands,
    run_of,
)
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import Panel, bar_counts_of, panel_of, time_text, with_warm_up
from aurelius_engine.domain.spec import BacktestSpec, nanoseconds
from aurelius_engine.domain.strategies.prices import comparable

# Small enough that the audit finds the marks of a block in the cache.
BLOCK_STEPS = 16_384
# From so many bars on, a block is audited on another thread while the next one runs. Blocks
# are larger then: to hand one over takes as long as to run some thousand bars.
LONG_CELLS, BLOCK_CELLS = 1 << 18, 1 << 17
# Signals of a plug-in: (n_steps, n_symbols) for the panel.
PluginSignals = Callable[[BacktestSpec, Panel], Floats]
_AUDITED = ("", "cash", "position value", "equity", "price of a fill", "units filled of order")


def never_stop() -> bool:
    """Says that nobody cancels."""
    return False


def no_plugins(spec: BacktestSpec, panel: Panel) -> Floats:
    """Stands where a run has no plug-in. Raises: ValueError: It has one."""
    raise ValueError(f"nothing computes the signals of {spec.strategy.name}")


def refuse_contradictions(spec: BacktestSpec, table: MarketTable) -> None:
    """Refuses what the specification alone, or beside the data's columns, rules out.

    Raises:
        SpecContradiction, DataColumnMissing: It cannot run.
    """
    starts = [tier[0] for tier in spec.commission.tiers]
    if starts != sorted(set(starts)):
        raise errors.SpecContradiction(
            "commission.tiers do not rise", found=repr(starts), allowed="rising from_value"
        )
    if spec.quote_levels and spec.same_close:
        raise errors.SpecContradiction(
            "no quote is in force at a close: fill_source is of quotes, and fill_rule SAME_CLOSE",
            found="FILL_RULE_SAME_CLOSE",
            allowed="FILL_RULE_NEXT_OPEN, or FILL_SOURCE_BARS",
        )
    needed = min(spec.quote_levels, 2)  # one level is a quote, and no book
    if table.book_levels < needed:
        raise errors.DataColumnMissing(
            f"the data has {table.book_levels} levels of a book",
            found="FILL_SOURCE_QUOTES" if needed == 1 else "FILL_SOURCE_BOOK",
            allowed=f"data with bid_price_{needed} and the other columns of the level",
            column=f"bid_price_{needed}",
        )
    if spec.actions_applied and (table.dividend is None or table.split_ratio is None):
        raise errors.DataColumnMissing(
            "the data has no corporate actions",
            found="CORPORATE_ACTIONS_APPLIED",
            allowed="data with the columns dividend and split_ratio",
            column="split_ratio",
        )


def refuse_unrunnable(spec: BacktestSpec, table: MarketTable) -> None:
    """Refuses most of what `simulate` would refuse before its first step, at the cost of a count.

    Raises:
        EngineError: The run cannot begin.
    """
    refuse_contradictions(spec, table)
    portfolio.refuse_contradictions(spec)
    names, counts = bar_counts_of(with_warm_up(spec, table), table)
    strategies.refuse_unfit(spec, names, counts, has_dividends=table.dividend is not None)


def scheduled_orders(spec: BacktestSpec, panel: Panel) -> ScheduledOrders:
    """Returns the orders of an order list, each at the last step at or before its time.

    Raises:
        SymbolUnknown: An order is for a symbol that the run does not trade.
        OrderOutsideWindow: An order is before the first bar, or after the last one.
        OrderOutsideUniverse: An order's symbol is no member when it is sent.
    """
    rows = spec.strategy.parameters["orders"]
    place = {name: i for i, name in enumerate(panel.symbols)}
    times = np.array([nanoseconds(row["time"]) for row in rows], dtype=np.int64)
    steps = np.searchsorted(panel.times, times, side="right") - 1
    begin, end = int(panel.times[0]), window_end(spec, panel)
    for row, time in zip(rows, times.tolist(), strict=True):
        if row["symbol"] not in place:
            raise errors.SymbolUnknown(
                f"the run does not trade {row['symbol']}",
                found=row["symbol"],
                allowed=", ".join(panel.symbols[:20]),
            )
        if not begin <= time < end:
            where = "before the first bar" if time < begin else "after the last bar"
            raise errors.OrderOutsideWindow(
                f"an order of {row['time']} is {where}",
                found=row["time"],
                allowed=f"[{time_text(begin)}, {time_text(end)})",
            )
    symbols = np.array([place[row["symbol"]] for row in rows], dtype=np.int64)
    universe.refuse_outsiders(panel, steps, symbols, [row["time"] for row in rows])
    order = np.argsort(steps, kind="stable")

    def ints(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)[order]

    def floats(name: str) -> Floats:
        return np.array([float(row.get(name, np.nan)) for row in rows])[order]

    return ScheduledOrders(
        step=steps[order],
        symbol=symbols[order],
        kind=ints([ORDER_TYPES[row["type"]] for row in rows]),
        time_in_force=ints([TIMES_IN_FORCE[row["timeInForce"]] for row in rows]),
        quantity=floats("quantity"),
        limit=floats("limitPrice"),
        stop=floats("stopPrice"),
        group=ints([int(row["oneCancelsOtherGroup"]) for row in rows]),
    )


def decided(
    spec: BacktestSpec,
    panel: Panel,
    *,
    warm_up: int = 0,
    periods_per_year: float,
    plugin_signals: PluginSignals = no_plugins,
    should_stop: Callable[[], bool] = never_stop,
) -> Decisions:
    """Returns the targets that the strategy and the sizing decide on.

    The first `warm_up` steps of the panel are before the run's own: nothing is decided there,
    and the steps of the decisions count from the one after them.
    """
    if spec.strategy.name == "orderList":
        return no_decisions()
    if spec.strategy.name == "plugin":
        signals = plugin_signals(spec, comparable(spec, panel))
    else:
        signals = strategies.signals(spec, panel, periods_per_year, should_stop)
    _refuse_stopped(should_stop)
    signals = universe.member_signals(spec, panel, signals)
    if warm_up:
        signals = signals.copy()
        signals[:warm_up] = np.nan
    found = portfolio.decisions(spec, panel, signals, periods_per_year, should_stop)
    return replace(found, step=found.step - warm_up) if warm_up else found


def planned(
    spec: BacktestSpec,
    table: MarketTable,
    *,
    periods_per_year: float,
    plugin_signals: PluginSignals = no_plugins,
    should_stop: Callable[[], bool] = never_stop,
) -> tuple[Panel, Decisions, ScheduledOrders]:
    """Returns the bars of a run and what is to be ordered at them. Nothing is filled yet.

    Raises:
        EngineError: The run cannot begin, or was cancelled.
    """
    refuse_contradictions(spec, table)
    panel = panel_of(spec, table)
    refuse_other_interval(spec, panel)
    seen = panel_of(with_warm_up(spec, table), table) if spec.warm_up_bars else panel
    targets = decided(
        spec,
        seen,
        warm_up=seen.times.size - panel.times.size,
        periods_per_year=periods_per_year,
        plugin_signals=plugin_signals,
        should_stop=should_stop,
    )
    schedule = scheduled_orders(spec, panel) if spec.strategy.name == "orderList" else no_orders()
    return panel, universe.with_exits(targets, panel, schedule), schedule


def simulate(
    spec: BacktestSpec,
    table: MarketTable,
    *,
    periods_per_year: float,
    sessions_of: Callable[[Ints], Ints] | None = None,
    plugin_signals: PluginSignals = no_plugins,
    should_stop: Callable[[], bool] = never_stop,
) -> Simulation:
    """Runs a specification over a table.

    Args:
        spec: Resolved.
        table: Checked and sorted.
        periods_per_year: Bars a year, from the calendar.
        sessions_of: Numbers the sessions of times; None: each time is a session.
        plugin_signals: Computes the signals of a plug-in.
        should_stop: Asked before each symbol's signals, before each block of
            BLOCK_STEPS steps, and after the last.

    Raises:
        EngineError: The run cannot begin, was cancelled, or its accounts do not add up.
    """
    panel, targets, schedule = planned(
        spec,
        table,
        periods_per_year=periods_per_year,
        plugin_signals=plugin_signals,
        should_stop=should_stop,
    )
    sessions = sessions_of(panel.times) if sessions_of else None
    return execute_run(new_run(spec, panel, targets, schedule, sessions), panel, should_stop)


def advanced(arrays: Arrays, run: Run, last: int) -> tuple[Arrays, Run]:
    """Runs the event core up to step `last`; what it returns may have larger logs.

    Args:
        arrays: The run.
        run: `run_of(arrays)`.
        last: The step to reach.
    """
    while run_until(run, last) < last:
        arrays = grown(arrays, arrays.close.shape[1])
        run = run_of(arrays)
    return arrays, run


def execute_run(
    arrays: Arrays, panel: Panel, should_stop: Callable[[], bool] = never_stop
) -> Simulation:
    """Runs the event core to the last step and audits what it wrote, block by block.

    Raises:
        RunCancelled: `should_stop` said so.
        AccountingBreach: The accounts do not add up.
    """
    steps, symbols = panel.close.shape
    book, run, audited = new_book(symbols, float(arrays.cash[0])), run_of(arrays), 0
    long = steps * symbols >= LONG_CELLS
    later, outcome = begin if long else at_once, no_breach
    least = max(BLOCK_STEPS, BLOCK_CELLS // symbols if long else 0)
    while audited < steps:
        _refuse_stopped(should_stop)
        # Parts that shrink: each is audited while the next one runs, and the last one is small.
        part = max(least, (steps - audited) * 5 // 8 if long else 0)
        last = min(audited + part, steps)
        arrays, run = advanced(arrays, run, last)
        _refuse_breach(outcome())
        outcome = later(_audited, arrays, as_it_stands(arrays, run), book, audited, last)
        audited = last
    lost, simulation = later(_lost, arrays, run), simulation_of(arrays, panel)
    _refuse_breach(outcome())
    _refuse_stopped(should_stop)
    _refuse_breach(lost())
    return simulation


def _audited(
    arrays: Arrays, standing: tuple[Run, Ints], book: Book, first: int, last: int
) -> Breach:
    """Audits the marks of steps [first, last). Holds what the addresses lead to until then."""
    return audit_marks(standing[0], book, first, last)


def _lost(arrays: Arrays, run: Run) -> Breach:
    """Audits the orders, and holds what the addresses lead to until then."""
    return audit_orders(run)


def _refuse_breach(breach: Breach) -> None:
    wrong, place, found, allowed = breach
    if wrong != SOUND:
        name = _AUDITED[wrong]
        raise errors.AccountingBreach(
            f"step {place}: {name} is {found!r}, the fills and flows say {allowed!r}",
            step=place,
            quantity=name,
            found=found,
            allowed=allowed,
        )


def _refuse_stopped(should_stop: Callable[[], bool]) -> None:
    if should_stop():
        raise errors.RunCancelled("a caller cancelled the run")
