"""The engine over gRPC, asked with the caller's own token."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import grpc
from google.protobuf import json_format

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
    run_identity_pb2,
)
from aurelius_chassis.caller import seconds_left
from aurelius_chassis.stream_ends import without_end
from aurelius_governance.application.artifact_reader import ArtifactReader, ArtifactUnreadable
from aurelius_governance.domain.errors import (
    ReplayNotFinished,
    RunNotFound,
    RunNotSealed,
)
from aurelius_governance.domain.gates import ReplayOutcome
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.lineage import ArtifactFacts, DatasetFacts, RunFacts
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.stated_result import (
    StatedArtifact,
    StatedMetric,
    StatedResult,
)
from aurelius_governance.domain.studies import StudyFacts
from aurelius_governance.domain.trials import TrialFacts
from aurelius_governance.rpc import resolved_spec
from aurelius_governance.rpc.engine_refusals import is_without_streams, refusals
from aurelius_governance.rpc.patience import Patience
from aurelius_governance.rpc.quality_client import QualityClient
from aurelius_governance.rpc.study_client import StudyClient

Metadata = tuple[tuple[str, str | bytes], ...]
_RUNNING = (
    replay_service_pb2.Replay.STATE_RUNNING,
    replay_service_pb2.Replay.STATE_UNSPECIFIED,
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
        wait: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._backtests = backtest_service_pb2_grpc.BacktestServiceStub(channel)
        self._datasets = dataset_service_pb2_grpc.DatasetServiceStub(channel)
        self._artifacts = artifact_service_pb2_grpc.ArtifactServiceStub(channel)
        self._replays = replay_service_pb2_grpc.ReplayServiceStub(channel)
        self._studies = StudyClient(
            channel,
            outgoing_metadata=outgoing_metadata,
            read_table=read_table,
            call_timeout_seconds=limits.call_timeout_seconds,
            table_max_bytes=limits.artifact_max_bytes,
        )
        self._quality = QualityClient(
            channel,
            outgoing_metadata=outgoing_metadata,
            read_table=read_table,
            call_timeout_seconds=limits.call_timeout_seconds,
            table_max_bytes=limits.artifact_max_bytes,
        )
        self._outgoing_metadata, self._read_table = outgoing_metadata, read_table
        self._limits, self._wait, self._monotonic = limits, wait, monotonic

    def require_sealed(self, run: str) -> None:
        """See the port."""
        with refusals(run):
            self._sealed(run)

    def run_facts(self, run: str) -> RunFacts:
        """See the port."""
        with refusals(run):
            backtest = self._sealed(run)
            return RunFacts(
                run=run,
                identity=_identity_from_proto(backtest.identity),
                spec_document=resolved_spec.document_of(backtest.spec),
                spec_faults=resolved_spec.faults(backtest.spec),
                stated=_stated_from_proto(backtest),
                dataset=self._dataset(backtest.dataset),
                artifacts=self._artifact_facts(run),
            )

    def replay(self, run: str) -> ReplayOutcome:
        """See the port."""
        with refusals(run):
            backtest = self._sealed(run)
            replay = self._replays.CreateReplay(
                replay_service_pb2.CreateReplayRequest(identity=backtest.identity),
                timeout=seconds_left(self._limits.call_timeout_seconds),
                metadata=self._outgoing_metadata(),
            )
            return _outcome(self._ended(replay))

    def study(self, run: str, study: str, *, like: str) -> StudyFacts:
        """See the port."""
        with refusals(run):
            patience = self._patience(self._limits.replay_timeout_seconds)
            return self._studies.study(self._sealed(run), study, like, patience)

    def validation(self, name: str) -> StudyFacts:
        """See the port."""
        with refusals(name):
            return self._studies.validation(name)

    def trials(self, run: str, *, known: TreeHead | None) -> TrialFacts:
        """See the port."""
        with refusals(run):
            return self._studies.trials(run, known)

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
            quality=self._quality.facts(dataset),
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
        patience = self._patience(self._limits.call_timeout_seconds)
        while True:
            try:
                return self._downloaded(name, timeout_seconds=patience.left_seconds)
            except grpc.RpcError as error:
                if not (is_without_streams(error) and patience.pause()):
                    raise

    def _downloaded(self, name: str, *, timeout_seconds: float) -> bytes:
        content = bytearray()
        ended = False
        try:
            messages = self._artifacts.ReadArtifact(
                artifact_service_pb2.ReadArtifactRequest(name=name),
                timeout=timeout_seconds,
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
        """Waits for the end by stream or, if the engine has none left, by polling."""
        patience = self._patience(self._limits.replay_timeout_seconds)
        newest = replay
        try:
            for change in self._changes(replay.name, patience):
                newest = change
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                raise
        if newest.state in _RUNNING:
            raise ReplayNotFinished(replay.name, waited_seconds=self._limits.replay_timeout_seconds)
        return newest

    def _changes(self, name: str, patience: Patience) -> Iterator[replay_service_pb2.Replay]:
        try:
            messages = self._replays.WatchReplay(
                replay_service_pb2.WatchReplayRequest(name=name),
                timeout=patience.left_seconds,
                metadata=self._outgoing_metadata(),
            )
            for message in without_end(messages):
                yield message.replay
            return
        except grpc.RpcError as error:
            if not is_without_streams(error):
                raise
        while patience.pause():
            newest = self._replays.GetReplay(
                replay_service_pb2.GetReplayRequest(name=name),
                timeout=min(self._limits.call_timeout_seconds, patience.left_seconds),
                metadata=self._outgoing_metadata(),
            )
            yield newest
            if newest.state not in _RUNNING:
                return

    def _patience(self, limit_seconds: float) -> Patience:
        return Patience(seconds_left(limit_seconds), wait=self._wait, monotonic=self._monotonic)


def _identity_from_proto(identity: run_identity_pb2.RunIdentity) -> RunIdentity:
    return RunIdentity(
        spec_hash=identity.spec_hash,
        data_hash=identity.data_hash,
        seed=identity.seed,
        engine_version=identity.engine_version,
    )


def _stated_from_proto(backtest: backtest_pb2.Backtest) -> StatedResult:
    result = backtest.result
    return StatedResult(
        backtest=backtest.name,
        run=result.run,
        identity=_identity_from_proto(result.identity),
        result_digest=result.result_digest,
        artifacts=[
            StatedArtifact(part=item.artifact_id, digest=item.digest, row_count=item.row_count)
            for item in result.artifact_digests
        ],
        metrics=[
            StatedMetric(
                metric_id=metric.metric_id,
                version=metric.version,
                unit=metric.unit,
                value=metric.value if metric.HasField("value") else None,
                undefined_reason=metric.undefined_reason,
            )
            for metric in result.metrics
        ],
        labels=list(result.labels),
    )


def _provenance_from_proto(provenance: dataset_pb2.Provenance) -> Mapping[str, str]:
    # A field that is not set prints nothing, and neither does an enum's zero: both are absent.
    stated = json_format.MessageToDict(provenance, preserving_proto_field_name=True)
    found = {field: str(stated.get(field, "")) for field in _MANDATORY_PROVENANCE}
    steps = len(provenance.transformation_steps)
    none = "none" if provenance.untransformed else ""
    return found | {"transformation_steps": str(steps) if steps else none}


def _outcome(replay: replay_service_pb2.Replay) -> ReplayOutcome:
    difference = ""
    if replay.HasField("first_difference"):
        first = replay.first_difference
        of = f" of {first.symbol}" if first.symbol else ""
        at = f" at {first.event_time.ToJsonString()}" if first.HasField("step") else ""
        difference = (
            f"First difference: {first.artifact_id} row {first.row} column {first.column}{of}{at}:"
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
