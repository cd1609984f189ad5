"""The benchmark is its symbol, bought at the first close and held."""

from typing import Any

import pytest

from tests.unit.engine.runs import executed, market

# (open, high, low, close), volume, dividend, split ratio: the first bar's own are of before.
HELD = [
    (20.0, 20.0, 20.0, 20.0, 1e6, 5.0, 3.0),
    (22.0, 22.0, 22.0, 22.0, 1e6, 0.0, 1.0),
    (11.0, 11.0, 11.0, 11.0, 1e6, 0.0, 2.0),
    (10.0, 10.0, 10.0, 10.0, 1e6, 0.5, 1.0),
    (12.0, 12.0, 12.0, 12.0, 1e6, 0.25, 1.0),
]


def metrics(**spec: Any) -> dict[str, Any]:
    asked = {"strategy": {"buyAndHold": {}}, "benchmarkSymbol": "B", "symbols": ["A"], **spec}
    table = market({"A": [10.0, 11.0, 12.0, 11.0, 12.0], "B": HELD})
    return {metric.id: value for metric, value in executed(asked, table).metrics}


def test_splits_and_dividends_are_followed_where_they_are_applied() -> None:
    found = metrics(corporateActions="CORPORATE_ACTIONS_APPLIED")

    # One unit of 20 becomes two of 12, which paid 2 x 0.5 and 2 x 0.25.
    assert found["benchmark_return_ratio"] == pytest.approx(25.5 / 20 - 1)


def test_closes_alone_count_where_actions_are_not_applied() -> None:
    assert metrics()["benchmark_return_ratio"] == pytest.approx(12 / 20 - 1)


def test_a_run_that_holds_the_benchmark_moves_with_it() -> None:
    found = metrics(
        symbols=["B"],
        corporateActions="CORPORATE_ACTIONS_APPLIED",
        fillRule="FILL_RULE_SAME_CLOSE",
    )

    assert found["total_return_ratio"] == pytest.approx(found["benchmark_return_ratio"])
    assert found["beta"] == pytest.approx(1)
    assert found["tracking_error_ratio"] == pytest.approx(0, abs=1e-12)
