"""The registry says what it computes: ids, units, reasons, annualisation."""

import math
from collections.abc import Iterator

import numpy as np

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.metrics import REGISTRY, compute_metrics
from tests.unit.engine.made_runs import Book, run_with_equity

UNITS = {"ratio", "ratio_per_year", "quote_currency", "count", "bars", "none"}


def traded(*profits: float, volume: float = 1000.0) -> Simulation:
    """A run of one-unit trades with the profits given."""
    book = Book([[10.0]] * (2 * len(profits)), 100.0, volume=volume)
    for i, profit in enumerate(profits):
        book.fill(2 * i, 0, 1.0, 10.0)
        book.fill(2 * i + 1, 0, -1.0, 10.0 + profit)
    return book.run()


def cases() -> Iterator[tuple[Simulation, list[float] | None]]:
    """Runs, with a benchmark or without, for every reason there is."""
    moving = [100.0, 101.0, 99.0, 104.0, 103.0]
    yield run_with_equity(moving), None
    yield run_with_equity(moving), [5.0, 6.0, 5.5, 7.0]
    yield run_with_equity(moving), [5.0, 5.0, 5.0, 5.0]
    yield run_with_equity([100.0, 100.0, 100.0, 100.0]), [5.0, 6.0, 5.5]
    yield run_with_equity([100.0, 101.0, 102.01, 103.0301]), None
    yield run_with_equity([100.0, 100.0, 101.0, 100.0, 105.0]), None
    yield run_with_equity([100.0, 90.0, 120.0]), None
    yield run_with_equity([100.0, 101.0]), [5.0]
    yield run_with_equity([100.0, -1.0, 5.0]), [5.0, 6.0]
    yield run_with_equity([1.0, 1e6, 0.9e6]), None
    yield run_with_equity([9.0, 5.0, 6.0, 5.5, 7.0]), [5.0, 6.0, 5.5, 7.0]
    yield traded(5.0, -2.0), None
    yield traded(5.0), None
    yield traded(-5.0), None
    yield traded(-5.0, volume=0.0), None
    yield _below_zero(), None
    yield run_with_equity([100.0, 110.0, 99.0]), [5.0, float("nan")]


def _below_zero() -> Simulation:
    book = Book([[10.0], [30.0]], 10.0)
    book.fill(0, 0, -1.0, 10.0)
    book.flow(1, -1, codes.BORROW_FEE, -1.0)
    return book.run()


def outcomes() -> dict[str, set[str]]:
    given: dict[str, set[str]] = {metric.id: set() for metric in REGISTRY}
    for run, closes in cases():
        benchmark = None if closes is None else np.array(closes)
        for metric, value in compute_metrics(
            run, periods_per_year=252.0, risk_free_ratio=0.0, benchmark=benchmark
        ):
            assert isinstance(value, str) or math.isfinite(value), metric.id
            if isinstance(value, str):
                given[metric.id].add(value)
    return given


def test_each_metric_states_the_reasons_for_which_it_is_undefined_and_no_other() -> None:
    given = outcomes()

    stated = {metric.id: set(metric.undefined) for metric in REGISTRY}
    anywhere = {"UNDEFINED_OVERFLOW"}
    assert {name: reasons - anywhere for name, reasons in given.items()} == {
        name: reasons - anywhere for name, reasons in stated.items()
    }
    assert {name for name, reasons in stated.items() if reasons & anywhere} <= {
        name for name, reasons in given.items() if reasons & anywhere
    }


def test_ids_are_unique_and_definitions_whole() -> None:
    ids = [metric.id for metric in REGISTRY]

    assert len(ids) == len(set(ids)) >= 45
    for metric in REGISTRY:
        assert metric.formula
        assert metric.divisor
        assert metric.version >= 1
        assert metric.unit in UNITS, metric.id


def test_a_ratio_is_named_one_or_has_a_name_of_its_own() -> None:
    named = {"beta", "correlation", "skewness", "excess_kurtosis"}
    for metric in REGISTRY:
        ratio = metric.unit in {"ratio", "ratio_per_year", "none"}
        assert metric.id.endswith("_ratio") == (ratio and metric.id not in named), metric.id


def test_each_metric_with_periods_in_its_formula_says_how_it_is_annualised() -> None:
    # Per-bar ratios that undo the annualisation of what they are made of.
    undone = {"probabilistic_sharpe_2025_ratio"}
    for metric in REGISTRY:
        annual = "P" in metric.formula.replace("sqrt(P)", " P ").split() or "(P" in metric.formula
        annual |= metric.id in {"calmar_ratio", "martin_ratio"}
        assert (metric.annualisation != "none") == (annual and metric.id not in undone), metric.id
