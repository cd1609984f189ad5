"""The engine's studies over gRPC: asked for, waited for, and their tables downloaded."""

from collections.abc import Callable, Mapping

import grpc
from google.protobuf import json_format

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
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.errors import ReplayNotFinished, ValidationNotFound
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.studies import StudyFacts, StudyTable
from aurelius_governance.domain.study_policy import OBJECTIVE, POLICY
from aurelius_governance.domain.trials import TrialFacts
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

    def study(
        self, backtest: backtest_pb2.Backtest, name: str, like: str, patience: Patience
    ) -> StudyFacts:
        """Returns the study of a run's own specification, data and seed, on the policy's terms.

        Args:
            backtest: The run.
            name: Of the study.
            like: The validation whose space and slices a study of a search has.
            patience: How long to wait.

        Raises:
            ReplayNotFinished: The patience ended.
        """
        policy = POLICY[name]
        terms = {**policy.terms, **(self._owned(like, name) if like else {})}
        spec = validation_pb2.ValidationSpec(base=backtest.spec)
        json_format.ParseDict({policy.key: terms}, spec)
        request = validation_service_pb2.CreateValidationRequest(
            spec=spec, dataset=backtest.dataset, seed=backtest.identity.seed
        )
        validation = self._validations.CreateValidation(
            request, timeout=seconds_left(self._timeout), metadata=self._outgoing_metadata()
        )
        while validation.state in _RUNNING:
            if not patience.pause():
                raise ReplayNotFinished(validation.name, waited_seconds=self._timeout)
            validation = self._get(validation.name)
        return self._facts(validation)

    def _owned(self, like: str, name: str) -> Mapping[str, JsonValue]:
        """Returns the fields of a search that its owner chose, with the policy's objective."""
        stated = json_format.MessageToDict(getattr(self._get(like).spec, name))
        owned = {field: stated[field] for field in POLICY[name].owned if field in stated}
        return {**owned, "space": {**owned.get("space", {}), "objective": OBJECTIVE}}

    def validation(self, name: str) -> StudyFacts:
        """Returns a study that was computed before.

        Raises:
            ValidationNotFound: There is none.
        """
        return self._facts(self._get(name))

    def trials(self, run: str, known: TreeHead | None) -> TrialFacts:
        """Returns what the log says of the trials behind a run, and its proofs."""
        found = self._trials.AssessTrials(
            trial_ledger_service_pb2.AssessTrialsRequest(name=run),
            timeout=seconds_left(self._timeout),
            metadata=self._outgoing_metadata(),
        )
        deflated = next(
            (
                one.value
                for one in found.statistics
                if one.metric_id == _DEFLATED and one.WhichOneof("outcome") == "value"
            ),
            None,
        )
        proof = trial_ledger_service_pb2.ProveTrialEntryResponse()
        if found.trial_entry:
            before = known.size if known and known.size <= found.log_size else 0
            proof = self._trials.ProveTrialEntry(
                trial_ledger_service_pb2.ProveTrialEntryRequest(
                    name=found.trial_entry, log_size=found.log_size, from_log_size=before
                ),
                timeout=seconds_left(self._timeout),
                metadata=self._outgoing_metadata(),
            )
        return TrialFacts(
            trial_count=found.trial_count,
            deflated_sharpe=deflated,
            log=TreeHead(size=found.log_size, root=found.root_hash),
            entry=found.trial_entry,
            content=proof.trial_entry.content.encode(),
            audit_path=list(proof.hashes),
            consistency=list(proof.consistency_hashes),
        )

    def _get(self, name: str) -> validation_pb2.Validation:
        try:
            found: validation_pb2.Validation = self._validations.GetValidation(
                validation_service_pb2.GetValidationRequest(name=name),
                timeout=seconds_left(self._timeout),
                metadata=self._outgoing_metadata(),
            )
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise ValidationNotFound(name) from error
            raise
        if found.name != name:  # the engine answered another question
            raise ValidationNotFound(name)
        return found

    def _facts(self, validation: validation_pb2.Validation) -> StudyFacts:
        failure = ""
        if validation.state != validation_pb2.Validation.STATE_SUCCEEDED:
            state = validation_pb2.Validation.State.Name(validation.state)
            failure = f"{validation.failure.reason or state}: {validation.failure.message}"
        return StudyFacts(
            validation=validation.name,
            study=validation.spec.WhichOneof("study") or "",
            document=resolved_spec.document_of(validation.spec),
            base_hash=identities.spec_hash(resolved_spec.document_of(validation.spec.base)),
            data_hash=validation.data_hash,
            seed=validation.seed,
            engine_version=validation.engine_version,
            failure=failure,
            result_digest=validation.result.result_digest,
            tables=[self._table(validation.name, table) for table in validation.result.tables],
        )

    def _table(self, validation: str, table: validation_pb2.ValidationTable) -> StudyTable:
        parent, _, name = table.name.rpartition("/")
        try:
            if parent != f"{validation}/tables":
                raise ArtifactUnreadable(f"It is of another study: {table.name}.")
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
