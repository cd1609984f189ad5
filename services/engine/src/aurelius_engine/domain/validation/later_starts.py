"""Whether what is decided rests on how long the history before it is: begin later, and compare.

What a rule may remember ends: after its warm-up and a while in which it forgets, the targets of
a run that begins later are those of the run. docs/specs/validation_look_ahead.md section 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document
from aurelius_engine.domain.strategies import ORDER_LIST, bars_needed
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Severity,
    Table,
    check,
    not_applicable,
)
from aurelius_engine.domain.validation.known_rows import second_text
from aurelius_engine.domain.validation.study import Plan, StudyContext
from aurelius_engine.domain.validation.targets import Parting, apart, in_force, parting
from aurelius_engine.domain.validation.windows import time_text

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
        settled_bars: Bars from its first one until no target differs any more.
        targets: What the two have in common from there on.
    """

    time: int
    compared_time: int
    decisions: int
    settled_bars: int
    targets: Parting


def history_bars(spec: BacktestSpec) -> int:
    """Returns the warm-up that a specification declares: of its strategy and its sizing."""
    return bars_needed(spec.strategy) + int(spec.sizing.parameters.get("lookbackBars", 0))


def later_starts(context: StudyContext, plan: Plan) -> tuple[LaterStart, ...]:
    """Begins the run later, and compares the targets.

    Args:
        context: Of the study.
        plan: Of the run.

    Raises:
        EngineError: A run is refused, or was cancelled.
    """
    spec = spec_from_document(context.base)
    if spec.strategy.name == ORDER_LIST:
        return ()
    panel, decisions = plan
    whole, warm_up = in_force(decisions, panel), history_bars(spec)
    steps = sampled_starts(spec, panel, int(context.terms["startCount"]), context.seed)
    tolerance = float(context.terms["targetToleranceRatio"])
    found = []
    for step in steps.tolist():
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        later, decided = context.runs.plan(begun_at(context.base, int(panel.times[step])))
        targets, same = in_force(decided, later), whole[step:]
        forgetting = min(MEMORY_WARM_UPS * warm_up, (panel.times.size - step - warm_up) // 2)
        wait = warm_up + forgetting
        last = np.flatnonzero(apart(same, targets, tolerance).any(axis=1))
        found.append(
            LaterStart(
                time=int(panel.times[step]),
                compared_time=int(panel.times[step + wait]),
                decisions=int(np.count_nonzero(decisions.step >= step + wait)),
                settled_bars=int(last[-1]) + 1 if last.size else 0,
                targets=parting(
                    panel, same[wait:], targets[wait:], step=step + wait, tolerance=tolerance
                ),
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
        differing, cells = differing + start.targets.differing, cells + start.targets.cells
    detail = (
        f"{differing} of {cells} targets differ between the run and {len(starts)} that begin "
        f"later, behind the warm-up of {warm_up} bars and what a rule may take to forget."
    )
    first = next((start for start in starts if start.targets.difference), None)
    if first is not None:
        detail += (
            f" The first, with a start at {second_text(first.time)}, is {first.targets.difference}."
        )
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

    def ints(name: str, values: list[int]) -> Column:
        return Column(name=name, data=np.array(values, dtype=np.int64))

    return (
        ints("time", [start.time for start in starts]),
        ints("compared_time", [start.compared_time for start in starts]),
        ints("decision_count", [start.decisions for start in starts]),
        ints("target_count", [start.targets.cells for start in starts]),
        ints("differing_count", [start.targets.differing for start in starts]),
        ints("settled_bars", [start.settled_bars for start in starts]),
        string_column("expected_digest", [start.targets.expected for start in starts]),
        string_column("found_digest", [start.targets.found for start in starts]),
    )
