"""The proof that no order knew the future: cut it away, or replace it, and order again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.spec import nanoseconds
from aurelius_engine.domain.streams import Stream, stream
from aurelius_engine.domain.table_hash import Column, string_column, table_hash
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Findings,
    Severity,
    Statistic,
    Table,
    check,
    not_applicable,
)
from aurelius_engine.domain.validation.futures import poisoned, truncated
from aurelius_engine.domain.validation.study import StudyContext

Ints = NDArray[np.int64]
MODES: Mapping[str, Callable[[MarketTable, int, Stream], MarketTable]] = {
    "truncation": lambda table, time, _: truncated(table, time),
    "poisoning": poisoned,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One comparison: of what was ordered up to a time, with the future and without it."""

    time: int
    mode: str
    orders: int
    expected: str
    found: str

    @property
    def equal(self) -> bool:
        """Whether the future made no difference."""
        return self.expected == self.found


def look_ahead_proof(context: StudyContext) -> Findings:
    """Compares the order stream before sampled times, bit for bit.

    Raises:
        EngineError: The run itself is refused, cancelled, or its accounts do not add up.
    """
    run, _, _ = context.runs.simulate(context.base)
    steps = sampled_steps(run, int(context.terms["sampleCount"]), context.seed)
    samples: list[Sample] = []
    for step in steps.tolist():
        time = int(run.panel.times[step])
        for mode, other in MODES.items():
            if context.should_stop():
                raise RunCancelled("a caller cancelled the validation")
            table = other(context.table, time, stream(context.seed, f"look_ahead/{time}"))
            again, _, _ = context.runs.simulate(known_by(context.base, time), table)
            samples.append(
                Sample(
                    time=time,
                    mode=mode,
                    orders=int(np.count_nonzero(run.orders.submitted <= step)),
                    expected=table_hash(known_at(run, step)),
                    found=table_hash(known_at(again, step)),
                )
            )
            context.report(len(samples), len(steps) * len(MODES))
    unequal = [sample.equal for sample in samples].count(False)
    return Findings(
        statistics=[
            Statistic(id="look_ahead_samples", version=1, unit="count", outcome=len(samples)),
            Statistic(id="look_ahead_unequal", version=1, unit="count", outcome=unequal),
        ],
        checks=[_judged(samples, unequal)],
        tables={"samples": _table(samples)},
        execution_count=context.runs.count,
    )


def sampled_steps(run: Simulation, count: int, seed: int) -> Ints:
    """Returns steps at which something was ordered before, and something follows; rising.

    Among them is always the step of the first order, and the one after it.
    """
    last = run.panel.times.size - 2
    if run.orders.submitted.size == 0 or int(run.orders.submitted[0]) > last:
        return np.zeros(0, dtype=np.int64)
    first = int(run.orders.submitted[0])
    uniform = stream(seed, "look_ahead/steps").random(count)
    drawn = first + np.floor(uniform * (last - first + 1)).astype(np.int64)
    wanted = np.concatenate(([first, min(first + 1, last)], drawn[: max(0, count - 2)]))
    found: Ints = np.unique(wanted)
    return found


def known_by(base: Mapping[str, Any], time: int) -> Mapping[str, Any]:
    """Returns the specification as it could be written at a time: a list without later orders."""
    strategy = base["strategy"]
    if "orderList" not in strategy:
        return base
    orders = [row for row in strategy["orderList"]["orders"] if nanoseconds(row["time"]) <= time]
    return {**base, "strategy": {"orderList": {**strategy["orderList"], "orders": orders}}}


def known_at(run: Simulation, step: int) -> Table:
    """Returns everything that was ordered, filled, paid and marked up to a step, as one table.

    Of an order that had not ended by then, only what it was sent with.
    """
    orders, fills, flows = run.orders, run.fills, run.flows
    sent = orders.submitted <= step
    over = sent & (orders.ended >= 0) & (orders.ended <= step)
    trailing = orders.kind == codes.TRAILING_STOP
    filled, paid = fills.step <= step, flows.step <= step
    rows = [
        ("submitted", orders.submitted[sent], orders.symbol[sent], orders.amount[sent]),
        ("type", orders.kind[sent], orders.time_in_force[sent], orders.limit[sent]),
        (
            "terms",
            orders.amount_kind[sent],
            orders.group[sent],
            np.where(trailing, np.nan, orders.stop)[sent],
        ),
        ("ended", orders.ended[over], orders.state[over], orders.filled[over]),
        ("why", orders.reason[over], np.flatnonzero(over), orders.quantity[over]),
        ("filled", fills.step[filled], fills.order[filled], fills.quantity[filled]),
        ("price", fills.symbol[filled], fills.rule[filled], fills.price[filled]),
        ("cost", fills.symbol[filled], fills.rule[filled], fills.commission[filled]),
        ("flow", flows.step[paid], flows.symbol[paid], flows.amount[paid]),
        ("units", flows.step[paid], flows.kind[paid], flows.units[paid]),
        *(
            (name, np.arange(step + 2), np.zeros(step + 2, np.int64), marks[: step + 2])
            for name, marks in (("cash", run.cash), ("equity", run.equity))
        ),
    ]
    return (
        string_column("what", [name for name, first, _, _ in rows for _ in range(len(first))]),
        Column(name="first", data=np.concatenate([row[1] for row in rows]).astype(np.int64)),
        Column(name="second", data=np.concatenate([row[2] for row in rows]).astype(np.int64)),
        Column(name="number", data=np.concatenate([row[3] for row in rows])),
    )


def _judged(samples: list[Sample], unequal: int) -> Check:
    if not samples:
        return not_applicable(
            "look_ahead.equal",
            "Nothing was ordered before the last bar: there is nothing to compare.",
            severity=Severity.BLOCKER,
        )
    at = next((sample for sample in samples if not sample.equal), None)
    detail = f"{len(samples) - unequal} of {len(samples)} comparisons are equal."
    if at is not None:
        when = np.datetime64(at.time, "ns").astype("datetime64[s]")
        detail += f" The first that differs is the {at.mode} after {when}Z."
    return check(
        "look_ahead.equal",
        float(unequal),
        Comparison.LESS_OR_EQUAL,
        0.0,
        unit="count",
        detail=detail,
        remedy="Find what reads later rows: the orders up to that time depend on them.",
        evidence=("samples",),
    )


def _table(samples: list[Sample]) -> Table:
    return (
        Column(name="time", data=np.array([s.time for s in samples], dtype=np.int64)),
        string_column("mode", [s.mode for s in samples]),
        Column(name="order_count", data=np.array([s.orders for s in samples], dtype=np.int64)),
        string_column("expected_digest", [s.expected for s in samples]),
        string_column("found_digest", [s.found for s in samples]),
        Column(name="equal", data=np.array([s.equal for s in samples], dtype=np.int64)),
    )
