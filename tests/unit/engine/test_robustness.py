"""Robustness of small runs: what a spike is, and first days that leave too few bars."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import validation_pb2
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.validation.findings import Check, Findings, Verdict
from aurelius_engine.domain.validation.robustness import (
    MOST_WITHOUT,
    NO_NEIGHBOURS,
    NOT_POSITIVE,
    neighbour_ratio,
)
from aurelius_engine.in_process import found_in_process
from aurelius_engine.rpc.validation_resolution import resolve_validation
from tests.unit.engine.runs import market

SLOW = "strategy.trendFollowing.slowBars"
BARS = 400


@pytest.fixture(scope="module")
def swings() -> MarketTable:
    """Swings of 40 bars, on which following a fast trend earns."""
    noise = np.random.Generator(np.random.Philox(7)).normal(0.0, 0.01, BARS)
    steps = np.where((np.arange(BARS) // 40) % 2 == 0, 0.01, -0.008) + noise
    return market({"X": (100.0 * np.cumprod(1.0 + steps)).tolist()})


def robust(table: MarketTable, terms: Mapping[str, Any], slow: int = 20) -> Findings:
    base = {
        "calendar": "24/7",
        "initialCash": 1000,
        "strategy": {"trendFollowing": {"fastBars": 5, "slowBars": slow}},
        "commission": {"valueRatio": 0.0005},
    }
    message = json_format.ParseDict(
        {"base": base, "robustness": terms}, validation_pb2.ValidationSpec()
    )
    plugins = NoPlugins()
    return found_in_process(resolve_validation(message, plugins), table, {}, 0, plugins)


def neighbourhood(
    lower: int, upper: int, step: int, metric: str = "sharpe_ratio", direction: str = "MAXIMIZE"
) -> dict[str, Any]:
    return {
        "neighbourhood": {
            "parameters": [
                {"path": SLOW, "intRange": {"lower": lower, "upper": upper, "step": step}}
            ],
            "grid": {},
            "objective": {"metricId": metric, "direction": f"DIRECTION_{direction}"},
        }
    }


def spike(found: Findings) -> Check:
    return next(one for one in found.checks if one.id == "robustness.neighbourhood")


def ratio_of(found: Findings) -> float | str:
    return next(one.outcome for one in found.statistics if one.id == "neighbour_ratio")


def test_a_plateau_passes_and_the_run_is_no_neighbour_of_itself(swings: MarketTable) -> None:
    found = robust(swings, neighbourhood(18, 22, 2))
    values = next(one for one in found.tables["surface"] if one.name == "sharpe_ratio").data

    assert values.size == 3
    assert ratio_of(found) == (values[0] + values[2]) / 2.0 / values[1]
    assert spike(found).verdict is Verdict.PASSED


def test_the_run_alone_is_no_plateau(swings: MarketTable) -> None:
    found = robust(swings, neighbourhood(20, 20, 1))

    assert ratio_of(found) == NO_NEIGHBOURS
    assert spike(found).verdict is Verdict.FAILED


def test_neighbours_without_a_value_are_no_plateau(swings: MarketTable) -> None:
    few = robust(swings, neighbourhood(20, 22, 2))
    # Of 1020 bars and more, the data has too few.
    found = robust(swings, neighbourhood(20, 4020, 1000))

    assert spike(few).verdict is Verdict.PASSED
    assert ratio_of(found) == MOST_WITHOUT
    assert spike(found).verdict is Verdict.FAILED
    assert "over 4 neighbours, 4 of them without a value" in spike(found).detail


def test_an_objective_to_minimise_is_judged_the_other_way_round(swings: MarketTable) -> None:
    found = robust(swings, neighbourhood(18, 22, 2, "max_drawdown_ratio", "MINIMIZE"))
    values = next(one for one in found.tables["surface"] if one.name == "max_drawdown_ratio").data

    assert ratio_of(found) == values[1] / ((values[0] + values[2]) / 2.0)
    assert spike(found).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("values", "own", "rising", "ratio"),
    [
        ([1.0, 2.0, 3.0], 4.0, True, 0.5),
        ([1.0, 2.0], 1.5, True, 1.0),
        ([-1.0, -2.0, 5.0], 2.0, True, -0.5),
        ([None, 3.0, 3.0], 3.0, True, 1.0),
        ([None, None, 3.0], 3.0, True, MOST_WITHOUT),
        ([None, 3.0], 3.0, True, MOST_WITHOUT),
        ([], 3.0, True, NO_NEIGHBOURS),
        ([1.0], 0.0, True, NOT_POSITIVE),
        ([0.4, 0.5, 0.1], 0.1, False, 0.25),
        ([None, 0.2, 0.2], 0.1, False, 0.5),
        ([None, None, 0.2], 0.1, False, MOST_WITHOUT),
        ([0.0, 0.0], 0.1, False, NOT_POSITIVE),
    ],
)
def test_a_neighbour_without_a_value_is_worse_than_any(
    values: list[float | None], own: float, rising: bool, ratio: float | str
) -> None:
    assert neighbour_ratio(values, own, rising=rising) == ratio


def test_first_days_that_leave_the_strategy_too_few_bars_are_not_tried(
    swings: MarketTable,
) -> None:
    found = robust(swings, {"startCount": 10, "startStepBars": 5}, slow=380)

    judged = next(one for one in found.checks if one.id == "robustness.start_spread")
    assert judged.detail.startswith("4 other first days were tried, 5 bars apart.")
    assert found.tables["starts"][0].data.size == 4
