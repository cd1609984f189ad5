"""The proof that no order knew the future, and that none rests on how long the past is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.errors import LookbackTooLong, RunCancelled
from aurelius_engine.domain.market_table import BOOK_COLUMNS, MarketTable
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
from aurelius_engine.domain.validation.known_rows import (
    Difference,
    first_difference,
    known_at,
    known_by,
    second_text,
    table_of,
)
from aurelius_engine.domain.validation.later_starts import (
    LaterStart,
    judged_starts,
    later_starts,
    starts_table,
)
from aurelius_engine.domain.validation.rescaling import (
    judged_rescaling,
    rescaled_table,
    rescaling,
)
from aurelius_engine.domain.validation.study import StudyContext
from aurelius_engine.domain.validation.targets import Parting

Ints = NDArray[np.int64]
TRUNCATION, POISONING = "truncation", "poisoning"
MODES: Mapping[str, Callable[[MarketTable, int, Stream], MarketTable]] = {
    TRUNCATION: lambda table, time, _: truncated(table, time),
    POISONING: poisoned,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One comparison: of what was ordered up to a time, with the future and without it."""

    time: int
    mode: str
    orders: int
    expected: str
    found: str
    difference: Difference | None

    @property
    def equal(self) -> bool:
        """Whether the future made no difference."""
        return self.expected == self.found


def look_ahead_proof(context: StudyContext) -> Findings:
    """Compares the order stream before sampled times, bit for bit, and begins the run later.

    Raises:
        EngineError: The run itself is refused, cancelled, or its accounts do not add up.
    """
    run, _, _ = context.runs.simulate(context.base)
    early = early_fills(run)
    steps = sampled_steps(run, int(context.terms["sampleCount"]), context.seed)
    work = len(steps) * len(MODES) + int(context.terms["startCount"]) + 2
    samples: list[Sample] = []
    for step in steps.tolist():
        time = int(run.panel.times[step])
        known = known_at(run, step)
        expected = table_hash(table_of(known))
        for mode, other in MODES.items():
            if context.should_stop():
                raise RunCancelled("a caller cancelled the validation")
            table = other(context.table, time, stream(context.seed, f"look_ahead/{time}"))
            again = _simulated(context, time, table)
            if again is None:
                continue
            early += early_fills(again) if mode == POISONING else 0
            rows = known_at(again, step)
            found = table_hash(table_of(rows))
            samples.append(
                Sample(
                    time=time,
                    mode=mode,
                    orders=int(np.count_nonzero(run.orders.submitted <= step)),
                    expected=expected,
                    found=found,
                    difference=None if found == expected else first_difference(run, known, rows),
                )
            )
            context.report(len(samples), work)
    plan = context.runs.plan(context.base)
    starts, scaled = later_starts(context, plan), rescaling(context, plan)
    return _findings(context, samples, starts, scaled, early)


def _simulated(context: StudyContext, time: int, table: MarketTable) -> Simulation | None:
    """Returns the run on other data; None where its rows are too few to begin with.

    A formula may order before the bars that it is said to need: `fill` and `where` let it. Rows
    cut away then leave nothing to compare, and the poisoning at the same time says it alone.

    Raises:
        EngineError: As `look_ahead_proof`.
    """
    try:
        run, _, _ = context.runs.simulate(known_by(context.base, time), table)
    except LookbackTooLong:
        return None
    return run


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


def early_fills(run: Simulation) -> int:
    """Returns how many fills use a price that was there before their order.

    Those are fills at or before the close at which their order was decided, and fills at a
    price that was neither traded in their bar nor quoted before it. A guard is sent by the
    fill that it guards, in whose bar it may fill; what is left of a symbol that ended is paid
    at its last close.
    """
    fills, orders, panel = run.fills, run.orders, run.panel
    at, price = (fills.step, fills.symbol), fills.reference_price
    ended = fills.rule == codes.SYMBOL_END
    forced = ended | (fills.rule == codes.MARGIN_CALL)
    guards = orders.amount_kind[fills.order] == codes.CLOSE_POSITION
    early = ~guards & ~forced & (fills.step <= orders.submitted[fills.order])
    low, high = panel.low[at], panel.high[at]
    if panel.book is not None:
        shown = panel.book[fills.step * len(panel.symbols) + fills.symbol]
        for place, name in enumerate(BOOK_COLUMNS[: shown.shape[1]]):
            quoted = shown[:, place]
            there = (quoted > 0.0) & ("price" in name)
            low = np.where(there, np.minimum(low, quoted), low)
            high = np.where(there, np.maximum(high, quoted), high)
    return int(np.count_nonzero(early | (~((low <= price) & (price <= high)) & ~ended)))


def _findings(
    context: StudyContext,
    samples: list[Sample],
    starts: tuple[LaterStart, ...],
    scaled: Parting | None,
    early: int,
) -> Findings:
    unequal = [sample.equal for sample in samples].count(False)
    settled = max((float(start.settled_bars) for start in starts), default=None)
    return Findings(
        statistics=[
            Statistic(id="look_ahead_samples", version=1, unit="count", outcome=len(samples)),
            Statistic(id="look_ahead_unequal", version=1, unit="count", outcome=unequal),
            Statistic(id="look_ahead_early_fills", version=1, unit="count", outcome=early),
            Statistic(
                id="look_ahead_settled_bars",
                version=1,
                unit="bars",
                outcome="no later start" if settled is None else settled,
            ),
        ],
        checks=[
            _judged(samples, unequal),
            _judged_fills(samples, early),
            judged_starts(context, starts),
            judged_rescaling(context, scaled),
        ],
        tables={
            "certificate": _certificate(context),
            "differences": _differences(samples, starts, scaled),
            "rescaled": rescaled_table(scaled),
            "samples": _samples(samples),
            "starts": starts_table(starts),
        },
        execution_count=context.runs.count,
    )


def _judged(samples: list[Sample], unequal: int) -> Check:
    if not samples:
        return _nothing_ordered("look_ahead.equal")
    at = next((sample for sample in samples if not sample.equal), None)
    detail = f"{len(samples) - unequal} of {len(samples)} comparisons are equal."
    if at is not None:
        detail += f" The first that differs is the {at.mode} after {second_text(at.time)}"
        detail += f": {at.difference}."
    return check(
        "look_ahead.equal",
        float(unequal),
        Comparison.LESS_OR_EQUAL,
        0.0,
        unit="count",
        detail=detail,
        remedy="Find what reads later rows: the orders up to that time depend on them.",
        evidence=("samples", "differences"),
    )


def _judged_fills(samples: list[Sample], early: int) -> Check:
    if not samples:
        return _nothing_ordered("look_ahead.fills_later")
    return check(
        "look_ahead.fills_later",
        float(early),
        Comparison.LESS_OR_EQUAL,
        0.0,
        unit="count",
        detail=(
            f"{early} fills of the run and its poisoned copies are not later than the close "
            "that decided them, or at a price that their bar did not trade."
        ),
        remedy="Fill at the next open: FILL_RULE_NEXT_OPEN. If it is, report the run.",
    )


def _nothing_ordered(check_id: str) -> Check:
    return not_applicable(
        check_id,
        "Nothing was ordered before the last bar: there is nothing to compare.",
        severity=Severity.BLOCKER,
    )


def _certificate(context: StudyContext) -> Table:
    """Returns what the proof is of, one row: the id of a run names all that determines it."""
    return (
        string_column("run", [f"runs/{context.runs.run_id(context.base)}"]),
        string_column("seed", [str(context.seed)]),
    )


def _samples(samples: list[Sample]) -> Table:
    return (
        Column(name="time", data=np.array([s.time for s in samples], dtype=np.int64)),
        string_column("mode", [s.mode for s in samples]),
        Column(name="order_count", data=np.array([s.orders for s in samples], dtype=np.int64)),
        string_column("expected_digest", [s.expected for s in samples]),
        string_column("found_digest", [s.found for s in samples]),
        Column(name="equal", data=np.array([s.equal for s in samples], dtype=np.int64)),
    )


def _differences(
    samples: Sequence[Sample], starts: Sequence[LaterStart], scaled: Parting | None
) -> Table:
    """Returns the first row that differs of each comparison that is unequal, one a row."""
    compared = [
        *((s.time, s.mode, s.difference) for s in samples),
        *((s.time, "later_start", s.targets.difference) for s in starts),
    ]
    if scaled is not None and scaled.difference is not None:
        compared.append((scaled.difference.time, "rescaling", scaled.difference))
    rows = [(time, mode, found) for time, mode, found in compared if found is not None]
    versions = ("expected", "found")
    return (
        Column(name="compared_time", data=np.array([row[0] for row in rows], dtype=np.int64)),
        string_column("mode", [row[1] for row in rows]),
        string_column("kind", [row[2].kind for row in rows]),
        Column(name="time", data=np.array([row[2].time for row in rows], dtype=np.int64)),
        string_column("symbol", [row[2].symbol for row in rows]),
        *(
            string_column(f"{name}_side", [getattr(row[2], name).side for row in rows])
            for name in versions
        ),
        *(
            Column(
                name=f"{name}_{what}",
                data=np.array(
                    [getattr(getattr(row[2], name), what) for row in rows], dtype=np.float64
                ),
            )
            for name in versions
            for what in ("quantity", "price")
        ),
    )
