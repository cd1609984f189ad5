"""A run's result: its tables, their digests, its metrics and labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Ints, Simulation
from aurelius_engine.domain.identity import result_digest
from aurelius_engine.domain.metrics import (
    Metric,
    Outcome,
    compute_metrics,
    monthly_returns_table,
    rolling_table,
    trades_table,
)
from aurelius_engine.domain.panel import Floats
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.table_hash import Column, coded_column, string_column, table_hash
from aurelius_engine.domain.trades import round_trips

Table = tuple[Column, ...]
_WHOLE_ACCOUNT = ""
_AMOUNT_KINDS = {
    codes.WEIGHT: "weight",
    codes.UNITS: "units",
    codes.QUANTITY: "quantity",
    codes.CLOSE_POSITION: "close_position",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What an identity computes: the same bytes wherever it does.

    `ambiguous_bars` is that of the simulation, by symbol; no digest is over it.
    """

    tables: Mapping[str, Table]
    digests: Mapping[str, str]
    metrics: Sequence[tuple[Metric, Outcome]]
    labels: tuple[str, ...]
    ambiguous_bars: Mapping[str, int]

    @property
    def digest(self) -> str:
        """The digest over all tables."""
        return result_digest(self.digests)


def result_of(
    run: Simulation, spec: BacktestSpec, *, periods_per_year: float, benchmark: Floats | None
) -> RunResult:
    """Lays out the tables, computes the metrics and hashes all of it.

    Args:
        run: Finished.
        spec: The one it ran.
        periods_per_year: Bars a year.
        benchmark: The benchmark's value, held, at each step, NaN before its first; or None.
    """
    trades = round_trips(run)
    metrics = compute_metrics(
        run,
        periods_per_year=periods_per_year,
        risk_free_ratio=spec.risk_free_ratio,
        benchmark=benchmark,
        trades=trades,
    )
    tables = {
        "equity": _equity(run),
        "fills": _fills(run),
        "flows": _flows(run),
        "metrics": metrics_table(
            [
                (m.id, m.version, m.unit, None, value)
                if isinstance(value, str)
                else (m.id, m.version, m.unit, value, "")
                for m, value in metrics
            ]
        ),
        "monthly_returns": monthly_returns_table(run),
        "orders": _orders(run),
        "positions": _positions(run),
        "rolling": rolling_table(
            run,
            periods_per_year=periods_per_year,
            risk_free_ratio=spec.risk_free_ratio,
            benchmark=benchmark,
        ),
        "trades": trades_table(run, trades),
    }
    digests = {name: table_hash(table) for name, table in tables.items()}
    return RunResult(
        tables=tables,
        digests=digests,
        metrics=metrics,
        labels=spec.labels,
        ambiguous_bars=dict(zip(run.panel.symbols, run.ambiguous_bars.tolist(), strict=True)),
    )


def _orders(run: Simulation) -> Table:
    orders, times, symbols = run.orders, run.panel.times, run.panel.symbols
    return (
        Column(name="order_id", data=np.arange(orders.symbol.size, dtype=np.int64)),
        Column(name="submitted_time", data=times[orders.submitted]),
        coded_column("symbol", orders.symbol, symbols),
        coded_column("type", orders.kind - codes.MARKET, list(codes.ORDER_TYPE_NAMES.values())),
        coded_column(
            "time_in_force",
            orders.time_in_force - codes.DAY,
            list(codes.TIME_IN_FORCE_NAMES.values()),
        ),
        coded_column("amount_kind", orders.amount_kind, list(_AMOUNT_KINDS.values())),
        Column(name="amount", data=orders.amount),
        Column(name="quantity", data=orders.quantity),
        Column(name="filled_quantity", data=orders.filled),
        Column(name="limit_price", data=orders.limit),
        Column(name="stop_price", data=orders.stop),
        Column(name="group", data=orders.group),
        coded_column("state", orders.state, list(codes.STATE_NAMES.values())),
        coded_column("reason", orders.reason, list(codes.REASON_NAMES.values())),
        Column(name="ended_time", data=_times_or_none(times, orders.ended)),
    )


def _times_or_none(times: Ints, steps: Ints) -> Ints:
    """Returns the times of steps, -1 where a step is -1."""
    found: Ints = np.where(steps < 0, np.int64(-1), times[steps])
    return found


def _fills(run: Simulation) -> Table:
    fills = run.fills
    return (
        Column(name="fill_id", data=np.arange(fills.step.size, dtype=np.int64)),
        Column(name="order_id", data=fills.order),
        Column(name="time", data=run.panel.times[fills.step]),
        coded_column("symbol", fills.symbol, run.panel.symbols),
        Column(name="quantity", data=fills.quantity),
        Column(name="price", data=fills.price),
        Column(name="reference_price", data=fills.reference_price),
        Column(name="commission", data=fills.commission),
        coded_column("rule", fills.rule, list(codes.RULE_NAMES.values())),
    )


def _flows(run: Simulation) -> Table:
    flows = run.flows
    # The whole account is the place after the last symbol.
    places = np.where(flows.symbol < 0, np.int64(len(run.panel.symbols)), flows.symbol)
    return (
        Column(name="time", data=run.panel.times[flows.step]),
        coded_column("symbol", places, [*run.panel.symbols, _WHOLE_ACCOUNT]),
        coded_column("kind", flows.kind, list(codes.FLOW_NAMES.values())),
        Column(name="amount", data=flows.amount),
        Column(name="units", data=flows.units),
    )


def _positions(run: Simulation) -> Table:
    """One row for each fill and split: the position that it left. By time, then splits first."""
    fills, splits = run.fills, run.flows.kind == codes.SPLIT
    step = np.concatenate((run.flows.step[splits], fills.step))
    symbol = np.concatenate((run.flows.symbol[splits], fills.symbol))
    change = np.concatenate((run.flows.units[splits], fills.quantity))
    order = np.argsort(step, kind="stable")
    step, symbol, change = step[order], symbol[order], change[order]
    left = np.empty(change.size)
    by_symbol = np.argsort(symbol, kind="stable")
    starts = np.flatnonzero(np.diff(symbol[by_symbol], prepend=-1))
    for rows in np.split(by_symbol, starts[1:]):
        left[rows] = np.cumsum(change[rows])  # one addition after the other, as the core did
    return (
        Column(name="time", data=run.panel.times[step]),
        coded_column("symbol", symbol, run.panel.symbols),
        Column(name="quantity", data=left),
    )


def _equity(run: Simulation) -> Table:
    times = run.panel.times
    return (
        Column(name="step", data=np.arange(times.size + 1, dtype=np.int64)),
        Column(name="time", data=np.concatenate((times[:1], times))),
        Column(name="cash", data=run.cash),
        Column(name="position_value", data=run.position_value),
        Column(name="gross_value", data=run.gross_value),
        Column(name="equity", data=run.equity),
    )


def metrics_table(rows: Sequence[tuple[str, int, str, float | None, str]]) -> Table:
    """Returns the table of metrics.

    Args:
        rows: Id, version, unit, the value or None, and why there is none or "".
    """
    values = [np.nan if row[3] is None else row[3] for row in rows]
    return (
        string_column("metric_id", [row[0] for row in rows]),
        Column(name="version", data=np.array([row[1] for row in rows], dtype=np.int64)),
        string_column("unit", [row[2] for row in rows]),
        Column(name="value", data=np.array(values, dtype=np.float64)),
        string_column("undefined_reason", [row[4] for row in rows]),
    )
