"""A timestamp that is no time is refused like any other value that is not allowed."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius.gateway.v1 import pipeline_run_service_pb2
from aurelius_chassis.errors import RequestRefused
from aurelius_chassis.timestamps import invalid_timestamps
from aurelius_chassis.validation import refuse_invalid


def request_at(**time: int) -> pipeline_run_service_pb2.CreatePipelineRunRequest:
    spec = backtest_spec_pb2.BacktestSpec(start_time=Timestamp(**time))
    return pipeline_run_service_pb2.CreatePipelineRunRequest(
        strategy="strategies/trend", dataset="datasets/goog", spec=spec
    )


@pytest.mark.parametrize(
    "time",
    [
        {"seconds": 253_402_300_800},
        {"seconds": -62_135_596_801},
        {"seconds": 0, "nanos": -1},
        {"seconds": 0, "nanos": 1_000_000_000},
    ],
)
def test_timestamp_that_is_no_time_is_refused(time: dict[str, int]) -> None:
    with pytest.raises(RequestRefused) as refusal:
        refuse_invalid(request_at(**time))

    assert refusal.value.reason == "ERROR_REASON_INVALID_FIELD"
    assert [violation.field for violation in refusal.value.violations] == ["spec.start_time"]


@pytest.mark.parametrize(
    "time", [{"seconds": 253_402_300_799, "nanos": 999_999_999}, {"seconds": -62_135_596_800}]
)
def test_first_and_last_time_are_times(time: dict[str, int]) -> None:
    assert list(invalid_timestamps(request_at(**time))) == []
