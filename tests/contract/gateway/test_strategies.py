"""Strategies: typed, checked, and never changed."""

import json
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2

from aurelius.gateway.v1 import strategy_service_pb2
from tests.contract.gateway.suite import (
    GATEWAY,
    SHARED,
    Client,
    refusal_of,
    strategy_request,
)


def get(client: Client, name: str) -> Any:
    request = strategy_service_pb2.GetStrategyRequest(name=name)
    return client.strategies.GetStrategy(request, **client.kinds)


def create_by_json(client: Client, template: dict[str, Any]) -> Any:
    document = {
        "strategyId": "by-json",
        "strategy": {"displayName": "By JSON", "definition": template},
    }
    body = httpbody_pb2.HttpBody(
        content_type="application/json", data=json.dumps(document).encode()
    )
    request = strategy_service_pb2.CreateStrategyRequest(http_body=body)
    return client.strategies.CreateStrategy(request, **client.kinds)


def test_strategy_is_kept_as_it_was_given(rita: Client, bob: Client) -> None:
    created = rita.new_strategy()

    assert created.name == "strategies/trend"
    assert created.creator == "users/rita"
    asked = strategy_request().strategy
    assert created.definition == asked.definition
    assert (created.display_name, created.description) == (asked.display_name, asked.description)
    assert get(bob, "strategies/trend") == created


def test_strategy_id_is_taken_once_and_the_first_stays(rita: Client, bob: Client) -> None:
    created = rita.new_strategy()

    refusal = refusal_of(lambda: bob.new_strategy(slow_bars=50))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "ERROR_REASON_STRATEGY_EXISTS",
    )
    assert refusal.metadata == {"name": "strategies/trend"}
    assert get(rita, "strategies/trend") == created


def test_same_request_id_is_one_strategy(rita: Client, bob: Client) -> None:
    created = rita.new_strategy(request_id="one")

    assert rita.new_strategy(request_id="one") == created
    reused = refusal_of(lambda: rita.new_strategy(slow_bars=50, request_id="one"))
    assert (reused.domain, reused.reason) == (SHARED, "ERROR_REASON_REQUEST_ID_REUSED")
    # The id of a request is the caller's own.
    other = refusal_of(lambda: bob.new_strategy(request_id="one"))
    assert other.reason == "ERROR_REASON_STRATEGY_EXISTS"


def test_parameters_are_checked_by_the_rules_of_the_template(rita: Client) -> None:
    refusal = refusal_of(lambda: rita.new_strategy(slow_bars=10))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "ERROR_REASON_INVALID_FIELD",
    )
    assert refusal.violations == ("strategy.definition.trend_following",)
    assert "fast_bars must be below slow_bars" in refusal.text
    missing = refusal_of(lambda: get(rita, "strategies/trend"))
    assert (missing.code, missing.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "ERROR_REASON_STRATEGY_NOT_FOUND",
    )


def test_strategy_without_template_is_refused(rita: Client) -> None:
    request = strategy_request()
    request.strategy.definition.ClearField("trend_following")

    refusal = refusal_of(lambda: rita.strategies.CreateStrategy(request, **rita.kinds))

    assert refusal.reason == "ERROR_REASON_INVALID_FIELD"
    assert "strategy.definition.template" in refusal.violations


def test_json_body_is_the_same_strategy(rita: Client) -> None:
    created = create_by_json(rita, {"trendFollowing": {"fastBars": 10, "slow_bars": 20}})

    assert created.definition == strategy_request().strategy.definition


def test_unknown_parameter_in_a_json_body_is_refused_by_name(rita: Client) -> None:
    refusal = refusal_of(lambda: create_by_json(rita, {"trendFollowing": {"fastBar": 10}}))

    assert (refusal.code, refusal.domain, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        GATEWAY,
        "ERROR_REASON_UNKNOWN_STRATEGY_PARAMETER",
    )
    assert refusal.metadata == {"found": "fastBar", "allowed": "fastBars, slowBars"}
    assert refusal.violations == ("strategy.definition.trendFollowing.fastBar",)


def test_parameter_of_a_newer_contract_is_refused_and_not_dropped(rita: Client) -> None:
    request = strategy_request()
    # Field 99, a varint, as a client of another build would send it.
    request.strategy.definition.trend_following.MergeFromString(b"\x98\x06\x01")

    refusal = refusal_of(lambda: rita.strategies.CreateStrategy(request, **rita.kinds))

    assert (refusal.domain, refusal.reason) == (
        GATEWAY,
        "ERROR_REASON_UNKNOWN_STRATEGY_PARAMETER",
    )
    assert refusal.metadata == {"found": "field number 99", "allowed": "fastBars, slowBars"}


def test_template_of_a_newer_contract_is_refused(rita: Client) -> None:
    request = strategy_request()
    request.strategy.definition.MergeFromString(b"\x9a\x06\x00")

    refusal = refusal_of(lambda: rita.strategies.CreateStrategy(request, **rita.kinds))

    assert (refusal.domain, refusal.reason) == (SHARED, "ERROR_REASON_UNKNOWN_FIELD")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ({"noSuchTemplate": {}}, "ERROR_REASON_UNKNOWN_FIELD"),
        ({"buyAndHold": {}, "breakout": {}}, "ERROR_REASON_MALFORMED_JSON"),
        ({"breakout": {"entryBars": "many"}}, "ERROR_REASON_MALFORMED_JSON"),
    ],
)
def test_other_faults_of_a_json_body_are_the_contracts(
    rita: Client, template: dict[str, Any], reason: str
) -> None:
    refusal = refusal_of(lambda: create_by_json(rita, template))

    assert (refusal.domain, refusal.reason) == (SHARED, reason)


def test_strategies_are_listed_newest_first_page_by_page(rita: Client) -> None:
    for strategy_id in ("b", "c", "a"):
        rita.new_strategy(strategy_id)

    def page(**kinds: Any) -> Any:
        request = strategy_service_pb2.ListStrategiesRequest(**kinds)
        return rita.strategies.ListStrategies(request, **rita.kinds)

    first = page(page_size=2)
    second = page(page_size=2, page_token=first.next_page_token)

    assert [s.name[-1] for s in (*first.strategies, *second.strategies)] == ["a", "c", "b"]
    assert second.next_page_token == ""
    forged = refusal_of(lambda: page(page_token="forged"))
    assert forged.reason == "ERROR_REASON_PAGE_TOKEN_INVALID"
