"""The gRPC adapter of the engine port against an engine on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pyarrow as pa
import pytest
from google.rpc import status_pb2

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2, replay_service_pb2
from aurelius_chassis.errors import status
from aurelius_governance.adapters.arrow_tables import read_table
from aurelius_governance.domain import lineage
from aurelius_governance.domain.errors import (
    EngineRefused,
    EngineUnavailable,
    ReplayNotFinished,
    RunNotFound,
    RunNotSealed,
)
from aurelius_governance.domain.lineage import EvidenceKind, EvidenceState
from aurelius_governance.rpc.engine_client import EngineLimits, GrpcEngine
from tests.contract.governance import engine_double
from tests.contract.governance.engine_double import RESULT_DIGEST, RUN, EngineDouble

TOKEN = "Bearer token-of-rita"
# What an artifact that is not the sealed one breaks.
CONTENT_KINDS = {
    EvidenceKind.ARTIFACT,
    EvidenceKind.RESULT_DIGEST,
    EvidenceKind.STATED_RESULT,
}
LIMITS = EngineLimits(
    call_timeout_seconds=20, replay_timeout_seconds=20, artifact_max_bytes=1_000_000
)


@pytest.fixture
def double() -> EngineDouble:
    return EngineDouble()


@pytest.fixture
def client(double: EngineDouble) -> Iterator[GrpcEngine]:
    with (
        engine_double.serving(double) as target,
        grpc.insecure_channel(target) as channel,
    ):
        yield GrpcEngine(
            channel,
            outgoing_metadata=lambda: (("authorization", TOKEN),),
            read_table=read_table,
            limits=LIMITS,
        )


def failed(client: GrpcEngine) -> set[EvidenceKind]:
    items = lineage.verify(client.run_facts(RUN))
    return {item.kind for item in items if item.state is EvidenceState.FAILED}


def ended_as(code: grpc.StatusCode, reason: str) -> status_pb2.Status:
    return status(code, reason, "the engine failed", domain="engine.aurelius.dev", facts={})


def test_good_run_is_verified_with_the_callers_token(
    client: GrpcEngine, double: EngineDouble
) -> None:
    assert failed(client) == set()
    assert client.replay(RUN).replayed_digest == RESULT_DIGEST
    assert double.tokens == {TOKEN}


def test_edited_artifact_fails(client: GrpcEngine, double: EngineDouble) -> None:
    edited = engine_double.TABLE.set_column(2, "value", pa.array([1.5, 2.0], pa.float64()))
    double.contents["equity"] = engine_double.arrow_bytes(edited)

    assert failed(client) == CONTENT_KINDS


@pytest.mark.parametrize("damage", ["garbage", "nulls", "cut"])
def test_unreadable_artifact_fails(client: GrpcEngine, double: EngineDouble, damage: str) -> None:
    if damage == "garbage":
        double.contents["orders"] = b"not arrow"
    elif damage == "nulls":
        double.contents["fills"] = engine_double.arrow_bytes(pa.table({"x": pa.array([1.0, None])}))
    else:
        double.complete = False

    assert failed(client) == CONTENT_KINDS


@pytest.mark.parametrize("field", ["initial_cash", "commission", "bar_interval"])
def test_specification_without_a_default_written_out_fails(
    client: GrpcEngine, double: EngineDouble, field: str
) -> None:
    double.spec = backtest_spec_pb2.BacktestSpec()
    double.spec.CopyFrom(engine_double.SPEC)
    double.spec.ClearField(field)

    items = lineage.verify(client.run_facts(RUN))

    (item,) = [item for item in items if item.kind is EvidenceKind.SPEC_HASH]
    assert item.state is EvidenceState.FAILED
    assert field in item.detail


def test_specification_whose_symbols_are_unsorted_fails(
    client: GrpcEngine, double: EngineDouble
) -> None:
    double.spec = backtest_spec_pb2.BacktestSpec()
    double.spec.CopyFrom(engine_double.SPEC)
    double.spec.symbols[:] = ["GOOG", "AAPL"]

    assert failed(client) == {EvidenceKind.SPEC_HASH}


@pytest.mark.parametrize("field", sorted(engine_double.PROVENANCE))
def test_each_mandatory_provenance_field_is_missed(
    client: GrpcEngine, double: EngineDouble, field: str
) -> None:
    del double.provenance[field]

    assert failed(client) == {EvidenceKind.PROVENANCE}


def test_data_that_is_not_said_to_be_real_is_synthetic(
    client: GrpcEngine, double: EngineDouble
) -> None:
    del double.provenance["dataClass"]

    assert lineage.data_lineage(client.run_facts(RUN)).synthetic


def test_unknown_and_unsealed_runs_are_refused(client: GrpcEngine, double: EngineDouble) -> None:
    with pytest.raises(RunNotFound):
        client.run_facts("runs/r" + "a" * 26)
    double.state = backtest_pb2.Backtest.STATE_QUARANTINED
    with pytest.raises(RunNotSealed) as refusal:
        client.replay(RUN)

    assert refusal.value.found == "STATE_QUARANTINED"


def test_replay_that_differs_or_fails_is_not_equal(
    client: GrpcEngine, double: EngineDouble
) -> None:
    for state in (
        replay_service_pb2.Replay.STATE_DIFFERENT,
        replay_service_pb2.Replay.STATE_FAILED,
    ):
        double.replay_states = [state]
        assert not client.replay(RUN).equal


def test_replay_is_what_came_before_the_stream_failed(
    client: GrpcEngine, double: EngineDouble
) -> None:
    double.stream_error = ended_as(grpc.StatusCode.DEADLINE_EXCEEDED, "TOO_LATE")

    assert client.replay(RUN).equal


def test_stream_that_fails_midway_is_a_refusal_of_the_engine(
    client: GrpcEngine, double: EngineDouble
) -> None:
    double.stream_error = ended_as(grpc.StatusCode.INTERNAL, "ERROR_REASON_INTERNAL")

    for ask in (client.run_facts, client.replay):
        with pytest.raises(EngineRefused) as refusal:
            ask(RUN)
        assert refusal.value.engine_reason == "ERROR_REASON_INTERNAL"


def test_artifact_whose_bytes_turn_out_lost_midway_fails(
    client: GrpcEngine, double: EngineDouble
) -> None:
    double.stream_error = ended_as(grpc.StatusCode.DATA_LOSS, "ERROR_REASON_DATA_LOSS")

    assert failed(client) == CONTENT_KINDS


def test_replay_that_does_not_end_is_no_decision(client: GrpcEngine, double: EngineDouble) -> None:
    double.replay_states = [replay_service_pb2.Replay.STATE_RUNNING]

    with pytest.raises(ReplayNotFinished):
        client.replay(RUN)


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now, self.waits = 0.0, list[float]()

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@contextmanager
def patient(double: EngineDouble, time: Time) -> Iterator[GrpcEngine]:
    """Gives a client that waits on another clock than ours."""
    with (
        engine_double.serving(double) as target,
        grpc.insecure_channel(target) as channel,
    ):
        yield GrpcEngine(
            channel,
            outgoing_metadata=lambda: (),
            read_table=read_table,
            limits=LIMITS,
            wait=time.wait,
            monotonic=time.monotonic,
        )


def test_replay_is_polled_while_the_engine_has_no_stream_left(double: EngineDouble) -> None:
    double.streams_taken, time = 1, Time()
    running, equal = replay_service_pb2.Replay.STATE_RUNNING, replay_service_pb2.Replay.STATE_EQUAL
    double.polled_states = [running] * 7 + [equal]

    with patient(double, time) as client:
        outcome = client.replay(RUN)

    assert (outcome.equal, outcome.replayed_digest) == (True, RESULT_DIGEST)
    assert time.waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert double.replay_count == 1


def test_replay_that_is_polled_in_vain_is_no_decision(double: EngineDouble) -> None:
    double.streams_taken, time = 1, Time()
    double.polled_states = [replay_service_pb2.Replay.STATE_RUNNING]

    with patient(double, time) as client, pytest.raises(ReplayNotFinished):
        client.replay(RUN)

    assert time.now == pytest.approx(LIMITS.replay_timeout_seconds)


def test_download_waits_for_a_stream_and_not_for_ever(double: EngineDouble) -> None:
    double.streams_taken, time = 3, Time()

    with patient(double, time) as client:
        assert failed(client) == set()
        assert time.waits == [0.05, 0.1, 0.2]
        double.streams_taken = 1000
        with pytest.raises(EngineUnavailable):
            client.run_facts(RUN)

    assert time.now == pytest.approx(0.35 + LIMITS.call_timeout_seconds)


def test_stream_that_is_refused_for_another_reason_is_not_waited_for(
    double: EngineDouble,
) -> None:
    double.streams_taken, time = 2, Time()
    double.stream_refusal = ended_as(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "ERROR_REASON_MESSAGE_TOO_LARGE"
    )

    with patient(double, time) as client:
        for ask in (client.run_facts, client.replay):
            with pytest.raises(EngineUnavailable):
                ask(RUN)

    assert time.waits == []


def test_engine_that_is_away_is_unavailable(double: EngineDouble) -> None:
    with engine_double.serving(double) as target:
        pass
    with grpc.insecure_channel(target) as channel:
        away = GrpcEngine(
            channel, outgoing_metadata=lambda: (), read_table=read_table, limits=LIMITS
        )
        with pytest.raises(EngineUnavailable):
            away.run_facts(RUN)
