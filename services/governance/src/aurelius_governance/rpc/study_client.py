"""The engine's studies over gRPC: asked for, waited for, and their tables downloaded."""

from collections.abc import Callable

import grpc

from aurelius.engine.v1 import (
    backtest_pb2,
    trial_ledger_service_pb2,
    trial_ledger_service_pb2_grpc,
    validation_pb2,
    validation_service_pb2,
    validation_service_pb2_grpc,
)
from aurelius_chassis.caller import seconds_left
from aurelius_chassis.stream_ends import without_end
from aurelius_governance.application.artifact_reader import ArtifactReader, ArtifactUnreadable
from aurelius_governance.domain import identity as identities
from aurelius_governance.domain.errors import ReplayNotFinished
from aurelius_governance.domain.studies import StudyFacts, StudyTable, TrialFacts
from aurelius_governance.rpc import resolved_spec
from aurelius_governance.rpc.patience import Patience

Metadata = tuple[tuple[str, str | bytes], ...]
_DEFLATED = "deflated_sharpe_ratio"
_RUNNING = (
    validation_pb2.Validation.STATE_RUNNING,
    validation_pb2.Validation.STATE_UNSPECIFIED,
)


class StudyClient:
    """Asks for studies with the rights of the present caller."""

    def __init__(
        self,
        channel: grpc.Channel,
        *,
        outgoing_metadata: Callable[[], Metadata],
        read_table: ArtifactReader,
        call_timeout_seconds: float,
        table_max_bytes: int,
    ):
        self._validations = validation_service_pb2_grpc.ValidationServiceStub(channel)
        self._trials = trial_ledger_service_pb2_grpc.TrialLedgerServiceStub(channel)
        self._outgoing_metadata, self._read_table = outgoing_metadata, read_table
        self._timeout, self._max_bytes = call_timeout_seconds, table_max_bytes

    def study(self, backtest: backtest_pb2.Backtest, name: str, patience: Patience) -> StudyFacts:
        """Returns the study of a run's own specification, data and seed.

        Raises:
            ReplayNotFinished: The patience ended.
        """
        spec = validation_pb2.ValidationSpec(base=backtest.spec)
        getattr(spec, name).SetInParent()  # its default thresholds, and no others
        request = validation_service_pb2.CreateValidationRequest(
            spec=spec, dataset=backtest.dataset, seed=backtest.identity.seed
        )
        validation = self._validations.CreateValidation(
            request, timeout=seconds_left(self._timeout), metadata=self._outgoing_metadata()
        )
        while validation.state in _RUNNING:
            if not patience.pause():
                raise ReplayNotFinished(validation.name, waited_seconds=self._timeout)
            get = validation_service_pb2.GetValidationRequest(name=validation.name)
            validation = self._validations.GetValidation(
                get, timeout=seconds_left(self._timeout), metadata=self._outgoing_metadata()
            )
        base = resolved_spec.document_of(validation.spec.base)
        failure = ""
        if validation.state != validation_pb2.Validation.STATE_SUCCEEDED:
            failure = f"{validation.failure.reason}: {validation.failure.message}"
        return StudyFacts(
            validation=validation.name,
            study=name,
            failure=failure,
            base_hash=identities.spec_hash(base),
            data_hash=validation.data_hash,
            result_digest=validation.result.result_digest,
            tables=[self._table(table) for table in validation.result.tables],
        )

    def trials(self, run: str) -> TrialFacts:
        """Returns what the log says of the trials behind a run."""
        request = trial_ledger_service_pb2.AssessTrialsRequest(name=run)
        found = self._trials.AssessTrials(
            request, timeout=seconds_left(self._timeout), metadata=self._outgoing_metadata()
        )
        deflated = next(
            (
                one.value
                for one in found.statistics
                if one.metric_id == _DEFLATED and one.WhichOneof("outcome") == "value"
            ),
            None,
        )
        return TrialFacts(
            trial_count=found.trial_count,
            log_size=found.log_size,
            root=f"sha256:{found.root_hash.hex()}",
            deflated_sharpe=deflated,
        )

    def _table(self, table: validation_pb2.ValidationTable) -> StudyTable:
        name = table.name.rpartition("/")[2]
        try:
            columns = self._read_table(self._download(table.name))
        except ArtifactUnreadable as error:
            return StudyTable(id=name, digest=table.digest, columns=(), unreadable=str(error))
        return StudyTable(id=name, digest=table.digest, columns=columns)

    def _download(self, name: str) -> bytes:
        content = bytearray()
        request = validation_service_pb2.DownloadValidationTableRequest(name=name)
        try:
            for message in without_end(
                self._validations.DownloadValidationTable(
                    request, timeout=seconds_left(self._timeout), metadata=self._outgoing_metadata()
                )
            ):
                content += message.data
                if len(content) > self._max_bytes:
                    raise ArtifactUnreadable(f"Longer than {self._max_bytes} bytes.")
        except grpc.RpcError as error:
            if error.code() in (grpc.StatusCode.DATA_LOSS, grpc.StatusCode.NOT_FOUND):
                raise ArtifactUnreadable(f"The engine refused it: {error.details()}") from error
            raise
        return bytes(content)
