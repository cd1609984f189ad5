"""Confidence intervals by the stationary block bootstrap: Politis and Romano (1994)."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.errors import RunCancelled, StudyContradiction
from aurelius_engine.domain.fixed_math import fixed_exp, fixed_log
from aurelius_engine.domain.lane_sums import BLOCK, LANES
from aurelius_engine.domain.metrics import summary
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.sweeps.trials import Outcome
from aurelius_engine.domain.table_hash import Column
from aurelius_engine.domain.validation.findings import Comparison, Findings, Statistic, check
from aurelius_engine.domain.validation.study import StudyContext

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
METRICS = ("total_return_ratio", "sharpe_ratio", "max_drawdown_ratio")
NO_SAMPLE, NOT_POSITIVE = "UNDEFINED_NO_SAMPLE", "UNDEFINED_EQUITY_NOT_POSITIVE"


def bootstrap(context: StudyContext) -> Findings:
    """Resamples the returns of the run, and states intervals of its metrics.

    Raises:
        StudyContradiction: A metric does not follow from the returns alone.
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    terms = context.terms
    wanted = list(terms["metricIds"] or METRICS)
    unknown = [name for name in wanted if name not in METRICS]
    if unknown:
        raise StudyContradiction(
            f"{unknown[0]} is not computed from resampled returns",
            found=unknown[0],
            allowed=", ".join(METRICS),
        )
    run, spec, periods = context.runs.simulate(context.base)
    count, equity = int(terms["resampleCount"]), run.equity
    alive = bool(np.all(equity > 0.0))
    length = float(terms["meanBlockBars"]) or (block_length(equity) if alive else 1.0)
    rows = np.full((count if alive else 0, 3), math.nan)
    work, sums = np.empty(BLOCK), np.empty(2 * LANES)
    for sample in range(rows.shape[0]):
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        # A stream for each sample: how many there are changes none of them.
        draws = stream(context.seed, f"bootstrap/{sample}").random((2, equity.size - 1))
        other = resampled(equity, draws, length)
        rows[sample] = summary(other, periods, spec.risk_free_ratio, work, sums)
        context.report(sample + 1, count)
    statistics = [_statistic("mean_block_bars", "bars", length)]
    for name in wanted:
        statistics += _interval(name, rows[:, METRICS.index(name)], terms["confidenceRatio"])
    sharpes = rows[:, METRICS.index("sharpe_ratio")]
    not_positive = int(np.count_nonzero(~(sharpes > 0.0)))
    statistics.append(_statistic("sharpe_ratio_not_positive_count", "count", float(not_positive)))
    lower = _interval("sharpe_ratio", sharpes, terms["confidenceRatio"])[0].outcome
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
                    f"The lower end of the Sharpe ratio over {rows.shape[0]} resamples is {lower}; "
                    f"{not_positive} of them are not above 0."
                ),
                remedy="Gather more data, or do not trade this: chance alone may have made it.",
                evidence=("samples",),
            )
        ],
        tables={
            "samples": tuple(
                Column(name=name, data=np.ascontiguousarray(rows[:, place]))
                for place, name in enumerate(METRICS)
            )
        },
        execution_count=context.runs.count,
    )


def _statistic(name: str, unit: str, outcome: Outcome) -> Statistic:
    return Statistic(id=name, version=1, unit=unit, outcome=outcome)


def _interval(name: str, samples: Floats, confidence: object) -> list[Statistic]:
    """Returns the ends of the percentile interval of a metric."""
    known = np.sort(samples[~np.isnan(samples)])
    lower: Outcome = NO_SAMPLE
    upper: Outcome = NO_SAMPLE
    if known.size == samples.size > 0:
        tail = (1.0 - float(str(confidence))) / 2.0
        place = int(tail * known.size)
        lower, upper = float(known[place]), float(known[known.size - 1 - place])
    elif known.size < samples.size:
        lower = upper = NOT_POSITIVE
    return [
        _statistic(f"{name}_lower", "ratio", lower),
        _statistic(f"{name}_upper", "ratio", upper),
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


def block_length(equity: Floats) -> float:
    """Returns the automatic mean length of a block, at least 1.

    Politis and White, Automatic block-length selection for the dependent bootstrap,
    Econometric Reviews 23 (2004), with the correction of Patton, Politis and White (2009).

    Args:
        equity: Shape (n + 1,), above 0.
    """
    bars = equity.size - 1
    if bars < 10:
        return 1.0
    root = math.sqrt(bars)
    tens = fixed_log(float(bars)) / fixed_log(10.0)
    quiet = max(5, int(tens))
    most = min(math.ceil(root) + quiet, bars - 2)
    spectrum, slope = _at_zero(equity, quiet, most, 2.0 * math.sqrt(tens / bars))
    longest = math.ceil(min(3.0 * root, bars / 3.0))
    if spectrum == 0.0 or slope == 0.0:
        return 1.0
    ratio = slope * slope / (spectrum * spectrum) * bars
    return min(max(fixed_exp(fixed_log(ratio) / 3.0), 1.0), float(longest))


@compiled
def _at_zero(equity: Floats, quiet: int, most: int, band: float) -> tuple[float, float]:
    """Returns the spectrum of the returns at zero, and its slope, by a flat-top window.

    Args:
        equity: Shape (n + 1,).
        quiet: After so many small autocorrelations there are no large ones.
        most: The longest lag.
        band: Below it an autocorrelation is small.
    """
    bars = equity.size - 1
    away, mean = np.empty(bars), 0.0
    for bar in range(bars):
        away[bar] = (equity[bar + 1] - equity[bar]) / equity[bar]
        mean += away[bar]
    mean /= bars
    for bar in range(bars):
        away[bar] -= mean
    covariance, last, small = np.zeros(most + 1), -1, 0
    for lag in range(most + 1):
        shared = early = late = 0.0
        for bar in range(lag, bars):
            shared += away[bar] * away[bar - lag]
            late += away[bar] * away[bar]
            early += away[bar - lag] * away[bar - lag]
        covariance[lag] = shared / bars
        if lag > 0 and last < 0:
            sized = early > 0.0 and late > 0.0
            correlation = abs(shared) / math.sqrt(early * late) if sized else 0.0
            small = small + 1 if correlation < band else 0
            if small == quiet:
                last = lag - quiet
    width = min(2 * max(last, 1) if last >= 0 else most, most)
    spectrum, slope = covariance[0], 0.0
    for lag in range(1, width + 1):
        part = lag / width
        weight = 1.0 if part <= 0.5 else 2.0 * (1.0 - part)
        spectrum += 2.0 * weight * covariance[lag]
        slope += 2.0 * weight * lag * covariance[lag]
    return spectrum, slope
