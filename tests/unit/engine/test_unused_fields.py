"""A field that another one makes idle is refused, not ignored."""

from typing import Any

import protovalidate
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.rpc.resolution import resolve

MARKET, LIMIT, STOP, STOP_LIMIT = (
    f"ORDER_TYPE_{name}" for name in ("MARKET", "LIMIT", "STOP", "STOP_LIMIT")
)
EVERY_BARS = "REBALANCE_SCHEDULE_EVERY_BARS"


def spec_of(part: dict[str, Any]) -> backtest_spec_pb2.BacktestSpec:
    document = {"strategy": {"buyAndHold": {}}, "calendar": "XNYS", **part}
    return json_format.ParseDict(document, backtest_spec_pb2.BacktestSpec())


def plan(**fields: Any) -> dict[str, Any]:
    return {"orders": {"entry": fields}}


def weights(**fields: Any) -> dict[str, Any]:
    return {"sizing": {"signalWeights": fields}}


def listed(**fields: Any) -> dict[str, Any]:
    order = {"time": "2010-01-04T00:00:00Z", "symbol": "A", "quantity": 1, "type": MARKET}
    return {"strategy": {"orderList": {"orders": [order]}}, **fields}


IDLE = {
    "backtest_spec.order_list_sizing": [
        listed(sizing={"rank": {}}),
        listed(sizing={"equityFraction": {"ratio": 0.5}}),
    ],
    "backtest_spec.order_list_rebalance": [
        listed(rebalance={"schedule": EVERY_BARS}),
        listed(rebalance={"toleranceRatio": 0.1}),
    ],
    "backtest_spec.order_list_plans": [
        listed(orders={"entry": {"type": LIMIT}}),
        listed(orders={"exit": {"timeInForce": "TIME_IN_FORCE_DAY"}}),
    ],
    "order_plan.limit_offset_ratio": [
        plan(limitOffsetRatio=0.01),
        plan(limitOffsetRatio=0.01, type=STOP),
    ],
    "order_plan.stop_offset_ratio": [
        plan(stopOffsetRatio=0.01),
        plan(stopOffsetRatio=0.01, type=LIMIT),
    ],
    "backtest_spec.lot_size": [{"lotSize": 100}, {"lotSize": 100, "units": "UNITS_FRACTIONAL"}],
    "rebalance.interval_bars": [
        {"rebalance": {"intervalBars": 21}},
        {"rebalance": {"intervalBars": 21, "schedule": "REBALANCE_SCHEDULE_MONTHLY"}},
    ],
    "signal_weights.gross_ratio": [
        weights(grossRatio=0.5),
        weights(grossRatio=0.5, normalisation="NORMALISATION_NONE"),
    ],
}
AT_WORK = [
    listed(orders={"bracket": {"stopLossRatio": 0.1}}),
    plan(limitOffsetRatio=0.01, type=LIMIT),
    plan(limitOffsetRatio=0.01, stopOffsetRatio=0.01, type=STOP_LIMIT),
    plan(stopOffsetRatio=0.01, type=STOP),
    {"lotSize": 100, "units": "UNITS_INTEGER"},
    {"rebalance": {"intervalBars": 21, "schedule": EVERY_BARS}},
    weights(grossRatio=0.5, normalisation="NORMALISATION_GROSS"),
    weights(grossRatio=0.5, normalisation="NORMALISATION_DOLLAR_NEUTRAL"),
]


@pytest.mark.parametrize(
    ("rule", "part"), [(rule, part) for rule, parts in IDLE.items() for part in parts]
)
def test_an_idle_field_is_refused(rule: str, part: dict[str, Any]) -> None:
    with pytest.raises(protovalidate.ValidationError) as refused:
        protovalidate.validate(spec_of(part))

    assert [violation.proto.rule_id for violation in refused.value.violations] == [rule]


@pytest.mark.parametrize("part", AT_WORK)
def test_a_field_at_work_is_taken(part: dict[str, Any]) -> None:
    protovalidate.validate(spec_of(part))


@pytest.mark.parametrize("part", [{}, plan(type=STOP), weights(), listed()])
def test_the_defaults_are_taken_as_they_are_resolved(part: dict[str, Any]) -> None:
    protovalidate.validate(resolve(spec_of(part)))
