"""A run's result: its tables, their digests, its metrics and labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aurelius_engine.domain import kernel
from aurelius_engine.domain.identity import result_digest
from aurelius_engine.domain.metrics import Metric, Outcome, compute_metrics, statistics
from aurelius_engine.domain.simulation import Simulation
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.table_hash import Column, string_column, table_hash

Table = tuple[Column, ...]
_STATES = {
    kernel.OPEN: "open",
    kernel.FILLED_ALL: "filled",
    kernel.CANCELLED: "cancelled",
    kernel.REJECTED: "rejected",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What an identity computes: the same bytes wherever it does."""

    tables: Mapping[str, Table]
    digests: Mapping[str, str]
    metrics: Sequence[tuple[Metric, Outcome]]
    labels: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The digest over all tables."""
        return result_digest(self.digests)


def result_of(run: Simulation, spec: BacktestSpec, *, periods_per_year: float) -> RunResult:
    """Lays out the tables, computes the metrics and hashes all of it."""
    facts = statistics(run, periods_per_year=periods_per_year, risk_free_ratio=spec.risk_free_ratio)
    metrics = compute_metrics(facts)
    tables = {
        "equity": _equity(run),
        "fills": _fills(run),
        "metrics": metrics_table(
            [
                (m.id, m.version, m.unit, None, value)
                if isinstance(value, str)
                else (m.id, m.version, m.unit, value, "")
                for m, value in metrics
            ]
        ),
        "orders": _orders(run),
        "positions": _positions(run),
    }
    digests = {name: table_hash(table) for name, table in tables.items()}
    return RunResult(tables=tables, digests=digests, metrics=metrics, labels=spec.labels)


def _symbols(run: Simulation, places: Sequence[float]) -> Column:
    return string_column("symbol", [run.panel.symbols[int(place)] for place in places])


def _orders(run: Simulation) -> Table:
    orders = run.orders
    times = run.panel.times
    ended = orders[:, kernel.ENDED].astype(np.int64)
    states = [_STATES[int(state)] for state in orders[:, kernel.STATE].tolist()]
    return (
        Column(name="order_id", data=np.arange(len(orders), dtype=np.int64)),
        Column(name="submitted_time", data=times[orders[:, kernel.SUBMITTED].astype(np.int64)]),
        _symbols(run, orders[:, kernel.SYMBOL].tolist()),
        Column(name="target", data=orders[:, kernel.TARGET].astype(np.int64)),
        string_column("state", states),
        Column(name="filled_quantity", data=orders[:, kernel.FILLED].copy()),
        Column(name="ended_time", data=np.where(ended < 0, np.int64(-1), times[ended])),
    )


def _fills(run: Simulation) -> Table:
    fills = run.fills
    return (
        Column(name="fill_id", data=np.arange(len(fills), dtype=np.int64)),
        Column(name="order_id", data=fills[:, 1].astype(np.int64)),
        Column(name="time", data=run.panel.times[fills[:, 0].astype(np.int64)]),
        _symbols(run, fills[:, 2].tolist()),
        Column(name="quantity", data=fills[:, 3].copy()),
        Column(name="price", data=fills[:, 4].copy()),
        Column(name="commission", data=fills[:, 5].copy()),
        string_column("rule", ["next_open"] * len(fills)),
    )


def _positions(run: Simulation) -> Table:
    """One row a fill: the position that it left."""
    held = [0.0] * len(run.panel.symbols)
    left = []
    for place, quantity in run.fills[:, 2:4].tolist():
        held[int(place)] += quantity
        left.append(held[int(place)])
    return (
        Column(name="time", data=run.panel.times[run.fills[:, 0].astype(np.int64)]),
        _symbols(run, run.fills[:, 2].tolist()),
        Column(name="quantity", data=np.array(left, dtype=np.float64)),
    )


def _equity(run: Simulation) -> Table:
    times = run.panel.times
    return (
        Column(name="step", data=np.arange(times.size + 1, dtype=np.int64)),
        Column(name="time", data=np.concatenate((times[:1], times))),
        Column(name="cash", data=run.equity[:, 0].copy()),
        Column(name="position_value", data=run.equity[:, 1].copy()),
        Column(name="equity", data=run.equity[:, 2].copy()),
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
