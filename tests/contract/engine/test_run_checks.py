"""Run checks over gRPC: an honest run passes, and each fault is found by its check."""

from typing import Any

import pytest

from aurelius_engine.domain.metrics import REGISTRY
from tests.contract.engine.serving import Served
from tests.contract.engine.validating import checks_of, rows_of, validated

COSTS = {
    "commission": {"valueRatio": 0.001},
    "slippage": {"halfSpreadRatio": 0.0005},
    "financing": {"borrowFeeRatio": 0.01, "marginInterestRatio": 0.05, "cashInterestRatio": 0.01},
    "benchmarkSymbol": "GOOG",
    "riskFreeRatio": 0.01,
}
VARIANTS: dict[str, dict[str, Any]] = {
    "trend": {},
    "short": {**COSTS, "direction": "DIRECTION_LONG_SHORT"},
    "guarded": {
        **COSTS,
        "orders": {"bracket": {"stopLossRatio": 0.05, "trailingStopRatio": 0.08}},
        "limits": {"maxParticipationRatio": 0.01},
    },
    "never": {"strategy": {"trendFollowing": {"fastBars": 900, "slowBars": 2000}}},
}


@pytest.mark.parametrize("name", list(VARIANTS))
def test_a_second_implementation_agrees_with_every_metric(goog_engine: Served, name: str) -> None:
    done = validated(goog_engine, "runChecks", {}, **VARIANTS[name])
    rows = {
        row["metric_id"]: row["verdict"]
        for row in rows_of(goog_engine, done, "metric_recomputation")
    }

    assert len(rows) == len(REGISTRY) - 1
    assert set(rows.values()) <= {"agrees", "undefined"}
    assert list(rows.values()).count("agrees") > 20
    judged = checks_of(done)
    correct = [
        "fills_inside_bar",
        "fills_within_volume",
        "fills_after_decision",
        "orders_accounted",
        "accounts",
        "profits_reconcile",
        "metrics_recomputed",
        "data_class",
        "data_quality",
        "survivorship",
    ]
    for check in correct:
        assert judged[f"run_checks.{check}"].verdict == judged[f"run_checks.{check}"].VERDICT_PASSED


def test_limits_are_judged_with_both_numbers_and_a_remedy(goog_engine: Served) -> None:
    done = validated(goog_engine, "runChecks", {"maxDrawdownRatio": 0.1})
    judged = checks_of(done)["run_checks.drawdown"]

    assert judged.verdict == judged.VERDICT_FAILED
    assert judged.value > judged.bound == 0.1
    assert judged.remedy
    assert not done.result.passed
