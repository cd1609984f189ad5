"""The engine over gRPC, asked with the caller's own token."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from aurelius.engine.v1 import (
    artifact_service_pb2,
    artifact_service_pb2_grpc,
    backtest_pb2,
    backtest_service_pb2,
    backtest_service_pb2_grpc,
    dataset_pb2,
    dataset_service_pb2,
    dataset_service_pb2_grpc,
    replay_service_pb2,
    replay_service_pb2_grpc,
)
from aurelius_chassis.caller import seconds_left
from aurelius_chassis.stream_ends import without_end
from aurelius_governance.application.artifact_reader import ArtifactReader, ArtifactUnreadable
from aurelius_governance.domain.errors import (
    EngineRefused,
    EngineUnavailable,
    ReplayNotFinished,
    RunNotFound,
    RunNotSealed,
)
from aurelius_governance.domain.gates import ReplayOutcome
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.lineage import ArtifactFacts, DatasetFacts, RunFacts
from aurelius_governance.rpc import resolved_spec

Metadata = tuple[tuple[str, str | bytes], ...]
_RETRYABLE = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
    }
)
_MANDATORY_PROVENANCE = (
    "provider",
    "venue",
    "calendar",
    "time_zone",
    "adjustment",
    "data_class",
    "fidelity_tier",
    "latency_class",
    "as_of_time",
    "licence",
    "source",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLimits:
    """How long and how much governance waits for and reads."""

    call_timeout_seconds: float
    replay_timeout_seconds: float
    artifact_max_bytes: int


class GrpcEngine:
    """Implements the port `Engine`."""

    def __init__(
        self,
        channel: grpc.Channel,
        *,
        outgoing_metadata: Callable[[], Metadata],
        read_table: ArtifactReader,
        limits: EngineLimits,
    ):
        self._backtests = backtest_service_pb2_grpc.BacktestServiceStub(channel)
        self._datasets = dataset_service_pb2_grpc.DatasetServiceStub(channel)
        self._artifacts = artifact_service_pb2_grpc.ArtifactServiceStub(channel)
        self._replays = replay_service_pb2_grpc.ReplayServiceStub(channel)
        self._outgoing_metadata, self._read_table = outgoing_metadata, read_table
        self._limits = limits

    def require_sealed(self, run: str) -> None:
        """See the port."""
        with _refusals():
            self._sealed(run)

    def run_facts(self, run: str) -> RunFacts:
        """See the port."""
        with _refusals():
            backtest = self._sealed(run)
            return RunFacts(
                run=run,
                identity=_identity_from_proto(backtest),
                spec_document=resolved_spec.document_of(backtest.spec),
                spec_faults=resolved_spec.faults(backtest.spec),
                result_digest=backtest.result.result_digest,
                dataset=self._dataset(backtest.dataset),
                artifacts=self._artifact_facts(run),
            )

    def replay(self, run: str) -> ReplayOutcome:
        """See the port."""
        with _refusals():
            backtest = self._sealed(run)
            replay = self._replays.CreateReplay(
                replay_service_pb2.CreateReplayRequest(identity=backtest.identity),
                timeout=seconds_left(self._limits.call_timeout_seconds),
                metadata=self._outgoing_metadata(),
            )
            return _outcome(self._ended(replay))

    def _sealed(self, run: str) -> backtest_pb2.Backtest:
        try:
            backtest = self._backtests.GetBacktest(
                backtest_service_pb2.GetBacktestRequest(name=run),
                timeout=seconds_left(self._limits.call_timeout_seconds),
                metadata=self._outgoing_metadata(),
            )
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise RunNotFound(run) from error
            raise
        if backtest.state != backtest_pb2.Backtest.STATE_SEALED:
            found = backtest_pb2.Backtest.State.Name(backtest.state)
            raise RunNotSealed(run, found=found)
        return backtest

    def _dataset(self, name: str) -> DatasetFacts | None:
        try:
            dataset = self._datasets.GetDataset(
                dataset_service_pb2.GetDatasetRequest(name=name),
                timeout=seconds_left(self._limits.call_timeout_seconds),
                metadata=self._outgoing_metadata(),
            )
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise
        return DatasetFacts(
            name=dataset.name,
            data_hash=dataset.data_hash,
            # Only what is said to be real is real.
            synthetic=dataset.provenance.data_class != dataset_pb2.DATA_CLASS_REAL,
            provenance=_provenance_from_proto(dataset.provenance),
        )

    def _artifact_facts(self, run: str) -> Sequence[ArtifactFacts]:
        listed: list[artifact_service_pb2.Artifact] = []
        token = ""
        while True:
            page = self._artifacts.ListArtifacts(
                artifact_service_pb2.ListArtifactsRequest(parent=run, page_token=token),
                timeout=seconds_left(self._limits.call_timeout_seconds),
                metadata=self._outgoing_metadata(),
            )
            listed.extend(page.artifacts)
            token = page.next_page_token
            if not token:
                return [self._artifact(artifact) for artifact in listed]

    def _artifact(self, artifact: artifact_service_pb2.Artifact) -> ArtifactFacts:
        part = artifact.name.rpartition("/")[2]
        try:
            columns = self._read_table(self._download(artifact.name))
        except ArtifactUnreadable as error:
            return ArtifactFacts(
                name=artifact.name,
                part=part,
                digest=artifact.digest,
                columns=(),
                unreadable=str(error),
            )
        return ArtifactFacts(name=artifact.name, part=part, digest=artifact.digest, columns=columns)

    def _download(self, name: str) -> bytes:
        content = bytearray()
        ended = False
        try:
            messages = self._artifacts.ReadArtifact(
                artifact_service_pb2.ReadArtifactRequest(name=name),
                timeout=seconds_left(self._limits.call_timeout_seconds),
                metadata=self._outgoing_metadata(),
            )
            for message in without_end(messages):
                content += message.data
                ended = message.end_of_artifact
                if len(content) > self._limits.artifact_max_bytes:
                    raise ArtifactUnreadable(
                        f"Longer than {self._limits.artifact_max_bytes} bytes."
                    )
        except grpc.RpcError as error:
            if error.code() in (grpc.StatusCode.DATA_LOSS, grpc.StatusCode.NOT_FOUND):
                raise ArtifactUnreadable(f"The engine refused it: {error.details()}") from error
            raise
        if not ended:
            raise ArtifactUnreadable("The download ended early.")
        return bytes(content)

    def _ended(self, replay: replay_service_pb2.Replay) -> replay_service_pb2.Replay:
        newest = replay
        try:
            messages = self._replays.WatchReplay(
                replay_service_pb2.WatchReplayRequest(name=replay.name),
                timeout=seconds_left(self._limits.replay_timeout_seconds),
                metadata=self._outgoing_metadata(),
            )
            for message in without_end(messages):
                newest = message.replay
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                raise
        if newest.state in (
            replay_service_pb2.Replay.STATE_RUNNING,
            replay_service_pb2.Replay.STATE_UNSPECIFIED,
        ):
            raise ReplayNotFinished(replay.name, waited_seconds=self._limits.replay_timeout_seconds)
        return newest


def _identity_from_proto(backtest: backtest_pb2.Backtest) -> RunIdentity:
    return RunIdentity(
        spec_hash=backtest.identity.spec_hash,
        data_hash=backtest.identity.data_hash,
        seed=backtest.identity.seed,
        engine_version=backtest.identity.engine_version,
    )


def _provenance_from_proto(provenance: dataset_pb2.Provenance) -> Mapping[str, str]:
    # A field that is not set prints nothing, and neither does an enum's zero: both are absent.
    stated = json_format.MessageToDict(provenance, preserving_proto_field_name=True)
    return {field: str(stated.get(field, "")) for field in _MANDATORY_PROVENANCE}


def _outcome(replay: replay_service_pb2.Replay) -> ReplayOutcome:
    difference = ""
    if replay.HasField("first_difference"):
        first = replay.first_difference
        difference = (
            f"First difference: {first.artifact_id} row {first.row} column {first.column}:"
            f" sealed {first.sealed_value!r}, replayed {first.replayed_value!r}."
        )
    elif replay.state == replay_service_pb2.Replay.STATE_FAILED:
        difference = f"The replay failed: {replay.failure_message}"
    return ReplayOutcome(
        replay=replay.name,
        equal=replay.state == replay_service_pb2.Replay.STATE_EQUAL,
        replayed_digest=replay.replayed_result_digest,
        difference=difference,
    )


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns what the engine answers into a refusal of governance."""
    try:
        yield
    except grpc.RpcError as error:
        if error.code() in _RETRYABLE:
            raise EngineUnavailable(f"{error.code().name}: {error.details()}") from error
        raise EngineRefused(
            engine_code=error.code().name,
            engine_reason=_reason(error),
            detail=error.details() or "",
        ) from error


def _reason(error: grpc.RpcError) -> str:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # the stubs' RpcError is a Call
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""
