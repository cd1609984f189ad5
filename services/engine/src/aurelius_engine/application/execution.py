"""One execution of an identity: the same for every door, stored or not."""

from collections.abc import Callable, Mapping
from typing import Any

from aurelius_engine.application.plugins import Plugins, signals_for_run
from aurelius_engine.domain.bar_intervals import periods_per_year
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.core.decisions import Decisions
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.identity import RunIdentity, spec_hash
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import Floats, Panel, held_values
from aurelius_engine.domain.results import RunResult, result_of
from aurelius_engine.domain.simulation import never_stop, planned, simulate
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document


def identify(
    document: Mapping[str, Any], *, data_hash: str, seed: int, engine_version: str
) -> RunIdentity:
    """Returns the identity of a resolved document over data, before anything runs."""
    return RunIdentity(
        spec_hash=spec_hash(document),
        data_hash=data_hash,
        seed=seed,
        engine_version=engine_version,
    )


def simulate_document(
    document: Mapping[str, Any],
    table: MarketTable,
    calendars: Calendars,
    should_stop: Callable[[], bool] = never_stop,
    *,
    seed: int,
    plugins: Plugins,
) -> tuple[Simulation, BacktestSpec, float]:
    """Runs a resolved document, and returns what it left, its specification and bars a year.

    Raises:
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    spec = spec_from_document(document)
    periods = periods_per_year(spec, calendars)
    run = simulate(
        spec,
        table,
        periods_per_year=periods,
        sessions_of=lambda times: calendars.session_ids(spec.calendar, spec.bar_interval, times),
        plugin_signals=signals_for_run(plugins, seed=seed, should_stop=should_stop),
        should_stop=should_stop,
    )
    return run, spec, periods


def plan_document(
    document: Mapping[str, Any],
    table: MarketTable,
    calendars: Calendars,
    should_stop: Callable[[], bool] = never_stop,
    *,
    seed: int,
    plugins: Plugins,
) -> tuple[Panel, Decisions]:
    """Returns the bars of a resolved document's run, and the targets decided at them.

    Raises:
        EngineError: The run cannot begin, or was cancelled.
    """
    spec = spec_from_document(document)
    panel, targets, _ = planned(
        spec,
        table,
        periods_per_year=periods_per_year(spec, calendars),
        plugin_signals=signals_for_run(plugins, seed=seed, should_stop=should_stop),
        should_stop=should_stop,
    )
    return panel, targets


def benchmark_of(spec: BacktestSpec, table: MarketTable, run: Simulation) -> Floats | None:
    """Returns what the benchmark, held, is worth at each step, NaN before its first; or None.

    Raises:
        SymbolUnknown, WindowEmpty: The data has no bar of it in the window.
    """
    if not spec.benchmark_symbol:
        return None
    return held_values(spec.benchmark_symbol, spec, table, run.panel.times)


def execute(
    document: Mapping[str, Any],
    table: MarketTable,
    calendars: Calendars,
    should_stop: Callable[[], bool] = never_stop,
    *,
    seed: int,
    plugins: Plugins,
) -> RunResult:
    """Computes the result of a resolved document over a table.

    Args:
        document: The resolved specification.
        table: The data.
        calendars: What the bars of a year follow from.
        should_stop: Asked now and then.
        seed: Of the identity; plug-ins draw by it.
        plugins: Runs plug-ins.

    Raises:
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    run, spec, periods = simulate_document(
        document, table, calendars, should_stop, seed=seed, plugins=plugins
    )
    return result_of(run, spec, periods_per_year=periods, benchmark=benchmark_of(spec, table, run))
