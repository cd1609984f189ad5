"""Governance: lineage, gates, promotions and the log of decisions."""

from collections.abc import AsyncIterator, Sequence

from aurelius.governance.v1 import (
    gate_decision_pb2,
    gate_decision_service_pb2,
    ledger_pb2,
    ledger_service_pb2,
    lineage_record_pb2,
    lineage_record_service_pb2,
    promotion_pb2,
    promotion_service_pb2,
)
from aurelius_client.calls import pages
from aurelius_client.modes import M, Resource, listing, operation

# A gate waits for a replay, and a lineage record for every artifact to be hashed.
EVIDENCE_TIMEOUT_SECONDS = 600.0
Promotion = promotion_pb2.Promotion


class LineageRecords(Resource[M]):
    """What governance itself verified of a run."""

    @operation
    async def create(self, run: str, *, request_id: str = "") -> lineage_record_pb2.LineageRecord:
        """Verifies a run, `runs/{run}`, and records what was found."""
        return await self._calls.call(
            lineage_record_service_pb2.CreateLineageRecordRequest(run=run, request_id=request_id),
            lineage_record_pb2.LineageRecord,
            timeout_seconds=EVIDENCE_TIMEOUT_SECONDS,
        )

    @operation
    async def get(self, name: str) -> lineage_record_pb2.LineageRecord:
        """Gets the newest revision of one record, `lineageRecords/{run}`."""
        request = lineage_record_service_pb2.GetLineageRecordRequest(name=name)
        return await self._calls.call(request, lineage_record_pb2.LineageRecord)

    @listing
    def list(self, *, page_size: int = 0) -> AsyncIterator[lineage_record_pb2.LineageRecord]:
        """Lists the newest revision of each run's record, by name."""
        request = lineage_record_service_pb2.ListLineageRecordsRequest(page_size=page_size)
        answer = lineage_record_service_pb2.ListLineageRecordsResponse
        return pages(self._calls, request, answer, "lineage_records")


class GateDecisions(Resource[M]):
    """Whether a run passed a gate, and the numbers behind it."""

    @operation
    async def create(
        self, run: str, gate: str, *, validations: Sequence[str] = (), request_id: str = ""
    ) -> gate_decision_pb2.GateDecision:
        """Evaluates one gate, `dev` or `crv`, on one run. A gate that fails is an answer.

        Args:
            run: A sealed run.
            gate: Its id.
            validations: Of `crv`, a walk-forward and a cross-validation that say which points
                the run was chosen from.
            request_id: The same id and body give the same answer.
        """
        return await self._calls.call(
            gate_decision_service_pb2.CreateGateDecisionRequest(
                run=run, gate=gate, validations=validations, request_id=request_id
            ),
            gate_decision_pb2.GateDecision,
            timeout_seconds=EVIDENCE_TIMEOUT_SECONDS,
        )

    @operation
    async def get(self, name: str) -> gate_decision_pb2.GateDecision:
        """Gets one decision, `gateDecisions/{gate_decision}`."""
        request = gate_decision_service_pb2.GetGateDecisionRequest(name=name)
        return await self._calls.call(request, gate_decision_pb2.GateDecision)

    @listing
    def list(
        self, *, run: str = "", page_size: int = 0
    ) -> AsyncIterator[gate_decision_pb2.GateDecision]:
        """Lists decisions, newest first: of one run, or of all."""
        request = gate_decision_service_pb2.ListGateDecisionsRequest(run=run, page_size=page_size)
        answer = gate_decision_service_pb2.ListGateDecisionsResponse
        return pages(self._calls, request, answer, "gate_decisions")


class Promotions(Resource[M]):
    """Requests to promote a run, and the decisions of second persons."""

    @operation
    async def create(
        self,
        run: str,
        target_stage: promotion_pb2.Promotion.Stage,
        justification: str,
        *,
        validate_only: bool = False,
        request_id: str = "",
    ) -> Promotion:
        """Asks for a promotion.

        Raises:
            FailedPrecondition: Evidence is missing; `missing` lists every item.
        """
        request = promotion_service_pb2.CreatePromotionRequest(
            run=run,
            target_stage=target_stage,
            justification=justification,
            validate_only=validate_only,
            request_id=request_id,
        )
        return await self._calls.call(request, Promotion)

    @operation
    async def get(self, name: str) -> Promotion:
        """Gets one promotion, `promotions/{promotion}`."""
        request = promotion_service_pb2.GetPromotionRequest(name=name)
        return await self._calls.call(request, Promotion)

    @listing
    def list(self, *, run: str = "", page_size: int = 0) -> AsyncIterator[Promotion]:
        """Lists promotions, newest first: of one run, or of all."""
        request = promotion_service_pb2.ListPromotionsRequest(run=run, page_size=page_size)
        answer = promotion_service_pb2.ListPromotionsResponse
        return pages(self._calls, request, answer, "promotions")

    @operation
    async def approve(
        self,
        name: str,
        comment: str,
        *,
        etag: str = "",
        validate_only: bool = False,
        request_id: str = "",
    ) -> Promotion:
        """Approves a promotion that somebody else requested."""
        request = promotion_service_pb2.ApprovePromotionRequest(
            name=name,
            comment=comment,
            etag=etag,
            validate_only=validate_only,
            request_id=request_id,
        )
        return await self._calls.call(request, Promotion)

    @operation
    async def reject(
        self,
        name: str,
        comment: str,
        *,
        etag: str = "",
        validate_only: bool = False,
        request_id: str = "",
    ) -> Promotion:
        """Rejects a promotion that somebody else requested."""
        request = promotion_service_pb2.RejectPromotionRequest(
            name=name,
            comment=comment,
            etag=etag,
            validate_only=validate_only,
            request_id=request_id,
        )
        return await self._calls.call(request, Promotion)


class Ledger(Resource[M]):
    """The log of decisions, and the proofs of what is in it."""

    @operation
    async def entry(self, name: str) -> ledger_pb2.LedgerEntry:
        """Gets one entry, `ledgerEntries/{index}`."""
        request = ledger_service_pb2.GetLedgerEntryRequest(name=name)
        return await self._calls.call(request, ledger_pb2.LedgerEntry)

    @listing
    def entries(self, *, page_size: int = 0) -> AsyncIterator[ledger_pb2.LedgerEntry]:
        """Lists entries, oldest first."""
        request = ledger_service_pb2.ListLedgerEntriesRequest(page_size=page_size)
        answer = ledger_service_pb2.ListLedgerEntriesResponse
        return pages(self._calls, request, answer, "ledger_entries")

    @operation
    async def checkpoint(
        self, name: str = "ledgerCheckpoints/latest"
    ) -> ledger_pb2.LedgerCheckpoint:
        """Gets the signed checkpoint of one size, or the newest."""
        request = ledger_service_pb2.GetLedgerCheckpointRequest(name=name)
        return await self._calls.call(request, ledger_pb2.LedgerCheckpoint)

    @operation
    async def prove_inclusion(
        self, name: str, *, tree_size: int = 0
    ) -> ledger_pb2.LedgerInclusionProof:
        """Gets the proof that an entry is in the log of a size; 0 means the present one."""
        request = ledger_service_pb2.ProveLedgerInclusionRequest(name=name, tree_size=tree_size)
        return await self._calls.call(request, ledger_pb2.LedgerInclusionProof)

    @operation
    async def prove_consistency(
        self, from_size: int, *, to_size: int = 0
    ) -> ledger_pb2.LedgerConsistencyProof:
        """Gets the proof that the log only grew; `to_size` 0 means the present size."""
        request = ledger_service_pb2.ProveLedgerConsistencyRequest(
            from_size=from_size, to_size=to_size
        )
        return await self._calls.call(request, ledger_pb2.LedgerConsistencyProof)
