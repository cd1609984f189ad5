"""Confidence intervals by the stationary block bootstrap: Politis and Romano (1994)."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.errors import RunCancelled, StudyContradiction
from aurelius_engine.domain.metrics import EQUITY_METRICS, Metric, compute_equity_metrics
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.sweeps.trials import Outcome
from aurelius_engine.domain.table_hash import Column
from aurelius_engine.domain.validation.block_lengths import block_length, refuse_long
from aurelius_engine.domain.validation.combinations import returns_of
from aurelius_engine.domain.validation.findings import Comparison, Findings, Statistic, check
from aurelius_engine.domain.validation.study import StudyContext

Floats = NDArray[np.float64]
SHARPE = "sharpe_ratio"
USUAL = ("total_return_ratio", SHARPE, "max_drawdown_ratio")
NO_SAMPLE = "UNDEFINED_NO_SAMPLE"
_KNOWN = {metric.id: metric for metric in EQUITY_METRICS}


def bootstrap(context: StudyContext) -> Findings:
    """Resamples the returns of the run, and states intervals of its metrics.

    Raises:
        StudyContradiction: A metric does not follow from the returns alone, or the blocks are
            too long for them.
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    terms = context.terms
    metrics = _metrics(terms["metricIds"])
    run, spec, periods = context.runs.simulate(context.base)
    refuse_long(float(terms["meanBlockBars"]), run.equity.size - 1)
    length = float(terms["meanBlockBars"]) or _automatic(run.equity)
    observed, *samples = _computed(context, metrics, run, length, periods, spec.risk_free_ratio)
    count = len(samples)
    statistics = [_statistic("mean_block_bars", "bars", length)]
    for place, metric in enumerate(metrics):
        outcomes = [sample[place] for sample in samples]
        statistics += _interval(metric, observed[place], outcomes, terms["confidenceRatio"])
    found = {statistic.id: statistic.outcome for statistic in statistics}
    lower = found[f"{SHARPE}_lower"]
    return Findings(
        statistics=statistics,
        checks=[
            check(
                "bootstrap.sharpe_bound",
                lower,
                Comparison.GREATER,
                float(terms["minSharpeBound"]),
                unit="ratio",
                detail=(
                    f"The lower end of the Sharpe ratio over {count} resamples is {lower}; "
                    f"{found[f'{SHARPE}_not_positive_count']:.0f} of them are not above 0."
                ),
                remedy="Gather more data, or do not trade this: chance alone may have made it.",
                evidence=("samples",),
            )
        ],
        tables={
            "samples": tuple(
                Column(name=metric.id, data=_numbers([sample[place] for sample in samples]))
                for place, metric in enumerate(metrics)
            )
        },
        execution_count=context.runs.count,
    )


def _metrics(asked: Sequence[str]) -> list[Metric]:
    """Returns the metrics asked for, or the usual ones, and the Sharpe ratio in any case."""
    for name in asked:
        if name not in _KNOWN:
            raise StudyContradiction(
                f"{name} does not follow from returns alone, which are all that is resampled",
                found=name,
                allowed=", ".join(_KNOWN),
            )
    return [_KNOWN[name] for name in dict.fromkeys([*(asked or USUAL), SHARPE])]


def _automatic(equity: Floats) -> float:
    if not bool(np.all(equity > 0.0)):
        return 1.0  # nothing is resampled
    returns = np.empty(equity.size - 1)
    returns_of(equity, returns)
    return block_length(returns)


def _computed(
    context: StudyContext,
    metrics: Sequence[Metric],
    run: Simulation,
    length: float,
    periods: float,
    risk_free: float,
) -> list[list[Outcome]]:
    """Returns the metrics of the run, and of each sample; of none if the account is ruined."""

    def measured(equity: Floats) -> list[Outcome]:
        return compute_equity_metrics(
            metrics,
            equity,
            run.panel.times,
            periods_per_year=periods,
            risk_free_ratio=risk_free,
        )

    equity = np.ascontiguousarray(run.equity)
    found = [measured(equity)]
    count = int(context.terms["resampleCount"]) if bool(np.all(equity > 0.0)) else 0
    for sample in range(count):
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        # A stream for each sample: how many there are changes none of them.
        draws = stream(context.seed, f"bootstrap/{sample}").random((2, equity.size - 1))
        found.append(measured(resampled(equity, draws, length)))
        context.report(sample + 1, count)
    return found


def _statistic(name: str, unit: str, outcome: Outcome, version: int = 1) -> Statistic:
    return Statistic(id=name, version=version, unit=unit, outcome=outcome)


def _numbers(outcomes: Sequence[Outcome]) -> Floats:
    return np.array([math.nan if isinstance(o, str) else o for o in outcomes], dtype=np.float64)


def _interval(
    metric: Metric, observed: Outcome, outcomes: Sequence[Outcome], confidence: object
) -> list[Statistic]:
    """Returns a metric's own value, the ends of its percentile interval, and exact counts."""
    values = _numbers(outcomes)
    reasons = [outcome for outcome in outcomes if isinstance(outcome, str)]
    lower: Outcome = reasons[0] if reasons else NO_SAMPLE
    upper = lower
    if outcomes and not reasons:
        known = np.sort(values)
        place = int((1.0 - float(str(confidence))) / 2.0 * known.size)
        lower, upper = float(known[place]), float(known[known.size - 1 - place])
    not_positive = float(np.count_nonzero(~(values > 0.0)))
    name, unit, version = metric.id, metric.unit, metric.version
    return [
        _statistic(f"{name}_observed", unit, observed, version),
        _statistic(f"{name}_lower", unit, lower, version),
        _statistic(f"{name}_upper", unit, upper, version),
        _statistic(f"{name}_not_positive_count", "count", not_positive),
        _statistic(f"{name}_undefined_count", "count", float(len(reasons))),
    ]


@compiled
def resampled(equity: Floats, draws: Floats, length: float) -> Floats:
    """Returns equity whose returns are those of blocks of `equity`, wrapped at its end.

    Args:
        equity: Shape (n + 1,), above 0.
        draws: Shape (2, n), in [0, 1): where a block would begin, and whether one does.
        length: The mean length of a block, at least 1.
    """
    bars = equity.size - 1
    found = np.empty(bars + 1)
    found[0] = equity[0]
    place = 0
    for bar in range(bars):
        if bar == 0 or draws[1, bar] * length < 1.0:
            place = min(int(draws[0, bar] * bars), bars - 1)
        else:
            place = (place + 1) % bars
        found[bar + 1] = found[bar] * (equity[place + 1] / equity[place])
    return found
