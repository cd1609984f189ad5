"""Walk-forward: optimise on a slice, trade the next one. docs/specs/validation_walk_forward.md."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain import strategies
from aurelius_engine.domain.bar_intervals import periods_per_year
from aurelius_engine.domain.errors import RunCancelled, StudyContradiction
from aurelius_engine.domain.fixed_math import exp_kernel, log_kernel
from aurelius_engine.domain.lane_sums import BLOCK, LANES
from aurelius_engine.domain.metrics import summary
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.sweeps.plan import SweepPlan
from aurelius_engine.domain.sweeps.trials import Outcome
from aurelius_engine.domain.validation.curves import stitched_equity, weaker_part
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Findings,
    Severity,
    Statistic,
    check,
)
from aurelius_engine.domain.validation.study import StudyContext
from aurelius_engine.domain.validation.walk_forward_tables import (
    KEPT,
    Walked,
    curve_table,
    kept,
    windows_table,
)
from aurelius_engine.domain.validation.windows import (
    Scheme,
    Window,
    refuse_short,
    windows_of,
    within,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_TRADES = "trade_count"
IN_SAMPLE_LOSS, NO_GAIN, NOT_POSITIVE = (
    "UNDEFINED_IN_SAMPLE_LOSS",
    "UNDEFINED_NO_GAIN",
    "UNDEFINED_EQUITY_NOT_POSITIVE",
)
NO_CHOICE = "UNDEFINED_NOTHING_CHOSEN"


def walk_forward(context: StudyContext) -> Findings:
    """Walks through the windows, and judges what the chosen points earned out of sample.

    Raises:
        DataInsufficient: There are too few bars.
        StudyContradiction: The purge leaves nothing of a train slice.
        EngineError: A run is refused, cancelled, or its accounts do not add up.
    """
    spec = spec_from_document(context.base)
    panel = panel_of(spec, context.table)
    times = panel.times
    periods = periods_per_year(spec, context.calendars)
    scheme = _scheme(context.terms)
    refuse_short(times, scheme, periods)
    windows = windows_of(times.size, scheme)
    space = _space(context.terms)
    walked, plan = [], None
    for window in windows:
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        done, plan = _walk(context, space, times, window, periods, spec.risk_free_ratio)
        walked.append(done)
        context.report(len(walked), len(windows))
    if plan is None:
        raise ValueError("there are windows, so there is a plan")
    stitched = stitched_equity([one.equity for one in walked])
    free = spec.risk_free_ratio
    whole = summary(stitched, periods, free, np.empty(BLOCK), np.empty(2 * LANES))
    statistics = _statistics(walked, plan, stitched, whole, periods, times.size)
    learnt = _learnt(context, space, times, walked[0])
    statistics += _weaker_halves(walked, learnt, stitched, times.size // 2, periods, free)
    return Findings(
        statistics=statistics,
        checks=_checks(statistics, context.terms),
        tables={
            "windows": windows_table(walked, plan, times, context, panel.symbols),
            "out_of_sample": curve_table(walked, stitched, times),
        },
        execution_count=context.runs.count,
    )


def _scheme(terms: Mapping[str, Any]) -> Scheme:
    scheme = Scheme(
        anchored=terms["scheme"] == "SCHEME_ANCHORED",
        train=int(terms["trainBars"]),
        test=int(terms["testBars"]),
        purge=int(terms["purgeBars"]),
        embargo=int(terms["embargoBars"]),
        least_windows=int(terms["minWindowCount"]),
    )
    if scheme.purge >= scheme.train:
        raise StudyContradiction(
            "the purge leaves nothing of a train slice",
            found=scheme.purge,
            allowed=f"below train_bars, {scheme.train}",
        )
    return scheme


def _space(terms: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the space, whose best point has enough round trips."""
    space, least = terms["space"], int(terms["minTrainTradeCount"])
    if least == 0:
        return space  # type: ignore[no-any-return]  # a part of the document
    wanted = {
        "metricId": _TRADES,
        "comparison": "COMPARISON_GREATER_OR_EQUAL",
        "bound": float(least),
    }
    objective = space["objective"]
    constraints = [*objective["metricConstraints"], wanted]
    return {**space, "objective": {**objective, "metricConstraints": constraints}}


def _walk(
    context: StudyContext,
    space: Mapping[str, Any],
    times: Ints,
    window: Window,
    periods: float,
    free: float,
) -> tuple[Walked, SweepPlan]:
    train = within(context.base, times, window.train_first, window.train_end)
    found = context.runs.search(train, space, KEPT)
    bars = window.test_end - window.test_first
    chosen = None if found.best is None else found.trials[found.best]
    run_id, warm = "", 0
    equity = np.full(bars + 1, float(context.base["initialCash"]))
    if chosen is not None:
        point = context.runs.point(train, space, chosen)
        needed = strategies.bars_needed(spec_from_document(point).strategy) - 1
        warm = max(0, min(needed, window.test_first))
        test = within(point, times, window.test_first, window.test_end, warm_up_bars=warm)
        run, _, _ = context.runs.simulate(test)
        equity, run_id = run.equity, context.runs.run_id(test)
    walked = Walked(
        window=window,
        chosen=chosen,
        trials=len(found.trials),
        train_run="" if chosen is None else chosen.run_id,
        test_run=run_id,
        warm_up_bars=warm,
        equity=equity,
        numbers=summary(equity, periods, free, np.empty(BLOCK), np.empty(2 * LANES)),
    )
    return walked, found.plan


def _learnt(context: StudyContext, space: Mapping[str, Any], times: Ints, first: Walked) -> Floats:
    """Returns the equity of the first window's choice on the bars that it was chosen on."""
    window = first.window
    if first.chosen is None:
        return np.full(window.train_end - window.train_first + 1, float(first.equity[0]))
    train = within(context.base, times, window.train_first, window.train_end)
    run, _, _ = context.runs.simulate(context.runs.point(train, space, first.chosen))
    return run.equity


def _weaker_halves(
    walked: Sequence[Walked],
    learnt: Floats,
    stitched: Floats,
    middle: int,
    periods: float,
    free: float,
) -> list[Statistic]:
    """Returns the lower Sharpe ratio of the windows' two halves, and that of the data's.

    The windows' middle one is in the later half. What is before the tests of the data is
    what the first choice earned where it was made: even that may be a loss.

    Args:
        walked: The windows.
        learnt: The equity of the first choice on its train slice.
        stitched: The equity of the tests.
        middle: The first bar of the later half of the data.
        periods: Bars a year.
        free: The risk-free rate a year.
    """
    early, first = walked[: len(walked) // 2], walked[0].window
    until = early[-1].window.test_end - first.test_first
    whole = stitched_equity((learnt, stitched))
    place = middle - first.train_first
    if middle >= first.train_end:  # the bars of a purge are in no slice
        place = learnt.size - 1 + max(middle - first.test_first, 0)
    outcomes = (
        ("weaker_half_sharpe_ratio", weaker_part(stitched, until, periods, free)),
        ("weaker_half_of_data_sharpe_ratio", weaker_part(whole, place, periods, free)),
    )
    return [
        Statistic(
            id=name, version=1, unit="ratio", outcome=NOT_POSITIVE if math.isnan(lower) else lower
        )
        for name, lower in outcomes
    ]


def _statistics(
    walked: Sequence[Walked],
    plan: SweepPlan,
    stitched: Floats,
    whole: tuple[float, float, float],
    periods: float,
    bars: int,
) -> list[Statistic]:
    total, sharpe, drawdown = whole
    growths = [one.growth for one in walked]
    gains = [_log(growth) for growth in growths]
    gained = math.fsum(gain for gain in gains if gain > 0.0)
    out_bars = stitched.size - 1
    inside, inside_sharpe = _in_sample(walked, plan, periods)
    outside = _annual(_log(float(stitched[-1] / stitched[0])), out_bars, periods)
    efficiency: Outcome = inside if isinstance(inside, str) else NOT_POSITIVE
    if not isinstance(inside, str) and not isinstance(outside, str):
        efficiency = outside / inside if inside > 0.0 else IN_SAMPLE_LOSS
    degradation: Outcome = inside_sharpe
    if not isinstance(inside_sharpe, str):
        degradation = inside_sharpe - sharpe if not math.isnan(sharpe) else NOT_POSITIVE
    ratio, count = "ratio", "count"
    found: list[tuple[str, str, Outcome]] = [
        ("window_count", count, float(len(walked))),
        ("flat_window_count", count, float([one.chosen for one in walked].count(None))),
        ("unused_bar_count", count, float(bars - walked[-1].window.test_end)),
        ("in_sample_annual_return_ratio", ratio, inside),
        ("in_sample_sharpe_ratio", ratio, inside_sharpe),
        ("out_of_sample_return_ratio", ratio, total),
        ("out_of_sample_annual_return_ratio", ratio, outside),
        ("out_of_sample_sharpe_ratio", ratio, NOT_POSITIVE if math.isnan(sharpe) else sharpe),
        (
            "out_of_sample_max_drawdown_ratio",
            ratio,
            NOT_POSITIVE if math.isnan(drawdown) else drawdown,
        ),
        ("walk_forward_efficiency", ratio, efficiency),
        ("sharpe_degradation", ratio, degradation),
        (
            "profitable_window_ratio",
            ratio,
            float([growth > 1.0 for growth in growths].count(True)) / len(walked),
        ),
        ("best_window_share_ratio", ratio, max(gains) / gained if gained > 0.0 else NO_GAIN),
        ("parameter_stability_ratio", ratio, _stability(walked, plan)),
    ]
    return [
        Statistic(id=name, version=1, unit=unit, outcome=outcome) for name, unit, outcome in found
    ]


def _in_sample(
    walked: Sequence[Walked], plan: SweepPlan, periods: float
) -> tuple[Outcome, Outcome]:
    """Returns the annual return of the chosen points in sample, and their mean Sharpe ratio."""
    chosen = [(one.window, one.chosen) for one in walked if one.chosen is not None]
    if not chosen:
        return NO_CHOICE, NO_CHOICE
    logs, bars, sharpes = [], 0, []
    for window, trial in chosen:
        total, sharpe = (kept(plan, trial, name) for name in KEPT)
        if isinstance(total, str) or isinstance(sharpe, str):
            return NOT_POSITIVE, NOT_POSITIVE
        logs.append(_log(1.0 + total))
        bars += window.train_end - window.train_first
        sharpes.append(sharpe)
    return _annual(math.fsum(logs), bars, periods), math.fsum(sharpes) / len(sharpes)


def _log(growth: float) -> float:
    return log_kernel(growth) if growth > 0.0 else -math.inf


def _annual(log_growth: float, bars: int, periods: float) -> Outcome:
    yearly = log_growth * (periods / bars)
    if not -700.0 < yearly < 700.0:
        return NOT_POSITIVE
    return exp_kernel(yearly) - 1.0


def _stability(walked: Sequence[Walked], plan: SweepPlan) -> Outcome:
    """Returns 1 less the mean distance between points chosen one after the other.

    A distance is the mean over parameters of the steps between two values, over all steps.
    """
    points = [one.chosen.values for one in walked if one.chosen is not None]
    if len(points) < 2:
        return NO_CHOICE
    distances = []
    for place, parameter in enumerate(plan.space.parameters):
        if parameter.domain.count < 2:
            continue
        values = [point[place] for point in points]
        distances += [_apart(parameter.domain, one, other) for one, other in pairwise(values)]
    return 1.0 - math.fsum(distances) / len(distances) if distances else 1.0


def _apart(domain: Any, one: Any, other: Any) -> float:
    """Returns how far two values of a parameter are apart, 1 from end to end."""
    if not domain.ordered:
        return 0.0 if one == other else 1.0
    span = domain.value(domain.count - 1) - domain.value(0)
    return float(abs(one - other) / span)


def _checks(statistics: Sequence[Statistic], terms: Mapping[str, Any]) -> list[Check]:
    found = {statistic.id: statistic.outcome for statistic in statistics}
    windows = int(found["window_count"])

    def judged(
        name: str, statistic: str, comparison: Comparison, bound: str, what: str, remedy: str
    ) -> Check:
        value = found[statistic]
        shown = value if isinstance(value, str) else f"{value:.6g}"
        return check(
            f"walk_forward.{name}",
            value,
            comparison,
            float(terms[bound]),
            unit="ratio",
            detail=f"{what} over {windows} windows is {shown}.",
            remedy=remedy,
            severity=Severity.BLOCKER,
            evidence=("windows", "out_of_sample"),
        )

    least, most = Comparison.GREATER_OR_EQUAL, Comparison.LESS_OR_EQUAL
    return [
        judged(
            "out_of_sample_sharpe",
            "out_of_sample_sharpe_ratio",
            Comparison.GREATER,
            "minOutOfSampleSharpe",
            "The Sharpe ratio out of sample",
            "What was optimised does not hold on later data: do not trade it.",
        ),
        judged(
            "weaker_half",
            "weaker_half_sharpe_ratio",
            Comparison.GREATER,
            "minOutOfSampleSharpe",
            "The Sharpe ratio out of sample of the weaker half of the windows",
            "It earned in one half of the time only: find what has changed since.",
        ),
        judged(
            "weaker_half_of_data",
            "weaker_half_of_data_sharpe_ratio",
            Comparison.GREATER,
            "minOutOfSampleSharpe",
            "The Sharpe ratio of the weaker half of the data, by the first choice and the tests,",
            "It lost in one half of the data, chosen there or not: find what has changed since.",
        ),
        judged(
            "efficiency",
            "walk_forward_efficiency",
            least,
            "minEfficiencyRatio",
            "The annual return out of sample, as a part of that in sample,",
            "Search fewer parameters, or longer train slices: most of the gain was fitted.",
        ),
        judged(
            "profitable_windows",
            "profitable_window_ratio",
            least,
            "minProfitableWindowRatio",
            "The part of windows with a gain",
            "The gain is of few periods: find what they have in common.",
        ),
        judged(
            "best_window",
            "best_window_share_ratio",
            most,
            "maxBestWindowShareRatio",
            "The best window's part of all gains",
            "One period makes the result: leave it out and look again.",
        ),
    ]
