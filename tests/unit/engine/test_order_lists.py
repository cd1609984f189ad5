"""When the orders of a list may be sent."""

from typing import Any

import pytest

from aurelius_engine.domain import errors
from tests.unit.engine.runs import market, simulated

TABLE = market({"A": [10.0, 11.0, 12.0, 13.0]})  # from 2010-01-01 on


def sent_at(time: str, **spec: Any) -> list[int]:
    order = {"time": time, "symbol": "A", "quantity": 1, "type": "ORDER_TYPE_MARKET"}
    done = simulated({"strategy": {"orderList": {"orders": [order]}}, **spec}, TABLE)
    steps: list[int] = done.orders.submitted.tolist()
    return steps


@pytest.mark.parametrize(
    ("time", "step"),
    [
        ("2010-01-01T00:00:00Z", 0),
        ("2010-01-02T21:00:00Z", 1),
        ("2010-01-04T23:59:59.999999999Z", 3),
    ],
)
def test_an_order_is_sent_at_the_close_of_the_bar_that_its_time_is_in(time: str, step: int) -> None:
    assert sent_at(time) == [step]


@pytest.mark.parametrize("fill_rule", ["FILL_RULE_NEXT_OPEN", "FILL_RULE_SAME_CLOSE"])
@pytest.mark.parametrize(
    ("time", "spec", "allowed"),
    [
        ("2009-12-31T23:59:59Z", {}, "[2010-01-01T00:00:00Z, 2010-01-05T00:00:00Z)"),
        ("2010-01-05T00:00:00Z", {}, "[2010-01-01T00:00:00Z, 2010-01-05T00:00:00Z)"),
        (
            "2010-01-03T00:00:00Z",
            {"endTime": "2010-01-03T00:00:00Z"},
            "[2010-01-01T00:00:00Z, 2010-01-03T00:00:00Z)",
        ),
        (
            "2090-01-01T00:00:00Z",
            {"endTime": "2091-01-01T00:00:00Z"},
            "[2010-01-01T00:00:00Z, 2010-01-05T00:00:00Z)",
        ),
    ],
)
def test_an_order_outside_the_window_is_refused(
    fill_rule: str, time: str, spec: dict[str, Any], allowed: str
) -> None:
    with pytest.raises(errors.OrderOutsideWindow) as refused:
        sent_at(time, fillRule=fill_rule, **spec)

    assert refused.value.facts == {"found": time, "allowed": allowed}
