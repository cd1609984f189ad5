"""An unknown parameter of a template has a refusal of its own, in the service's domain."""

import json
from typing import Any

import pytest
from google.api import httpbody_pb2
from google.protobuf.message import Message

from aurelius.engine.v1 import backtest_service_pb2, strategy_pb2
from aurelius.gateway.v1 import strategy_service_pb2
from aurelius_chassis.errors import SHARED_DOMAIN, RequestRefused
from aurelius_chassis.strict_json import merge_body
from aurelius_chassis.template_parameters import refuse_unknown_parameter

HOOK = refuse_unknown_parameter(strategy_pb2.Strategy.DESCRIPTOR, domain="x.aurelius.dev")


def refusal_of(request: Message, document: dict[str, Any]) -> RequestRefused:
    body = httpbody_pb2.HttpBody(data=json.dumps(document).encode())
    request.MergeFrom(type(request)(http_body=body))
    with pytest.raises(RequestRefused) as refusal:
        merge_body(request, HOOK)
    return refusal.value


@pytest.mark.parametrize("template", ["trendFollowing", "trend_following"])
def test_unknown_parameter_of_a_specification_is_named(template: str) -> None:
    document = {"spec": {"strategy": {template: {"fastBar": 10}}}}

    refusal = refusal_of(backtest_service_pb2.CreateBacktestRequest(), document)

    assert refusal.domain == "x.aurelius.dev"
    assert refusal.reason == "ERROR_REASON_UNKNOWN_STRATEGY_PARAMETER"
    assert refusal.facts == {"found": "fastBar", "allowed": "fastBars, slowBars"}
    assert refusal.violations[0].field == "spec.strategy.trendFollowing.fastBar"


def test_template_without_parameters_allows_none() -> None:
    document = {"strategy": {"definition": {"buyAndHold": {"days": 1}}}}

    refusal = refusal_of(strategy_service_pb2.CreateStrategyRequest(), document)

    assert refusal.facts == {"found": "days", "allowed": "no parameter"}


@pytest.mark.parametrize(
    "document",
    [
        {"strategy": {"definition": {"trendFolowing": {}}}},
        {"strategy": {"fastBars": 1}},
        {"fastBars": 1},
    ],
)
def test_unknown_field_elsewhere_stays_an_unknown_field(document: dict[str, Any]) -> None:
    refusal = refusal_of(strategy_service_pb2.CreateStrategyRequest(), document)

    assert (refusal.domain, refusal.reason) == (SHARED_DOMAIN, "ERROR_REASON_UNKNOWN_FIELD")
