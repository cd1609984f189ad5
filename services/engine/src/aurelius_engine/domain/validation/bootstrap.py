"""Confidence intervals by the stationary block bootstrap: Politis and Romano (1994)."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.errors import RunCancelled, StudyContradiction
from aurelius_engine.domain.metrics.returns import return_facts
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.table_hash import Column
from aurelius_engine.domain.validation.findings import Comparison, Findings, Statistic, check
from aurelius_engine.domain.validation.study import StudyContext

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def bootstrap(context: StudyContext) -> Findings:
    """Resamples the returns of the run, and states the interval of its Sharpe ratio.

    Raises:
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    terms = context.terms
    if int(terms["meanBlockBars"]) == 0:
        raise StudyContradiction(
            "the automatic block length is not there", found="0", allowed="1 or more"
        )
    run, spec, periods = context.runs.simulate(context.base)
    count, bars = int(terms["resampleCount"]), run.equity.size - 1
    draws = stream(context.seed, "bootstrap")
    free, root = spec.risk_free_ratio / periods, math.sqrt(periods)
    sharpe = np.empty(count)
    for sample in range(count):
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        starts = np.floor(draws.random(bars) * bars).astype(np.int64)
        ends = draws.random(bars) * float(terms["meanBlockBars"]) < 1.0
        facts = return_facts(resampled(run.equity, starts, ends), free)
        good = facts.positive and facts.deviation > 0.0
        sharpe[sample] = (facts.mean - free) / facts.deviation * root if good else math.nan
        context.report(sample + 1, count)
    known = np.sort(sharpe[~np.isnan(sharpe)])
    tail = (1.0 - float(terms["confidenceRatio"])) / 2.0
    lower = float(known[int(tail * known.size)]) if known.size else "UNDEFINED_NO_SAMPLE"
    return Findings(
        statistics=[Statistic(id="bootstrap_sharpe_lower", version=1, unit="ratio", outcome=lower)],
        checks=[
            check(
                "bootstrap.sharpe_bound",
                lower,
                Comparison.GREATER,
                float(terms["minSharpeBound"]),
                unit="ratio",
                detail=f"The lower end of the Sharpe ratio over {count} resamples is {lower}.",
                remedy="Gather more data, or do not trade this.",
                evidence=("samples",),
            )
        ],
        tables={"samples": (Column(name="sharpe_ratio", data=sharpe),)},
        execution_count=context.runs.count,
    )


@compiled
def resampled(equity: Floats, starts: Ints, ends: NDArray[np.bool_]) -> Floats:
    """Returns equity whose returns are those of blocks of `equity`, wrapped at its end.

    Args:
        equity: Shape (n + 1,), above 0.
        starts: Shape (n,): where a block begins.
        ends: Shape (n,): whether a block begins at this bar.
    """
    bars = equity.size - 1
    found = np.empty(bars + 1)
    found[0] = equity[0]
    place = starts[0]
    for bar in range(bars):
        place = starts[bar] if ends[bar] or bar == 0 else (place + 1) % bars
        found[bar + 1] = found[bar] * (equity[place + 1] / equity[place])
    return found
