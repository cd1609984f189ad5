"""The studies and the log of trials that an engine on loopback serves from memory."""

import json
from collections.abc import Callable, Iterator, Sequence

import grpc
import pyarrow as pa
from google.api import httpbody_pb2

from aurelius.engine.v1 import (
    backtest_pb2,
    trial_ledger_pb2,
    trial_ledger_service_pb2,
    trial_ledger_service_pb2_grpc,
    validation_pb2,
    validation_service_pb2,
    validation_service_pb2_grpc,
)
from aurelius_governance.domain import canonical_json, merkle
from aurelius_governance.domain import identity as identities
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.study_policy import POLICY
from aurelius_governance.domain.table_hash import Column, ColumnType, table_hash
from aurelius_governance.rpc import resolved_spec
from tests.unit.governance.evidence import CHECK_COLUMNS
from tests.unit.governance.evidence import passing as rows

Contents = dict[str, list[str] | list[float]]
ANOTHER_POINT = "sha256:" + "c" * 64


def passing(study: str) -> Contents:
    """The checks that governance asks of a study; each passes."""
    return dict(zip(CHECK_COLUMNS, map(list, zip(*rows(study), strict=True)), strict=True))


def entry_of(run: str, identity: RunIdentity, result_digest: str) -> bytes:
    """Returns the entry of a sealed run in the log, as docs/specs/trial_ledger.md has it."""
    return canonical_json.encode(
        {
            "attempt": 1,
            "dataHash": identity.data_hash,
            "documentHash": identity.spec_hash,
            "event": "SEALED",
            "executedCount": "1",
            "plannedCount": "1",
            "resultDigest": result_digest,
            "sharpeRatio": 1.5,
            "strategies": ["buyAndHold"],
            "subject": run,
            "time": "1",
        }
    )


class StudiesDouble(
    validation_service_pb2_grpc.ValidationServiceServicer,
    trial_ledger_service_pb2_grpc.TrialLedgerServiceServicer,
):
    """What a test wants the engine to say of studies and trials is in its attributes."""

    def __init__(self, data_hash: str, engine_version: str, entries: Sequence[bytes]) -> None:
        self.data_hash, self.engine_version = data_hash, engine_version
        # Changes the checks of a study before it is computed.
        self.judge: Callable[[str, Contents], object] = lambda study, checks: None
        # What a search tried beside the run.
        self.points = [ANOTHER_POINT]
        self.own_point = True
        self.tables: dict[str, Contents] = {}
        # Changes what a validation says of itself after it was computed.
        self.edit: Callable[[validation_pb2.Validation], object] = lambda validation: None
        # Sent instead of each table of checks.
        self.sent: Contents = {}
        self.validations: dict[str, validation_pb2.Validation] = {}
        self.entries = list(entries)
        self.trial_count, self.deflated_sharpe = 1, 0.99
        # Changes what is proved of an entry.
        self.forge: Callable[[trial_ledger_service_pb2.ProveTrialEntryResponse], object] = (
            lambda proof: None
        )

    def CreateValidation(
        self,
        request: validation_service_pb2.CreateValidationRequest,
        context: grpc.ServicerContext,
    ) -> validation_pb2.Validation:
        name = identities.validation_name(
            resolved_spec.document_of(request.spec),
            data_hash=self.data_hash,
            seed=request.seed,
            engine_version=self.engine_version,
        )
        made = validation_pb2.Validation(
            name=name,
            dataset=request.dataset,
            data_hash=self.data_hash,
            seed=request.seed,
            engine_version=self.engine_version,
            spec=request.spec,
            state=validation_pb2.Validation.STATE_SUCCEEDED,
        )
        if name not in self.validations:
            self._compute(made)
        return self._said(name)

    def _compute(self, made: validation_pb2.Validation) -> None:
        study = str(made.spec.WhichOneof("study"))
        tables = {"checks": passing(study)}
        self.judge(study, tables["checks"])
        if POLICY[study].is_search:
            own = identities.spec_hash(resolved_spec.document_of(made.spec.base))
            tables["tried"] = {"spec_hash": [*[own] * self.own_point, *self.points]}
        digests = {table: _digest(contents) for table, contents in tables.items()}
        for table, digest in digests.items():
            made.result.tables.add(name=f"{made.name}/tables/{table}", digest=digest)
            self.tables[f"{made.name}/tables/{table}"] = tables[table]
        made.result.result_digest = canonical_json.digest(
            b"aurelius.validation_result.v1\n", canonical_json.encode(digests)
        )
        self.validations[made.name] = made

    def GetValidation(
        self, request: validation_service_pb2.GetValidationRequest, context: grpc.ServicerContext
    ) -> validation_pb2.Validation:
        if request.name not in self.validations:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such validation")
        return self._said(request.name)

    def _said(self, name: str) -> validation_pb2.Validation:
        said = validation_pb2.Validation()
        said.CopyFrom(self.validations[name])
        self.edit(said)
        return said

    def DownloadValidationTable(
        self,
        request: validation_service_pb2.DownloadValidationTableRequest,
        context: grpc.ServicerContext,
    ) -> Iterator[httpbody_pb2.HttpBody]:
        sent = request.name.endswith("/checks") and self.sent
        table = pa.table(sent or self.tables[request.name])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        yield httpbody_pb2.HttpBody(data=bytes(sink.getvalue()))

    def AssessTrials(
        self,
        request: trial_ledger_service_pb2.AssessTrialsRequest,
        context: grpc.ServicerContext,
    ) -> trial_ledger_pb2.TrialAssessment:
        places = [
            place
            for place, entry in enumerate(self.entries)
            if json.loads(entry)["subject"] == request.name
        ]
        return trial_ledger_pb2.TrialAssessment(
            run=request.name,
            log_size=len(self.entries),
            root_hash=merkle.root_hash(len(self.entries), self._node),
            trial_count=self.trial_count,
            statistics=[
                backtest_pb2.MetricValue(
                    metric_id="deflated_sharpe_ratio", value=self.deflated_sharpe
                )
            ],
            trial_entry=f"trialEntries/{places[0]}" if places else "",
        )

    def ProveTrialEntry(
        self,
        request: trial_ledger_service_pb2.ProveTrialEntryRequest,
        context: grpc.ServicerContext,
    ) -> trial_ledger_service_pb2.ProveTrialEntryResponse:
        place, size = int(request.name.partition("/")[2]), request.log_size
        proof = trial_ledger_service_pb2.ProveTrialEntryResponse(
            trial_entry=trial_ledger_pb2.TrialEntry(content=self.entries[place].decode()),
            log_size=size,
            root_hash=merkle.root_hash(size, self._node),
            hashes=merkle.inclusion_proof(place, size, self._node),
        )
        if request.from_log_size:
            proof.consistency_hashes.extend(
                merkle.consistency_proof(request.from_log_size, size, self._node)
            )
        self.forge(proof)
        return proof

    def _node(self, level: int, position: int) -> bytes:
        if level == 0:
            return merkle.leaf_hash(self.entries[position])
        return merkle.node_hash(
            self._node(level - 1, 2 * position), self._node(level - 1, 2 * position + 1)
        )


def _digest(contents: Contents) -> str:
    return table_hash(
        [
            Column(
                name=name,
                type=ColumnType.FLOAT64 if isinstance(values[0], float) else ColumnType.STRING,
                values=values,  # type: ignore[arg-type]  # one type a column
            )
            for name, values in contents.items()
        ]
    )
