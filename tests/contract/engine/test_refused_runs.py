"""A run that cannot be is refused before it is accepted, with its own reason."""

from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import backtest_service_pb2
from tests.contract.engine.calls import cancel, get, watch
from tests.contract.engine.serving import (
    Served,
    create_request,
    refusal_of,
    token,
)


@pytest.mark.parametrize(
    ("changes", "reason", "found", "allowed"),
    [
        ({"symbols": ["TSLA"]}, "SYMBOL_UNKNOWN", "TSLA", "GOOG"),
        (
            {"startTime": "2012-01-01T00:00:00Z", "endTime": "2012-01-01T00:00:00Z"},
            "WINDOW_REVERSED",
            "2012-01-01T00:00:00Z",
            "after 2012-01-01T00:00:00Z",
        ),
        (
            {"startTime": "2012-01-02T00:00:00Z", "endTime": "2012-01-01T00:00:00Z"},
            "WINDOW_REVERSED",
            "2012-01-01T00:00:00Z",
            "after 2012-01-02T00:00:00Z",
        ),
        (
            {"startTime": "2030-01-01T00:00:00Z"},
            "WINDOW_EMPTY",
            "[2030-01-01T00:00:00Z, ",
            "within [",
        ),
        (
            {"startTime": "9999-01-01T00:00:00Z"},
            "WINDOW_EMPTY",
            "[9999-01-01T00:00:00Z, ",
            "within [",
        ),
        (
            {"endTime": "0001-01-02T00:00:00Z"},
            "WINDOW_EMPTY",
            ", 0001-01-02T00:00:00Z)",
            "within [",
        ),
        (
            {"strategy": {"trendFollowing": {"slowBars": 5000}}},
            "LOOKBACK_TOO_LONG",
            "5000",
            "at most 2148",
        ),
        (
            {"startTime": "2013-02-20T00:00:00Z"},
            "LOOKBACK_TOO_LONG",
            "20",
            "at most 8",
        ),
        ({"calendar": "XLON"}, "CALENDAR_MISMATCH", "XLON", "XNYS"),
        ({"calendar": "XXXX"}, "CALENDAR_MISMATCH", "XXXX", "24/7, XLON"),
        ({"calendarVersion": "mine"}, "CALENDAR_MISMATCH", "mine", "exchange_calendars"),
        ({"initialCash": -1}, "INVALID_FIELD", "-1", "(0, 1e+15]"),
        (
            {"strategy": {"trendFollowing": {"fastBars": 30, "slowBars": 20}}},
            "INVALID_FIELD",
            "fast_bars: 30",
            "fast_bars must be below slow_bars",
        ),
    ],
)
def test_a_specification_that_cannot_run_is_refused_before_it_is_accepted(
    goog_engine: Served, changes: dict[str, Any], reason: str, found: str, allowed: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        goog_engine.create(**changes)

    code, why, facts = refusal_of(refused.value)
    assert (code, why) == ("INVALID_ARGUMENT", reason)
    assert found in facts["found"]
    assert allowed in facts["allowed"]
    listed = goog_engine.backtests.ListBacktests(
        backtest_service_pb2.ListBacktestsRequest(), metadata=token()
    )
    assert list(listed.backtests) == [], "nothing was accepted"


def test_a_field_that_the_engine_does_not_know_is_refused_not_dropped(
    goog_engine: Served,
) -> None:
    unknown = b"\xf8\x3f\x01"  # field number 1023, a varint
    in_spec, in_template = create_request(), create_request()
    in_spec.spec.MergeFromString(in_spec.spec.SerializeToString() + unknown)
    in_template.spec.strategy.trend_following.MergeFromString(unknown)

    for request, reason in (
        (in_spec, "UNKNOWN_FIELD"),
        (in_template, "UNKNOWN_STRATEGY_PARAMETER"),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            goog_engine.backtests.CreateBacktest(request, metadata=token())
        code, why, facts = refusal_of(refused.value)
        assert (code, why) == ("INVALID_ARGUMENT", reason)
        assert "1023" in facts["found"]


@pytest.mark.parametrize(
    ("body", "reason", "found"),
    [
        ('{"spec":{"colour":"red"}}', "UNKNOWN_FIELD", "spec.colour"),
        (
            '{"spec":{"strategy":{"trendFollowing":{"slwBars":2}}}}',
            "UNKNOWN_STRATEGY_PARAMETER",
            "slwBars",
        ),
        ("{", "MALFORMED_JSON", ""),
    ],
)
def test_a_json_body_is_read_strictly(
    goog_engine: Served, body: str, reason: str, found: str
) -> None:
    request = backtest_service_pb2.CreateBacktestRequest()
    request.http_body.data = body.encode()
    request.http_body.content_type = "application/json"

    with pytest.raises(grpc.RpcError) as refused:
        goog_engine.backtests.CreateBacktest(request, metadata=token())

    code, why, facts = refusal_of(refused.value)
    assert (code, why) == ("INVALID_ARGUMENT", reason)
    assert found in facts["found"]


def test_a_dataset_or_run_that_does_not_exist_is_not_found(goog_engine: Served) -> None:
    absent = f"runs/r{'a' * 26}"
    calls = {
        "DATASET_NOT_FOUND": [lambda: goog_engine.create(dataset="datasets/none")],
        "RUN_NOT_FOUND": [
            lambda: get(goog_engine, absent),
            lambda: cancel(goog_engine, absent),
            lambda: next(watch(goog_engine, absent)),
        ],
    }
    for reason, attempts in calls.items():
        for attempt in attempts:
            with pytest.raises(grpc.RpcError) as refused:
                attempt()
            assert refusal_of(refused.value)[:2] == ("NOT_FOUND", reason)
