"""What bars leave open of a result. docs/specs/validation_execution_ambiguity.md."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aurelius_engine.domain.core.codes import INTRABAR_PATHS
from aurelius_engine.domain.errors import RunCancelled, StudyContradiction
from aurelius_engine.domain.metrics.registry import REGISTRY
from aurelius_engine.domain.results import RunResult
from aurelius_engine.domain.sweeps.trials import Outcome
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Findings,
    Statistic,
    Table,
    check,
)
from aurelius_engine.domain.validation.study import StudyContext

PATH = "intrabarPath"
USUAL_METRICS = ("total_return_ratio", "sharpe_ratio", "max_drawdown_ratio")
USUAL_ENDS = ({"metricId": "sharpe_ratio", "comparison": "COMPARISON_GREATER", "bound": 0.0},)
ADVERSE, FAVOURABLE = "INTRABAR_PATH_ADVERSE", "INTRABAR_PATH_FAVOURABLE"
_DEFINITIONS = {one.id: one for one in REGISTRY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A metric over the admissible paths. An end without a value has the reason for it.

    Attributes:
        metric_id: Which.
        reported: With the path of the specification.
        lowest: Over every path.
        lowest_path: The first path that has it, "" for none.
        highest: As `lowest`.
        highest_path: As `lowest_path`.
    """

    metric_id: str
    reported: Outcome
    lowest: Outcome
    lowest_path: str
    highest: Outcome
    highest_path: str


def execution_ambiguity(context: StudyContext) -> Findings:
    """Runs the specification on every path through its bars that is admissible.

    Raises:
        StudyContradiction: A metric is not in the registry, or an end is bounded twice.
        EngineError: A run is refused, cancelled, or its accounts do not add up.
    """
    ends = _ends(context.terms["worstEnds"] or USUAL_ENDS)
    listed = context.terms["metricIds"] or USUAL_METRICS
    metric_ids = list(dict.fromkeys((*listed, "sharpe_ratio", *(end[0] for end in ends))))
    _refuse_unknown(metric_ids)
    results: dict[str, RunResult] = {}
    for place, path in enumerate(INTRABAR_PATHS):
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        results[path] = context.runs.execute({**context.base, PATH: path})
        context.report(place + 1, len(INTRABAR_PATHS))
    values = {path: _values(result) for path, result in results.items()}
    reported = context.base[PATH]
    intervals = {name: interval(name, values, reported) for name in metric_ids}
    judged = [_worst_end(intervals[name], side, bound) for name, side, bound in ends]
    judged.append(_distance(intervals["sharpe_ratio"], float(context.terms["maxSharpeDistance"])))
    counts = {path: results[path].ambiguous_bars for path in (ADVERSE, FAVOURABLE)}
    return Findings(
        statistics=_statistics(intervals.values(), counts),
        checks=judged,
        tables={
            "ambiguous_bars": _ambiguous(counts),
            "envelope": _envelope(list(intervals.values())),
            "paths": _paths(context, metric_ids, values),
        },
        execution_count=context.runs.count,
    )


End = tuple[str, Comparison, float]


def _ends(listed: Sequence[Mapping[str, Any]]) -> list[End]:
    """Returns the bounds on ends. Raises: StudyContradiction: Two are of one end."""
    found = [
        (
            str(entry["metricId"]),
            Comparison[entry["comparison"].removeprefix("COMPARISON_")],
            float(entry["bound"]),
        )
        for entry in listed
    ]
    names = [_end_name(metric_id, comparison) for metric_id, comparison, _ in found]
    for name in names:
        if names.count(name) > 1:
            raise StudyContradiction(
                f"{name} has two bounds", found=name, allowed="one bound for each end of a metric"
            )
    return found


def _end_name(metric_id: str, comparison: Comparison) -> str:
    """Returns the end that a bound is on: the one that passes last."""
    least = comparison in (Comparison.GREATER, Comparison.GREATER_OR_EQUAL)
    return f"{'lowest' if least else 'highest'}_{metric_id}"


def _refuse_unknown(metric_ids: Sequence[str]) -> None:
    for name in metric_ids:
        if name not in _DEFINITIONS:
            raise StudyContradiction(
                f"the registry has no metric {name}", found=name, allowed=", ".join(_DEFINITIONS)
            )


def _values(result: RunResult) -> dict[str, Outcome]:
    return {definition.id: outcome for definition, outcome in result.metrics}


def interval(
    metric_id: str, values: Mapping[str, Mapping[str, Outcome]], reported: str
) -> Interval:
    """Returns a metric over paths. If one path leaves it undefined, so are both ends.

    Args:
        metric_id: The metric.
        values: The outcomes by metric, by path.
        reported: The path that the specification has.
    """
    paths = [path for path in INTRABAR_PATHS if path in values]
    found = [values[path][metric_id] for path in paths]
    numbers = [one for one in found if not isinstance(one, str)]
    low: Outcome
    high: Outcome
    if len(numbers) < len(found):
        low = high = next(one for one in found if isinstance(one, str))
        low_path = high_path = ""
    else:
        low, high = min(numbers), max(numbers)
        low_path, high_path = paths[found.index(low)], paths[found.index(high)]
    return Interval(
        metric_id=metric_id,
        reported=values[reported][metric_id],
        lowest=low,
        lowest_path=low_path,
        highest=high,
        highest_path=high_path,
    )


def _worst_end(found: Interval, comparison: Comparison, bound: float) -> Check:
    end = _end_name(found.metric_id, comparison)
    is_lowest = end.startswith("lowest_")
    path = found.lowest_path if is_lowest else found.highest_path
    told = f"{found.metric_id} is from {found.lowest} to {found.highest}; {found.reported} is said."
    if path:
        told += f" The worst end is of {path}."
    return check(
        f"execution_ambiguity.{end}",
        found.lowest if is_lowest else found.highest,
        comparison,
        bound,
        unit=_DEFINITIONS[found.metric_id].unit,
        detail=told,
        remedy="Use shorter bars, or orders that do not hang on which price of a bar came first.",
        evidence=("envelope", "paths"),
    )


def _distance(sharpe: Interval, bound: float) -> Check:
    outcome: Outcome
    if isinstance(sharpe.reported, str):
        outcome = sharpe.reported
    elif isinstance(sharpe.lowest, str):
        outcome = sharpe.lowest
    else:
        outcome = sharpe.reported - sharpe.lowest
    return check(
        "execution_ambiguity.sharpe_distance",
        outcome,
        Comparison.LESS_OR_EQUAL,
        bound,
        unit="ratio",
        detail=f"The Sharpe ratio that is said is {sharpe.reported}, the lowest {sharpe.lowest}.",
        remedy="State the result of INTRABAR_PATH_ADVERSE, or use shorter bars.",
        evidence=("envelope",),
    )


def _statistics(intervals: Any, counts: Mapping[str, Mapping[str, int]]) -> list[Statistic]:
    found = []
    for one in intervals:
        unit = _DEFINITIONS[one.metric_id].unit
        for name, outcome in (("lowest", one.lowest), ("highest", one.highest)):
            found.append(
                Statistic(id=f"{one.metric_id}_{name}", version=1, unit=unit, outcome=outcome)
            )
    total = 0
    for symbol in sorted(counts[ADVERSE]):
        total += counts[ADVERSE][symbol]
    found.append(Statistic(id="ambiguous_bar_count", version=1, unit="count", outcome=float(total)))
    return found


def _ambiguous(counts: Mapping[str, Mapping[str, int]]) -> Table:
    symbols = sorted(counts[ADVERSE])
    return (
        string_column("symbol", symbols),
        *(
            Column(name=name, data=np.array([counts[path][s] for s in symbols], dtype=np.int64))
            for name, path in (("adverse_bars", ADVERSE), ("favourable_bars", FAVOURABLE))
        ),
    )


def _envelope(rows: Sequence[Interval]) -> Table:
    return (
        string_column("metric_id", [row.metric_id for row in rows]),
        string_column("unit", [_DEFINITIONS[row.metric_id].unit for row in rows]),
        _floats("reported", [row.reported for row in rows]),
        _floats("lowest", [row.lowest for row in rows]),
        string_column("lowest_path", [row.lowest_path for row in rows]),
        _floats("highest", [row.highest for row in rows]),
        string_column("highest_path", [row.highest_path for row in rows]),
        string_column(
            "undefined_reason", [row.lowest if isinstance(row.lowest, str) else "" for row in rows]
        ),
    )


def _paths(
    context: StudyContext, metric_ids: Sequence[str], values: Mapping[str, Mapping[str, Outcome]]
) -> Table:
    paths = list(INTRABAR_PATHS)
    runs = [context.runs.run_id({**context.base, PATH: path}) for path in paths]
    return (
        string_column("intrabar_path", paths),
        string_column("run_id", runs),
        *(_floats(name, [values[path][name] for path in paths]) for name in metric_ids),
    )


def _floats(name: str, outcomes: Sequence[Outcome]) -> Column:
    numbers = [math.nan if isinstance(one, str) else one for one in outcomes]
    return Column(name=name, data=np.array(numbers, dtype=np.float64))
