"""Whether what is decided rests on how long the history before it is: begin later, and compare.

What a rule may remember ends: after its warm-up and a while in which it forgets, the targets of
a run that begins later are those of the run. docs/specs/validation_look_ahead.md section 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core.decisions import Decisions
from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document
from aurelius_engine.domain.strategies import ORDER_LIST, bars_needed
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.table_hash import Column, string_column, table_hash
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Severity,
    Table,
    check,
    not_applicable,
)
from aurelius_engine.domain.validation.known_rows import (
    Difference,
    second_text,
    version_of,
)
from aurelius_engine.domain.validation.study import StudyContext
from aurelius_engine.domain.validation.windows import time_text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CHECK_ID = "look_ahead.warm_up_stable"
# A memory that fades by a factor e each warm-up has faded to 1e-14 after so many.
MEMORY_WARM_UPS = 32
# Later starts are among the first bars: one part of so many of what follows the warm-up.
_EARLY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterStart:
    """One run that begins later, against the run.

    Attributes:
        time: Of its first bar, in ns.
        compared_time: Of the first bar whose targets are compared.
        decisions: Targets that the run decided from there on.
        cells: Targets in force that were compared, one a bar and symbol.
        differing: Of them, those that differ.
        settled_bars: Bars from its first one until no target differs any more.
        expected: Digest of the run's targets from there on.
        found: Digest of the later run's.
        difference: The first that differs, if one does.
    """

    time: int
    compared_time: int
    decisions: int
    cells: int
    differing: int
    settled_bars: int
    expected: str
    found: str
    difference: Difference | None


def history_bars(spec: BacktestSpec) -> int:
    """Returns the warm-up that a specification declares: of its strategy and its sizing."""
    return bars_needed(spec.strategy) + int(spec.sizing.parameters.get("lookbackBars", 0))


def later_starts(context: StudyContext) -> tuple[LaterStart, ...]:
    """Begins the run later, and compares the targets.

    Raises:
        EngineError: A run is refused, or was cancelled.
    """
    spec = spec_from_document(context.base)
    if spec.strategy.name == ORDER_LIST:
        return ()
    panel, targets = context.runs.plan(context.base)
    whole = in_force(targets, panel)
    warm_up = history_bars(spec)
    steps = sampled_starts(spec, panel, int(context.terms["startCount"]), context.seed)
    found = []
    for step in steps.tolist():
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        document = begun_at(context.base, int(panel.times[step]))
        later, decided = context.runs.plan(document)
        forgetting = min(MEMORY_WARM_UPS * warm_up, (panel.times.size - step - warm_up) // 2)
        found.append(
            _compared(
                panel,
                (whole[step:], targets.step),
                in_force(decided, later),
                step=step,
                wait=warm_up + forgetting,
                tolerance=float(context.terms["warmUpToleranceRatio"]),
            )
        )
    return tuple(found)


def begun_at(base: Mapping[str, Any], time: int) -> Mapping[str, Any]:
    """Returns the specification whose window begins at a time."""
    return {**base, "startTime": time_text(time)}


def sampled_starts(spec: BacktestSpec, panel: Panel, count: int, seed: int) -> Ints:
    """Returns the first steps of later runs, drawn by the seed; rising.

    A schedule of every n-th bar, and a training after every n-th, counts from the first bar: a
    later start keeps their beat, so that only what is remembered differs.
    """
    room = (panel.times.size - history_bars(spec)) // _EARLY
    if room < 1:
        return np.zeros(0, dtype=np.int64)
    steps = np.arange(1, room + 1)
    on_beat = np.ones(room, dtype=np.bool_)
    if spec.rebalance.schedule == "EVERY_BARS":
        on_beat &= steps % spec.rebalance.interval_bars == 0
    training = int(spec.strategy.parameters.get("retrainBars", 1))
    if training > 1:
        own = np.cumsum(~np.isnan(panel.close[:room]), axis=0)
        on_beat &= np.all(own % training == 0, axis=1)
    steps = steps[on_beat]
    drawn = np.floor(stream(seed, "look_ahead/starts").random(count) * steps.size)
    found: Ints = np.unique(steps[drawn.astype(np.int64)]) if steps.size else steps
    return found


def in_force(decisions: Decisions, panel: Panel) -> Floats:
    """Returns the target in force after each close, shape (n_steps, n_symbols); 0 before any."""
    shape = panel.close.shape
    at = np.full(shape, -1, dtype=np.int64)
    at[decisions.step, decisions.symbol] = np.arange(decisions.step.size)
    np.maximum.accumulate(at, axis=0, out=at)
    targets = np.concatenate((decisions.target, [0.0]))  # the last one is of no decision
    found: Floats = targets[at]
    return found


def _compared(
    panel: Panel,
    run: tuple[Floats, Ints],
    later: Floats,
    *,
    step: int,
    wait: int,
    tolerance: float,
) -> LaterStart:
    """Compares the targets of a run from a step on with those of the run that begins there."""
    whole, decided = run
    size = np.maximum(np.abs(whole), np.abs(later))
    apart = np.abs(whole - later) > tolerance * size
    last = np.flatnonzero(apart.any(axis=1))
    rows = np.argwhere(apart[wait:])
    difference = None
    if rows.size:
        row, symbol = int(rows[0, 0]) + wait, int(rows[0, 1])
        difference = Difference(
            kind="target",
            time=int(panel.times[step + row]),
            symbol=panel.symbols[symbol],
            expected=version_of("target", float(whole[row, symbol]), np.nan),
            found=version_of("target", float(later[row, symbol]), np.nan),
        )
    return LaterStart(
        time=int(panel.times[step]),
        compared_time=int(panel.times[step + wait]),
        decisions=int(np.count_nonzero(decided >= step + wait)),
        cells=int(apart[wait:].size),
        differing=len(rows),
        settled_bars=int(last[-1]) + 1 if last.size else 0,
        expected=_digest(whole[wait:]),
        found=_digest(later[wait:]),
        difference=difference,
    )


def _digest(targets: Floats) -> str:
    steps, symbols = np.indices(targets.shape)
    return table_hash(
        (
            Column(name="step", data=steps.ravel().astype(np.int64)),
            Column(name="symbol", data=symbols.ravel().astype(np.int64)),
            Column(name="target", data=np.ascontiguousarray(targets).ravel()),
        )
    )


def judged_starts(context: StudyContext, starts: tuple[LaterStart, ...]) -> Check:
    """Judges whether what is decided rests on how long the history before it is."""
    spec = spec_from_document(context.base)
    if spec.strategy.name == ORDER_LIST:
        return not_applicable(
            CHECK_ID, "A list of orders reads no history.", severity=Severity.INFO
        )
    warm_up = history_bars(spec)
    if not starts:
        return not_applicable(
            CHECK_ID,
            f"No later start leaves a bar to compare behind the warm-up of {warm_up} bars.",
            severity=Severity.BLOCKER,
        )
    differing, cells = 0, 0
    for start in starts:
        differing, cells = differing + start.differing, cells + start.cells
    detail = (
        f"{differing} of {cells} targets differ between the run and {len(starts)} that begin "
        f"later, behind the warm-up of {warm_up} bars and what a rule may take to forget."
    )
    first = next((start for start in starts if start.difference is not None), None)
    if first is not None:
        detail += f" The first, with a start at {second_text(first.time)}, is {first.difference}."
    return check(
        CHECK_ID,
        float(differing),
        Comparison.LESS_OR_EQUAL,
        0.0,
        unit="count",
        detail=detail,
        remedy=(
            "Find what remembers every bar since the first, such as a mean over all history, "
            "and give it a window."
        ),
        evidence=("starts", "differences"),
    )


def starts_table(starts: tuple[LaterStart, ...]) -> Table:
    """Returns the later starts, one a row."""

    def ints(name: str) -> Column:
        values = [int(getattr(start, name)) for start in starts]
        return Column(name=name, data=np.array(values, dtype=np.int64))

    return (
        ints("time"),
        ints("compared_time"),
        Column(name="decision_count", data=ints("decisions").data),
        Column(name="target_count", data=ints("cells").data),
        Column(name="differing_count", data=ints("differing").data),
        ints("settled_bars"),
        string_column("expected_digest", [start.expected for start in starts]),
        string_column("found_digest", [start.found for start in starts]),
    )
