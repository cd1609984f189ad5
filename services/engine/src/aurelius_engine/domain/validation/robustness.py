"""What a result rests on. docs/specs/validation_robustness.md."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.errors import LookbackTooLong, RunCancelled
from aurelius_engine.domain.identity import spec_hash
from aurelius_engine.domain.lane_sums import BLOCK, LANES
from aurelius_engine.domain.metrics import summary
from aurelius_engine.domain.sweeps.trials import Outcome, Trial
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.validation.cost_scaling import has_costs, with_costs
from aurelius_engine.domain.validation.crises import (
    CRISES,
    REGIME_BARS,
    basket_returns,
    regimes,
    steps_of,
)
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
from aurelius_engine.domain.validation.study import StudyContext
from aurelius_engine.domain.validation.windows import time_text

Floats = NDArray[np.float64]
USUAL_MULTIPLES = (0.5, 1.0, 2.0, 5.0)
# The search for the break-even ends here; a gain at 64 times the costs is said to be at least that.
MOST_MULTIPLE, HALVINGS = 64.0, 20
REGIME_LEAST_SHARE = 0.05
NOT_POSITIVE, NO_GAIN = "UNDEFINED_EQUITY_NOT_POSITIVE", "UNDEFINED_NO_GAIN_WITHOUT_COSTS"
NO_COSTS, NO_STARTS = "UNDEFINED_NO_COSTS", "UNDEFINED_TOO_FEW_BARS"
NO_NEIGHBOURS, MOST_WITHOUT = "UNDEFINED_NO_NEIGHBOURS", "UNDEFINED_MOST_NEIGHBOURS_WITHOUT_VALUE"
Numbers = tuple[float, float, float]


def robustness(context: StudyContext) -> Findings:
    """Varies costs, first days and parameters, and looks into crises and regimes.

    Raises:
        EngineError: The run itself is refused, cancelled, or its accounts do not add up.
    """
    run, spec, periods = context.runs.simulate(context.base)

    def numbers(simulation: Simulation) -> Numbers:
        equity = simulation.equity
        work, sums = np.empty(BLOCK), np.empty(2 * LANES)
        return summary(equity, periods, spec.risk_free_ratio, work, sums)

    base = numbers(run)
    parts = [
        _costs(context, base, numbers),
        _starts(context, run, numbers),
        _crises(run),
        _regimes(run),
        _neighbours(context),
    ]
    return Findings(
        statistics=[one for part in parts for one in part[0]],
        checks=[one for part in parts for one in part[1]],
        tables={name: table for part in parts for name, table in part[2].items()},
        execution_count=context.runs.count,
    )


Part = tuple[list[Statistic], list[Check], Mapping[str, Table]]


def _statistic(name: str, unit: str, outcome: Outcome) -> Statistic:
    return Statistic(id=name, version=1, unit=unit, outcome=outcome)


def _costs(context: StudyContext, base: Numbers, numbers: Any) -> Part:
    listed = context.terms["costMultiples"] or USUAL_MULTIPLES
    multiples = sorted(float(multiple) for multiple in listed)
    if not has_costs(context.base):
        told = "The specification has no cost to multiply."
        return (
            [_statistic("break_even_cost_multiple", "ratio", NO_COSTS)],
            [not_applicable("robustness.break_even_cost", told, severity=Severity.BLOCKER)],
            {"cost_ladder": _ladder([], [])},
        )

    def at(multiple: float) -> Numbers:
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        found, _, _ = context.runs.simulate(with_costs(context.base, multiple))
        result: Numbers = numbers(found)
        return result

    rungs = [base if multiple == 1.0 else at(multiple) for multiple in multiples]
    multiple = break_even(lambda factor: at(factor)[0], base[0])
    shown = multiple if isinstance(multiple, str) else f"{multiple:.4g} times its costs"
    bound = float(context.terms["minBreakEvenMultiple"])
    judged = check(
        "robustness.break_even_cost",
        multiple,
        Comparison.GREATER_OR_EQUAL,
        bound,
        unit="ratio",
        detail=f"The run gains up to {shown}.",
        remedy="Trade less often, or show with fills of your own that the costs are known well.",
        evidence=("cost_ladder",),
    )
    return (
        [_statistic("break_even_cost_multiple", "ratio", multiple)],
        [judged],
        {"cost_ladder": _ladder(multiples, rungs)},
    )


def break_even(gain: Any, gain_at_one: float) -> Outcome:
    """Returns the multiple of the costs at which the gain is gone, found by halving.

    At least MOST_MULTIPLE is said as that; a run without gain even free of costs has none.

    Args:
        gain: Returns the total return at a multiple.
        gain_at_one: What it returns at 1.
    """
    low, high = 0.0, 1.0
    if gain_at_one > 0.0:
        low, high = 1.0, 2.0
        while high <= MOST_MULTIPLE and gain(high) > 0.0:
            low, high = high, 2.0 * high
        if high > MOST_MULTIPLE:
            return MOST_MULTIPLE
    elif gain(0.0) <= 0.0:
        return NO_GAIN
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if gain(middle) > 0.0:
            low = middle
        else:
            high = middle
    return low


def _ladder(multiples: Sequence[float], rungs: Sequence[Numbers]) -> Table:
    return (_floats("cost_multiple", multiples), *_three(rungs))


def _starts(context: StudyContext, run: Simulation, numbers: Any) -> Part:
    count, step = int(context.terms["startCount"]), int(context.terms["startStepBars"])
    times, starts, found = run.panel.times, list[int](), list[Numbers]()
    for start in range(step, min(count * step + 1, times.size // 2), step):
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        later = {**context.base, "startTime": time_text(int(times[start]))}
        try:
            other, _, _ = context.runs.simulate(later)
        except LookbackTooLong:
            break  # the strategy needs more bars than are left, and fewer are left ever after
        starts.append(start)
        found.append(numbers(other))
    sharpes = sorted(sharpe for _, sharpe, _ in found if not math.isnan(sharpe))
    spread: Outcome = NO_STARTS
    if len(sharpes) == len(starts) > 0:
        middle = sharpes[len(sharpes) // 2]
        away = max(abs(sharpe - middle) for sharpe in sharpes)
        spread = away / abs(middle) if middle != 0.0 else NOT_POSITIVE
    judged = check(
        "robustness.start_spread",
        spread,
        Comparison.LESS_OR_EQUAL,
        float(context.terms["maxStartSpreadRatio"]),
        unit="ratio",
        detail=f"{len(starts)} other first days were tried, {step} bars apart.",
        remedy="The result hangs on its first day: find the trade that makes it.",
        severity=Severity.WARNING,
        evidence=("starts",),
    )
    table = (_ints("start_time", [int(times[start]) for start in starts]), *_three(found))
    return [_statistic("start_spread_ratio", "ratio", spread)], [judged], {"starts": table}


def _crises(run: Simulation) -> Part:
    rows: list[tuple[str, int, Numbers]] = []
    missing = []
    for crisis in CRISES:
        first, last = steps_of(crisis, run.panel.times)
        if last - first < 2:
            missing.append(crisis.id)
            continue
        part = np.ascontiguousarray(run.equity[first : last + 1])
        rows.append((crisis.id, last - first, _plain(part)))
    told = f"The data reaches over {len(rows)} of {len(CRISES)} crises."
    if missing:
        told += f" Missing: {', '.join(missing)}."
    judged = check(
        "robustness.crises",
        float(len(rows)),
        Comparison.GREATER_OR_EQUAL,
        1.0,
        unit="count",
        detail=told,
        remedy="Run it on data that reaches over one of them.",
        severity=Severity.WARNING,
        evidence=("crises",),
    )
    table = (
        string_column("crisis", [row[0] for row in rows]),
        _ints("bars", [row[1] for row in rows]),
        _floats("return_ratio", [row[2][0] for row in rows]),
        _floats("max_drawdown_ratio", [row[2][2] for row in rows]),
    )
    return [_statistic("crisis_count", "count", float(len(rows)))], [judged], {"crises": table}


def _plain(equity: Floats) -> Numbers:
    return summary(equity, 1.0, 0.0, np.empty(BLOCK), np.empty(2 * LANES))


def _regimes(run: Simulation) -> Part:
    """Cuts time by thirds of the market's deviation, and by the side of its trend."""
    deviation, trend = regimes(basket_returns(np.ascontiguousarray(run.panel.close)), REGIME_BARS)
    known = np.flatnonzero(~np.isnan(deviation))
    names, counts, logs = [], [], []
    if known.size:
        order = known[np.argsort(deviation[known], kind="stable")]
        third = np.empty(run.panel.times.size, dtype=np.int64)
        third[order] = np.arange(order.size) * 3 // order.size
        for level, level_name in enumerate(("calm", "usual", "wild")):
            for rising, side in ((False, "falling"), (True, "rising")):
                steps = known[(third[known] == level) & ((trend[known] > 0.0) == rising)]
                names.append(f"{level_name}_{side}")
                counts.append(int(steps.size))
                logs.append(_gain(run.equity, steps.tolist()))
    share: Outcome = min(counts) / known.size if known.size else NO_STARTS
    thin = [n for n, c in zip(names, counts, strict=True) if c < REGIME_LEAST_SHARE * known.size]
    told = f"{known.size} bars are cut into {len(names)} regimes."
    if thin:
        told += f" Thin: {', '.join(thin)}."
    judged = check(
        "robustness.regimes",
        share,
        Comparison.GREATER_OR_EQUAL,
        REGIME_LEAST_SHARE,
        unit="ratio",
        detail=told,
        remedy="The data shows little of a regime: say what the strategy does there.",
        severity=Severity.INFO,
        evidence=("regimes",),
    )
    table = (
        string_column("regime", names),
        _ints("bars", counts),
        _floats("return_ratio", logs),
    )
    return [_statistic("least_regime_share_ratio", "ratio", share)], [judged], {"regimes": table}


def _gain(equity: Floats, steps: Sequence[int]) -> float:
    """Returns what the equity gained over single bars, one after the other."""
    level = 1.0
    for step in steps:
        before = float(equity[step])
        level *= float(equity[step + 1]) / before if before > 0.0 else math.nan
    return level - 1.0


def _neighbours(context: StudyContext) -> Part:
    space = context.terms.get("neighbourhood")
    if space is None:
        told = "No neighbourhood of parameters was given."
        none = not_applicable("robustness.neighbourhood", told, severity=Severity.WARNING)
        return [], [none], {}
    metric = space["objective"]["metricId"]
    rising = space["objective"]["direction"] == "DIRECTION_MAXIMIZE"
    found = context.runs.search(context.base, space)
    values = _neighbour_values(context.base, found.trials)
    result = context.runs.execute(context.base)
    own = next(value for one, value in result.metrics if one.id == metric)
    ratio = own if isinstance(own, str) else neighbour_ratio(values, own, rising=rising)
    judged = check(
        "robustness.neighbourhood",
        ratio,
        Comparison.GREATER_OR_EQUAL,
        float(context.terms["minNeighbourRatio"]),
        unit="ratio",
        detail=(
            f"{metric} is {own}; its median over {len(values)} neighbours, "
            f"{values.count(None)} of them without a value, is a part of that."
        ),
        remedy="The parameters stand on a spike: choose from a plateau.",
        evidence=("surface",),
    )
    outcomes = [trial.outcomes[0] if trial.outcomes else math.nan for trial in found.trials]
    table = (
        _ints("trial", [trial.number for trial in found.trials]),
        *(
            string_column(path, [str(trial.values[place]) for trial in found.trials])
            for place, path in enumerate(found.plan.space.paths)
        ),
        _floats(metric, [math.nan if isinstance(value, str) else value for value in outcomes]),
    )
    return [_statistic("neighbour_ratio", "ratio", ratio)], [judged], {"surface": table}


def _neighbour_values(base: Mapping[str, Any], trials: Sequence[Trial]) -> list[float | None]:
    """Returns the objective of every point that is another specification than the base.

    None is one that was refused or has no value.
    """
    own = spec_hash(base)
    outcomes = [
        trial.outcomes[0] if trial.outcomes else ""
        for trial in trials
        if trial.spec_hash and trial.spec_hash != own
    ]
    return [None if isinstance(outcome, str) else outcome for outcome in outcomes]


def neighbour_ratio(values: Sequence[float | None], own: float, *, rising: bool) -> Outcome:
    """Returns the median of the neighbours over the base, or the other way round if less is more.

    Args:
        values: Of the neighbours; None, no value, is worse than any.
        own: Of the base.
        rising: Whether more is better.
    """
    if not values:
        return NO_NEIGHBOURS
    sign = 1.0 if rising else -1.0
    ordered = sorted(-math.inf if value is None else sign * value for value in values)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2.0
    if middle == -math.inf:
        return MOST_WITHOUT
    if own <= 0.0 or (not rising and middle == 0.0):
        return NOT_POSITIVE
    return middle / own if rising else own / -middle


def _three(rows: Sequence[Numbers]) -> Table:
    names = ("return_ratio", "sharpe_ratio", "max_drawdown_ratio")
    return tuple(_floats(name, [row[place] for row in rows]) for place, name in enumerate(names))


def _floats(name: str, values: Sequence[float]) -> Column:
    return Column(name=name, data=np.array(values, dtype=np.float64))


def _ints(name: str, values: Sequence[int]) -> Column:
    return Column(name=name, data=np.array(values, dtype=np.int64))
