"""Which messages can say why a stream ends, and that those are not taken for data."""

import pytest
from google.api import httpbody_pb2
from google.protobuf.message import Message
from google.rpc import status_pb2

from aurelius.engine.v1 import artifact_service_pb2, backtest_service_pb2, replay_service_pb2
from aurelius.gateway.v1 import pipeline_run_service_pb2
from aurelius_chassis.descriptors import method_policies
from aurelius_chassis.stream_ends import without_end

STATUS = status_pb2.Status(code=15, message="the rest is lost")


@pytest.mark.parametrize(
    "data",
    [
        artifact_service_pb2.ReadArtifactResponse(data=b"a", next_offset=1),
        backtest_service_pb2.WatchBacktestResponse(),
        replay_service_pb2.WatchReplayResponse(),
        pipeline_run_service_pb2.WatchPipelineRunResponse(),
    ],
    ids=lambda message: message.DESCRIPTOR.name,
)
def test_message_that_only_says_why_a_stream_ends_is_left_out(data: Message) -> None:
    kind = type(data)
    end = kind()
    end.MergeFrom(kind(error=STATUS))  # type: ignore[call-arg]  # each kind of the list has it

    assert list(without_end([data, data, end])) == [data, data]


def test_piece_of_a_file_is_always_data() -> None:
    pieces = [httpbody_pb2.HttpBody(data=b"a"), httpbody_pb2.HttpBody()]

    assert list(without_end(pieces)) == pieces


def test_policies_know_which_streams_can_say_why_they_end() -> None:
    policies = method_policies(
        ["aurelius.engine.v1.ArtifactService", "aurelius.engine.v1.BacktestService"]
    )

    able = {path.rpartition("/")[2] for path, policy in policies.items() if policy.tells_end}

    assert able == {"ReadArtifact", "WatchBacktest"}
