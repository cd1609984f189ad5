"""Whether any of many variants beats a benchmark. docs/specs/validation_data_snooping.md.

What is compared is computed here, with the bits of the core; the tests themselves are those
of the port `SuperiorityTest`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.errors import (
    DataInsufficient,
    RunCancelled,
    StudyContradiction,
    StudyTooLarge,
    VariantsTooFew,
)
from aurelius_engine.domain.metrics.drawdowns import ROUNDING
from aurelius_engine.domain.panel import held_values
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.validation.block_lengths import block_length, refuse_long
from aurelius_engine.domain.validation.combinations import returns_of
from aurelius_engine.domain.validation.earnings import Market, earned
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Findings,
    Severity,
    Statistic,
    Table,
    check,
)
from aurelius_engine.domain.validation.study import StudyContext
from aurelius_engine.domain.validation.superiority import Exceedances

Floats = NDArray[np.float64]
OBJECTIVE = "mean_return_ratio"
VARIANTS_LEAST = 2
# About a minute on one core, and half a gigabyte.
STEPS_MOST, CELLS_MOST = 20_000_000_000, 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What variants gained on the benchmark.

    Attributes:
        gains: Shape (n_variants, n_bars).
        means: Of the gains, (n_variants,).
        deviations: Of the means, times the root of the bars, (n_variants,).
        places: The variants that the tests compare: those whose gains vary.
        block: The mean length of a block, in bars.
    """

    gains: Floats
    means: Floats
    deviations: Floats
    places: tuple[int, ...]
    block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedTest:
    """One count of resamples whose greatest statistic is above the one observed."""

    id: str
    observed: float
    count: int
    resamples: int

    @property
    def p_value(self) -> float:
        """The part of the resamples that were counted."""
        return self.count / self.resamples


def data_snooping(context: StudyContext) -> Findings:
    """Asks whether any variant beats the benchmark, or the best one is the luck of many tries.

    Raises:
        StudyContradiction: The objective, the resamples or the blocks do not fit the tests.
        DataInsufficient, VariantsTooFew: There is too little to compare.
        StudyTooLarge: There is too much.
        EngineError: A run is refused, or the study was cancelled.
    """
    terms = context.terms
    _refuse(terms)
    market = earned(context)
    _refuse_size(terms, market)
    compared = _compared(context, market)
    tests, superior = _tested(context, compared)
    statistics = _statistics(market, compared, tests, len(superior))
    return Findings(
        statistics=statistics,
        checks=_checks(tests, len(superior), terms),
        tables={
            "tests": _tests_table(tests, context.superiority.name),
            "variants": _variants_table(market, compared, superior),
        },
        execution_count=context.runs.count,
    )


def _refuse(terms: Mapping[str, Any]) -> None:
    objective = terms["space"]["objective"]
    if objective["metricId"] != OBJECTIVE or objective["direction"] != "DIRECTION_MAXIMIZE":
        raise StudyContradiction(
            "the tests compare mean returns",
            found=f"{objective['direction']} {objective['metricId']}",
            allowed=f"DIRECTION_MAXIMIZE {OBJECTIVE}",
        )
    if objective["metricConstraints"]:
        raise StudyContradiction(
            "the tests are of every variant tried",
            found=f"{len(objective['metricConstraints'])} metric constraints",
            allowed="none",
        )
    resamples, size = int(terms["resampleCount"]), float(terms["maxPValue"])
    if resamples * size < 1.0:
        raise StudyContradiction(
            "so few resamples have no p-value that is that small and above 0",
            found=f"{resamples} resamples, max_p_value {size}",
            allowed=f"resample_count at least {math.ceil(1.0 / size)}",
        )


def _refuse_size(terms: Mapping[str, Any], market: Market) -> None:
    variants, bars = market.returns.shape
    least, resamples = int(terms["minBarCount"]), int(terms["resampleCount"])
    if bars < least:
        raise DataInsufficient(
            f"the window has {bars} bars, the study asks for {least}",
            found=bars,
            allowed=f"at least {least}",
        )
    refuse_long(float(terms["meanBlockBars"]), bars)
    steps = variants * bars * (bars + resamples)
    for name, found, most in (
        ("steps, variants x bars x (bars + resamples)", steps, STEPS_MOST),
        ("cells, variants x resamples", variants * resamples, CELLS_MOST),
    ):
        if found > most:
            raise StudyTooLarge(
                f"the tests would take {found} {name}", found=found, allowed=f"at most {most}"
            )


def _compared(context: StudyContext, market: Market) -> Compared:
    """Raises: VariantsTooFew: Fewer than two variants have gains that vary."""
    gains = np.subtract(market.returns, _benchmark(context, market))
    lengths = []
    for row in gains:
        _ask(context.should_stop)
        lengths.append(block_length(row))
    # The middle one, the higher of two, in whole bars.
    automatic = math.ceil(sorted(lengths)[len(lengths) // 2])
    block = int(context.terms["meanBlockBars"]) or automatic
    means, deviations = np.empty(len(gains)), np.empty(len(gains))
    for place, row in enumerate(gains):
        _ask(context.should_stop)
        means[place], deviations[place] = long_run(row, float(block))
    places = tuple(np.flatnonzero(deviations > ROUNDING).tolist())
    if len(places) < VARIANTS_LEAST:
        raise VariantsTooFew(
            f"{len(places)} of {len(gains)} variants differ from the benchmark now and then",
            found=len(places),
            allowed=f"at least {VARIANTS_LEAST}",
        )
    return Compared(gains=gains, means=means, deviations=deviations, places=places, block=block)


def _ask(should_stop: Callable[[], bool]) -> None:
    if should_stop():
        raise RunCancelled("a caller cancelled the validation")


def _benchmark(context: StudyContext, market: Market) -> Floats:
    """Returns what the benchmark earned at each bar, (n_bars,).

    Raises:
        SymbolUnknown, WindowEmpty: A symbol has no bar in the window.
    """
    if context.terms["benchmark"] == "BENCHMARK_CASH":
        return np.full(market.times.size, market.free)
    symbols = market.spec.symbols or context.table.symbols
    worth = np.ones(market.times.size + 1)
    held = np.zeros(market.times.size)
    for symbol in symbols:
        value = held_values(symbol, market.spec, context.table, market.times)
        first = value[np.flatnonzero(~np.isnan(value))[0]]
        # Before its first close its part is cash.
        held += np.where(np.isnan(value), 1.0, value / first)
    worth[1:] = held / len(symbols)
    returns = np.empty(market.times.size)
    returns_of(worth, returns)
    return returns


@compiled
def long_run(gains: Floats, block: float) -> tuple[float, float]:
    """Returns the mean, and the long-run deviation that the stationary bootstrap gives it.

    The deviation over the root of the bars is that of the mean of a resample: Politis and
    Romano (1994), lemma 1.

    Args:
        gains: Shape (n,), n at least 1.
        block: The mean length of a block, at least 1.
    """
    bars = gains.size
    mean = 0.0
    for bar in range(bars):
        mean += gains[bar]
    mean /= bars
    away, powers = np.empty(bars), np.empty(bars + 1)
    powers[0] = 1.0
    for bar in range(bars):
        away[bar] = gains[bar] - mean
        powers[bar + 1] = powers[bar] * (1.0 - 1.0 / block)
    variance = 0.0
    for bar in range(bars):
        variance += away[bar] * away[bar]
    for lag in range(1, bars):
        part = lag / bars
        weight = (1.0 - part) * powers[lag] + part * powers[bars - lag]
        if weight == 0.0:
            continue
        shared = 0.0
        for bar in range(bars - lag):
            shared += away[bar] * away[bar + lag]
        variance += 2.0 * weight * shared
    return mean, math.sqrt(max(variance / bars, 0.0))


def _tested(context: StudyContext, compared: Compared) -> tuple[list[CountedTest], set[int]]:
    """Returns the tests, and the places of the variants that are superior."""
    resamples = int(context.terms["resampleCount"])
    places = list(compared.places)
    gains, deviations = compared.gains[places], compared.deviations[places]
    # Hansen's statistic is studentised, White's is not.
    plain = _exceedances(context, gains, compared.block, 0)
    scaled = _exceedances(context, gains / deviations[:, None], compared.block, resamples)
    means = compared.means[places]
    greatest = float(np.max(means))
    root = math.sqrt(compared.gains.shape[1])
    ratio = float(np.max(means / deviations)) * root
    tests = [
        CountedTest(id=name, observed=observed, count=count, resamples=resamples)
        for name, observed, count in (
            ("reality_check", greatest, plain.upper),
            ("superior_predictive_ability_lower", ratio, scaled.lower),
            ("superior_predictive_ability", ratio, scaled.consistent),
            ("superior_predictive_ability_upper", ratio, scaled.upper),
        )
    ]
    return tests, {places[column] for column in scaled.superior}


def _exceedances(context: StudyContext, gains: Floats, block: int, done: int) -> Exceedances:
    resamples = int(context.terms["resampleCount"])

    def before(count: int) -> None:
        _ask(context.should_stop)
        context.report(done + count, 2 * resamples)

    return context.superiority.exceedances(
        np.ascontiguousarray(gains.T),
        mean_block_bars=block,
        resamples=resamples,
        seed=context.seed,
        size=float(context.terms["maxPValue"]),
        before=before,
    )


def _statistics(
    market: Market, compared: Compared, tests: Sequence[CountedTest], superior: int
) -> list[Statistic]:
    idle = len(compared.gains) - len(compared.places)
    found: list[tuple[str, str, float]] = [
        ("variant_count", "count", float(len(compared.places))),
        ("idle_variant_count", "count", float(idle)),
        ("ruined_variant_count", "count", float(market.ruined)),
        ("mean_block_bars", "bars", float(compared.block)),
        ("resample_count", "count", float(tests[0].resamples)),
        ("best_mean_gain_ratio", "ratio", tests[0].observed),
        ("superior_variant_count", "count", float(superior)),
    ]
    for test in tests:
        found.append((f"{test.id}_exceedance_count", "count", float(test.count)))
        found.append((f"{test.id}_p_value", "ratio", test.p_value))
    return [Statistic(id=name, version=1, unit=unit, outcome=value) for name, unit, value in found]


def _checks(tests: Sequence[CountedTest], superior: int, terms: Mapping[str, Any]) -> list[Check]:
    bound = float(terms["maxPValue"])
    by_id = {test.id: test for test in tests}
    remedy = "The best of so many is what luck gives: try fewer variants, or gather more data."
    checks = []
    for name, severity in (
        ("superior_predictive_ability", Severity.BLOCKER),
        ("reality_check", Severity.WARNING),
    ):
        test = by_id[name]
        checks.append(
            check(
                f"data_snooping.{name}",
                test.p_value,
                Comparison.LESS_OR_EQUAL,
                bound,
                unit="ratio",
                detail=(
                    f"In {test.count} of {test.resamples} resamples without skill the best "
                    "variant gains more than the best one did."
                ),
                remedy=remedy,
                severity=severity,
                evidence=("tests",),
            )
        )
    checks.append(
        check(
            "data_snooping.superior_variants",
            float(superior),
            Comparison.GREATER_OR_EQUAL,
            float(terms["minSuperiorCount"]),
            unit="count",
            detail=f"{superior} variants are better than the benchmark, step by step.",
            remedy=remedy,
            evidence=("variants",),
        )
    )
    return checks


def _tests_table(tests: Sequence[CountedTest], source: str) -> Table:
    return (
        string_column("test", [test.id for test in tests]),
        Column(name="observed", data=np.array([test.observed for test in tests])),
        Column(name="exceedance_count", data=np.array([t.count for t in tests], dtype=np.int64)),
        Column(name="resample_count", data=np.array([t.resamples for t in tests], dtype=np.int64)),
        Column(name="p_value", data=np.array([test.p_value for test in tests])),
        string_column("source", [source] * len(tests)),
    )


def _variants_table(market: Market, compared: Compared, superior: set[int]) -> Table:
    tested = set(compared.places)
    root = math.sqrt(market.times.size)
    means, deviations = compared.means.tolist(), compared.deviations.tolist()
    ratios = [
        mean / deviation * root if place in tested else math.nan
        for place, (mean, deviation) in enumerate(zip(means, deviations, strict=True))
    ]
    points = market.points
    return (
        Column(name="point", data=np.array([point.number for point in points], dtype=np.int64)),
        string_column("parameters", [canonical_json(point.values).decode() for point in points]),
        Column(name="mean_gain_ratio", data=compared.means),
        Column(name="long_run_deviation_ratio", data=compared.deviations),
        Column(name="studentised_gain", data=np.array(ratios)),
        Column(
            name="superior",
            data=np.array([place in superior for place in range(len(points))], dtype=np.int64),
        ),
    )
