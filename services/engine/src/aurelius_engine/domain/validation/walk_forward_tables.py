"""The tables of a walk-forward: its windows, and the curve that their tests make."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.slices import slice_hash
from aurelius_engine.domain.sweeps.plan import SweepPlan
from aurelius_engine.domain.sweeps.trials import Outcome, Trial
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.validation.findings import Table
from aurelius_engine.domain.validation.study import StudyContext
from aurelius_engine.domain.validation.windows import Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# What is kept of each trial of a train slice, beside the objective.
KEPT = ("total_return_ratio", "sharpe_ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A window that was walked. `chosen` is None where no point of the train was feasible.

    `equity` has shape (test bars + 1,), beginning with the initial cash.
    """

    window: Window
    chosen: Trial | None
    trials: int
    train_run: str
    test_run: str
    warm_up_bars: int
    equity: Floats
    numbers: tuple[float, float, float]

    @property
    def growth(self) -> float:
        """Final over initial equity of the test."""
        return float(self.equity[-1] / self.equity[0])


def kept(plan: SweepPlan, chosen: Trial, metric: str) -> Outcome:
    """Returns what a train slice kept of a metric of KEPT."""
    return chosen.outcomes[plan.metric_ids.index(metric)]


def windows_table(
    walked: Sequence[Walked],
    plan: SweepPlan,
    times: Ints,
    context: StudyContext,
    symbols: Sequence[str],
) -> Table:
    """Returns a row for each window: its slices, its runs, and what they earned."""

    def ints(name: str, values: list[int]) -> Column:
        return Column(name=name, data=np.array(values, dtype=np.int64))

    def floats(name: str, values: list[float]) -> Column:
        return Column(name=name, data=np.array(values, dtype=np.float64))

    def end(step: int) -> int:
        return int(times[step]) if step < times.size else int(times[-1]) + 1

    def hashes(first: int, last: int) -> str:
        return slice_hash(context.table, symbols, int(times[first]), end(last))

    def inside(one: Walked, metric: str) -> float:
        value = math.nan if one.chosen is None else kept(plan, one.chosen, metric)
        return math.nan if isinstance(value, str) else value

    shown = [one.window for one in walked]
    return (
        ints("window", [w.number for w in shown]),
        ints("train_start_time", [int(times[w.train_first]) for w in shown]),
        ints("train_end_time", [end(w.train_end) for w in shown]),
        ints("test_start_time", [int(times[w.test_first]) for w in shown]),
        ints("test_end_time", [end(w.test_end) for w in shown]),
        string_column("train_slice_hash", [hashes(w.train_first, w.train_end) for w in shown]),
        string_column("test_slice_hash", [hashes(w.test_first, w.test_end) for w in shown]),
        ints("trial_count", [one.trials for one in walked]),
        ints("chosen_trial", [-1 if one.chosen is None else one.chosen.number for one in walked]),
        string_column("parameters", [_parameters(one, plan) for one in walked]),
        string_column("train_run", [_run(one.train_run) for one in walked]),
        string_column("test_run", [_run(one.test_run) for one in walked]),
        ints("warm_up_bars", [one.warm_up_bars for one in walked]),
        floats("in_sample_return_ratio", [inside(one, KEPT[0]) for one in walked]),
        floats("in_sample_sharpe_ratio", [inside(one, KEPT[1]) for one in walked]),
        floats("out_of_sample_return_ratio", [one.numbers[0] for one in walked]),
        floats("out_of_sample_sharpe_ratio", [one.numbers[1] for one in walked]),
        floats("out_of_sample_max_drawdown_ratio", [one.numbers[2] for one in walked]),
    )


def _run(run_id: str) -> str:
    return run_id and f"runs/{run_id}"


def _parameters(one: Walked, plan: SweepPlan) -> str:
    """Returns the canonical JSON of the values chosen, by path."""
    if one.chosen is None:
        return ""
    return canonical_json(dict(zip(plan.space.paths, one.chosen.values, strict=True))).decode()


def curve_table(walked: Sequence[Walked], stitched: Floats, times: Ints) -> Table:
    """Returns the curve out of sample; its first row is before the first test bar."""
    first, last = walked[0].window.test_first, walked[-1].window.test_end
    numbers = [np.full(one.equity.size - 1, one.window.number) for one in walked]
    own = [walked[0].equity[:1], *(one.equity[1:] for one in walked)]
    return (
        Column(name="time", data=np.concatenate((times[first : first + 1], times[first:last]))),
        Column(name="window", data=np.concatenate(([0], *numbers)).astype(np.int64)),
        Column(name="run_equity", data=np.concatenate(own)),
        Column(name="equity", data=stitched),
    )
