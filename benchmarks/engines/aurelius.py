"""This engine, by its pure functions: signals, decisions, simulation and metrics."""

from collections.abc import Callable
from typing import Any

import numpy as np
import workloads as w
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import compute_metrics
from aurelius_engine.domain.simulation import simulate
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.freed_memory import keep_freed_memory
from aurelius_engine.rpc.resolution import document_of, resolve

keep_freed_memory()  # as the engine service does


def version() -> str:
    """Returns the version measured."""
    return "aurelius"


def table_of(data: w.Arrays) -> MarketTable:
    """Returns the bars as a table, checked and sorted."""
    steps = data["time"].size
    symbols = data["close"].shape[1] if data["close"].ndim == 2 else 1
    names = [f"S{i:04d}" for i in range(symbols)] * steps
    bars = {name: data[name].reshape(-1) for name in w.BARS}
    return MarketTable.build(time=np.repeat(data["time"], symbols), symbol=names, bars=bars)


def document(data: w.Arrays, **changes: Any) -> dict[str, Any]:
    """Returns the resolved specification of W1, with changes."""
    daily = int(data["time"][1] - data["time"][0]) >= w.DAY_NS
    spec = {
        "strategy": {"trendFollowing": {"fastBars": w.FAST, "slowBars": w.SLOW}},
        "calendar": "XNYS" if daily else "24/7",
        "barInterval": "BAR_INTERVAL_DAY" if daily else "BAR_INTERVAL_MINUTE",
        "initialCash": w.CASH,
        "commission": {"valueRatio": w.FEE},
        **changes,
    }
    message = json_format.ParseDict(spec, backtest_spec_pb2.BacktestSpec())
    return document_of(resolve(message))


def portfolio_document(data: w.Arrays) -> dict[str, Any]:
    """Returns the resolved specification of W4."""
    return document(
        data,
        strategy={"tsMomentum": {"lookbackBars": w.LOOKBACK}},
        sizing={"rank": {"topCount": w.TOP}},
        rebalance={"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": w.EVERY},
        commission={"valueRatio": w.PORTFOLIO_FEE},
    )


def numbers_of(run: Any, metrics: Any) -> dict[str, float]:
    """Returns what other engines' rows show too."""
    found = {metric.id: value for metric, value in metrics}
    return {
        "final": float(run.equity[-1]),
        "fills": int(run.fills.step.size),
        "sharpe": found["sharpe_ratio"],
        "drawdown": found["max_drawdown_ratio"],
    }


def periods_of(spec: Any) -> float:
    """Returns the bars of a year."""
    calendars = packaged_calendars()
    return calendars.periods_per_year(spec.calendar, spec.calendar_version, spec.bar_interval)


def _run(data: w.Arrays, resolved: dict[str, Any]) -> Callable[[], dict[str, float]]:
    table, spec = table_of(data), spec_from_document(resolved)
    periods = periods_of(spec)

    def run() -> dict[str, float]:
        simulation = simulate(spec, table, periods_per_year=periods)
        metrics = compute_metrics(
            simulation,
            periods_per_year=periods,
            risk_free_ratio=spec.risk_free_ratio,
            benchmark=None,
        )
        return numbers_of(simulation, metrics)

    return run


def warm(workload: str) -> None:
    """Loads every kernel, so that memory counts none of them."""
    data = w.walk(300, 60 if workload == "W4" else 0)
    PREPARE[workload](data)()


WARM = warm
PREPARE = {
    "W1": lambda data: _run(data, document(data)),
    "W2": lambda data: _run(data, document(data)),
    "W4": lambda data: _run(data, portfolio_document(data)),
}
